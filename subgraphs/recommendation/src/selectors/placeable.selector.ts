/** What the page may be made of: as many as its rows could ever hold, and everything the viewer knows already. */
import type { Selector } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCES_OF_KNOWN_TITLES } from '../home/source-names.ts';

const MAX_SELECTED = 1_200;

export const placeableSelector: Selector<HomeQuery, HomeCandidate> = {
  kind: 'selector',
  name: 'placeable',
  select(_query, candidates) {
    const selected: Readonly<HomeCandidate>[] = [];
    const nonSelected: Readonly<HomeCandidate>[] = [];
    for (const candidate of candidates) {
      const known = candidate.provenance.some(({ source }) => SOURCES_OF_KNOWN_TITLES.has(source));
      if (known || selected.length < MAX_SELECTED) selected.push(candidate);
      else nonSelected.push(candidate);
    }
    return { selected, nonSelected };
  },
};
