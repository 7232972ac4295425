/** Removes ids that have left the catalogue since somebody wrote them down. */
import type { Filter } from '@marquee/pipeline';
import { type HomeCandidate, MISSING_TITLE } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { partition } from '../home/partition.ts';

export const unknownTitleFilter: Filter<HomeQuery, HomeCandidate> = {
  kind: 'filter',
  name: 'unknown-title',
  requires: [],
  requiresOfCandidate: ['facts'],
  filter(_query, candidates) {
    return partition(candidates, ({ facts }) => (facts === MISSING_TITLE ? 'unknown-title' : undefined));
  },
};
