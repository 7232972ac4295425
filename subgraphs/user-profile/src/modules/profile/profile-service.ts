/** Whose profile a request may see: its viewer's. */
import { DEFAULT_SEGMENT, type GenreId, type Profile, type ProfileId } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { requireViewer } from '@marquee/service-kit/subgraph';
import type { UserProfileContext } from '../../context.ts';

/** The viewer's profile; a provisional one for an identity that the log has not seen yet. */
export async function viewerProfile(context: UserProfileContext): Promise<Profile> {
  const { profileId } = requireViewer(context.request);
  const known = await context.loaders.profiles.load(profileId);
  return known ?? provisionalProfile(profileId, context.services.clock.now());
}

/** @throws MarqueeError UNAUTHENTICATED, or FORBIDDEN for anybody else's profile. */
export async function ownProfile(context: UserProfileContext, id: ProfileId): Promise<Profile> {
  if (requireViewer(context.request).profileId !== id) {
    throw new MarqueeError('FORBIDDEN', 'Only your own profile can be read.');
  }
  return viewerProfile(context);
}

/** Genres that have left the catalogue are left out: nobody could resolve them. */
export async function knownGenres(context: UserProfileContext, ids: readonly GenreId[]): Promise<GenreId[]> {
  const exist = await Promise.all(ids.map((id) => context.loaders.genresExist.load(id)));
  return ids.filter((_, index) => exist[index]);
}

function provisionalProfile(id: ProfileId, now: number): Profile {
  return { id, name: 'Guest', segment: DEFAULT_SEGMENT, tasteGenreIds: [], createdAt: now };
}
