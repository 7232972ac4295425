import type { PersonId, ProfileId } from '@marquee/domain';
import type { UserProfileContext } from '../../context.ts';

/** The first of those the profile follows, latest first, without people who have left the catalogue. */
export async function followedPeople(
  context: UserProfileContext,
  profileId: ProfileId,
  first: number,
): Promise<PersonId[]> {
  const ids = (await context.services.profiles.follows(profileId)).slice(0, first);
  const exist = await Promise.all(ids.map((id) => context.loaders.peopleExist.load(id)));
  return ids.filter((_, index) => exist[index]);
}
