/**
 * Removes what the viewer has been shown again and again without a play. With care: a title rests for two
 * weeks and returns; what was saved, begun or made by somebody followed is never taken away; and no more than
 * a quarter of the candidates goes. Below the cap, the value function demotes instead.
 */
import { DAY_MS } from '@marquee/domain';
import type { Filter } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { partition } from '../home/partition.ts';
import { SOURCE, SOURCES_OF_KNOWN_TITLES } from '../home/source-names.ts';

/** Impressions without a play since. */
const CAP = 12;
const RESTS_FOR_MS = 14 * DAY_MS;
const MAX_SHARE_REMOVED = 0.25;

export const frequencyCapFilter: Filter<HomeQuery, HomeCandidate> = {
  kind: 'filter',
  name: 'frequency-cap',
  requires: ['prepared', 'now'],
  requiresOfCandidate: [],
  applies: ({ prepared }) => prepared.impressions.size > 0,
  filter({ prepared, now }, candidates) {
    let left = Math.floor(candidates.length * MAX_SHARE_REMOVED);
    return partition(candidates, ({ id, provenance }) => {
      const seen = prepared.impressions.get(id);
      if (left === 0 || seen === undefined || seen.count < CAP || now - seen.lastAt > RESTS_FOR_MS)
        return undefined;
      const wanted = provenance.some(
        ({ source }) => SOURCES_OF_KNOWN_TITLES.has(source) || source === SOURCE.followedPeople,
      );
      if (wanted) return undefined;
      left--;
      return 'shown-often-without-a-play';
    });
  },
};
