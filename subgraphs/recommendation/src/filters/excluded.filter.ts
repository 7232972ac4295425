/** Removes what the client asked to leave out: it shows those titles elsewhere. */
import type { Filter } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { partition } from '../home/partition.ts';

export const excludedFilter: Filter<HomeQuery, HomeCandidate> = {
  kind: 'filter',
  name: 'excluded',
  requires: ['excludeTitleIds'],
  requiresOfCandidate: [],
  applies: ({ excludeTitleIds }) => excludeTitleIds.size > 0,
  filter({ excludeTitleIds }, candidates) {
    return partition(candidates, ({ id }) => (excludeTitleIds.has(id) ? 'excluded-by-request' : undefined));
  },
};
