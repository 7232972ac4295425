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
    async run({ query: { slate, profileId, assignments, now } }) {
      const placed = await slate;
      if (placed === undefined || profileId === undefined || placed.slate.madeAhead === true) return;
      await exposures.report({ profileId, slateId: placed.slate.id, assignments, now });
    },
  };
}
