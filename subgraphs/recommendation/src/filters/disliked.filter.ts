/** Removes what the viewer has disliked. */
import type { Filter } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { partition } from '../home/partition.ts';

export const dislikedFilter: Filter<HomeQuery, HomeCandidate> = {
  kind: 'filter',
  name: 'disliked',
  requires: ['titlesOfViewer'],
  requiresOfCandidate: [],
  applies: ({ titlesOfViewer }) => titlesOfViewer.disliked.size > 0,
  filter({ titlesOfViewer }, candidates) {
    return partition(candidates, ({ id }) => (titlesOfViewer.disliked.has(id) ? 'disliked' : undefined));
  },
};
