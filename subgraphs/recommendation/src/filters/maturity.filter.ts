/** Removes what is above the viewer's maturity limit. */
import { withinMaturity } from '@marquee/domain';
import type { Filter } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { partition } from '../home/partition.ts';

export const maturityFilter: Filter<HomeQuery, HomeCandidate> = {
  kind: 'filter',
  name: 'maturity',
  requires: ['state'],
  requiresOfCandidate: ['facts'],
  applies: ({ state }) => state.maturityLimit !== undefined,
  filter({ state }, candidates) {
    return partition(candidates, ({ facts }) =>
      withinMaturity(facts.maturityRating, state.maturityLimit) ? undefined : 'above-maturity-limit',
    );
  },
};
