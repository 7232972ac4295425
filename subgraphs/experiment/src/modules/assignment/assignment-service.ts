import type { ProfileId } from '@marquee/domain';
import { assign } from '@marquee/experimentation';
import { MarqueeError } from '@marquee/service-kit';
import { requireViewer } from '@marquee/service-kit/subgraph';
import type { ExperimentContext } from '../../context.ts';

/**
 * Experiment key → variant key for the viewer's own profile.
 *
 * @throws MarqueeError UNAUTHENTICATED, or FORBIDDEN for anybody else's profile.
 */
export async function ownAssignments(
  context: ExperimentContext,
  profileId: ProfileId,
): Promise<Readonly<Record<string, string>>> {
  if (requireViewer(context.request).profileId !== profileId) {
    throw new MarqueeError('FORBIDDEN', 'Only your own assignments can be read.');
  }
  const segment = await context.segmentOf(profileId);
  const query = { profileId, now: context.clock.now(), ...(segment === undefined ? {} : { segment }) };
  return assign(context.experiments.current(), query).assignments;
}
