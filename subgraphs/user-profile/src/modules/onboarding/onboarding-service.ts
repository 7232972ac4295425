/** The quiz that stands in for taste until there is a history. */
import type { Profile } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { requireViewer } from '@marquee/service-kit/subgraph';
import type { UserProfileContext } from '../../context.ts';
import { boundedId } from '../../input-bounds.ts';
import type { UserErrorModel } from '../../user-errors.ts';
import { recordForViewer } from '../../viewer-action.ts';
import { viewerProfile } from '../profile/profile-service.ts';

const MIN_GENRES = 3;
const MAX_GENRES = 50;
const FIELD = 'genreIds';

export interface OnboardingResult {
  readonly userErrors: readonly UserErrorModel[];
  readonly profile?: Profile;
}

export async function completeOnboarding(
  context: UserProfileContext,
  genreIds: readonly string[],
): Promise<OnboardingResult> {
  requireViewer(context.request);
  if (genreIds.length > MAX_GENRES) {
    throw new MarqueeError('BAD_USER_INPUT', {
      message: `${FIELD} may hold at most ${MAX_GENRES} ids.`,
      field: FIELD,
    });
  }
  const distinct = [...new Set(genreIds.map((id) => boundedId(id, FIELD)))];
  const exist = await Promise.all(distinct.map((id) => context.loaders.genresExist.load(id)));
  const unknown = distinct.filter((_, index) => !exist[index]);
  if (unknown.length > 0) {
    return {
      userErrors: [{ code: 'NOT_FOUND', message: `Unknown genres: ${unknown.join(', ')}.`, field: FIELD }],
    };
  }
  if (distinct.length < MIN_GENRES) {
    const message = `Choose ${MIN_GENRES} or more different genres.`;
    return { userErrors: [{ code: 'TOO_FEW_GENRES', message, field: FIELD }] };
  }
  await recordForViewer(context, { type: 'ONBOARDING_COMPLETED', payload: { genreIds: distinct } });
  return { userErrors: [], profile: await viewerProfile(context) };
}
