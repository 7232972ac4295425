/** Removes what the viewer has hidden. From every row: hidden means hidden. */
import type { Filter } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { partition } from '../home/partition.ts';

export const hiddenFilter: Filter<HomeQuery, HomeCandidate> = {
  kind: 'filter',
  name: 'hidden',
  requires: ['titlesOfViewer'],
  requiresOfCandidate: [],
  applies: ({ titlesOfViewer }) => titlesOfViewer.hidden.size > 0,
  filter({ titlesOfViewer }, candidates) {
    return partition(candidates, ({ id }) => (titlesOfViewer.hidden.has(id) ? 'hidden' : undefined));
  },
};
