/** Reports the arms that a new page was made under, unless nobody is there to see it yet. */
import type { SideEffect } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import type { Exposures } from '../slates/exposures.ts';

export function exposureSideEffect(exposures: Exposures): SideEffect<HomeQuery, HomeCandidate> {
  return {
    kind: 'side-effect',
    name: 'exposure',
    timeoutMs: 5_000,
    // Not async itself: what an async function is given lives for as long as it waits, here for the log with every candidate.
    run: ({ query: { slate, profileId, assignments, now } }) =>
      report(exposures, slate, { profileId, assignments, now }),
  };
}

async function report(
  exposures: Exposures,
  served: HomeQuery['slate'],
  { profileId, ...rest }: Pick<HomeQuery, 'profileId' | 'assignments' | 'now'>,
): Promise<void> {
  const placed = await served;
  if (placed === undefined || profileId === undefined || placed.slate.madeAhead === true) return;
  await exposures.report({ profileId, slateId: placed.slate.id, ...rest });
}
