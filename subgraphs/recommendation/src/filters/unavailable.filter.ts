/** Removes what is not available now in the viewer's region. */
import { isAvailableTo } from '@marquee/features';
import type { Filter } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { partition } from '../home/partition.ts';

export const unavailableFilter: Filter<HomeQuery, HomeCandidate> = {
  kind: 'filter',
  name: 'unavailable',
  requires: ['state', 'now'],
  requiresOfCandidate: ['facts'],
  filter({ state, now }, candidates) {
    return partition(candidates, ({ facts }) =>
      isAvailableTo(facts, now, state.region) ? undefined : 'unavailable',
    );
  },
};
