/**
 * Removes what the viewer has watched, unless a source proposed it that is about known titles: a title to be
 * continued, to be watched again or saved stays, for the row that means it.
 */
import type { Filter } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { partition } from '../home/partition.ts';
import { SOURCES_OF_KNOWN_TITLES } from '../home/source-names.ts';

export const alreadyWatchedFilter: Filter<HomeQuery, HomeCandidate> = {
  kind: 'filter',
  name: 'already-watched',
  requires: ['titlesOfViewer'],
  requiresOfCandidate: [],
  applies: ({ titlesOfViewer }) => titlesOfViewer.watched.size > 0,
  filter({ titlesOfViewer }, candidates) {
    return partition(candidates, ({ id, provenance }) =>
      titlesOfViewer.watched.has(id) && !provenance.some(({ source }) => SOURCES_OF_KNOWN_TITLES.has(source))
        ? 'already-watched'
        : undefined,
    );
  },
};
