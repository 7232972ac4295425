/** Removes what does not satisfy the request's own filter. */
import { matchesFilter } from '@marquee/features';
import type { Filter } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { partition } from '../home/partition.ts';

export const requestFilter: Filter<HomeQuery, HomeCandidate> = {
  kind: 'filter',
  name: 'request',
  requires: ['filter'],
  requiresOfCandidate: ['facts'],
  applies: ({ filter }) => filter !== undefined,
  filter({ filter = {} }, candidates) {
    return partition(candidates, ({ facts }) =>
      matchesFilter(facts, filter) ? undefined : 'does-not-match-request',
    );
  },
};
