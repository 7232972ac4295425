/** The course of every change a viewer makes: who, whether what they name exists, record, answer. */
import type { Profile } from '@marquee/domain';
import { requireViewer } from '@marquee/service-kit/subgraph';
import type { UserProfileContext } from './context.ts';
import { boundedId } from './input-bounds.ts';
import type { PersonModel, TitleModel } from './mappers.ts';
import { viewerProfile } from './modules/profile/profile-service.ts';
import type { Happening, Recorded } from './profile-log.ts';
import { notFound, type UserErrorModel } from './user-errors.ts';

/** Records what the viewer did; what this request has read of them before is forgotten. */
export async function recordForViewer(context: UserProfileContext, happening: Happening): Promise<Recorded> {
  const { profileId } = requireViewer(context.request);
  const recorded = await context.services.log.record(profileId, happening, context.request.deadline);
  context.loaders.forgetViewer();
  return recorded;
}

export interface TitleActionResult {
  readonly userErrors: readonly UserErrorModel[];
  readonly title?: TitleModel;
  readonly profile?: Profile;
}

export async function actOnTitle(
  context: UserProfileContext,
  titleId: string,
  happening: Happening,
): Promise<TitleActionResult> {
  requireViewer(context.request);
  boundedId(titleId, 'titleId');
  if (!(await context.loaders.titlesExist.load(titleId)))
    return { userErrors: [notFound('title', 'titleId')] };
  await recordForViewer(context, happening);
  return { userErrors: [], title: { id: titleId }, profile: await viewerProfile(context) };
}

export interface PersonActionResult {
  readonly userErrors: readonly UserErrorModel[];
  readonly person?: PersonModel;
  readonly profile?: Profile;
}

export async function actOnPerson(
  context: UserProfileContext,
  personId: string,
  happening: Happening,
): Promise<PersonActionResult> {
  requireViewer(context.request);
  boundedId(personId, 'personId');
  if (!(await context.loaders.peopleExist.load(personId)))
    return { userErrors: [notFound('person', 'personId')] };
  await recordForViewer(context, happening);
  return { userErrors: [], person: { id: personId }, profile: await viewerProfile(context) };
}
