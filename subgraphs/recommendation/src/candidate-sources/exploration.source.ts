/**
 * A uniform draw from the titles that are on no list everybody is shown the head of: those behind the first of the popular
 * and trending lists, and, for half of it, those that joined lately. Seeded. Which of them get a place is drawn from this pool by the
 * exploration policy: the propensities that are logged are given the pool, of which this draw is no part.
 */
import { DAY_MS } from '@marquee/domain';
import type { TitleFacts, TitleTable } from '@marquee/features';
import type { CandidateSource } from '@marquee/pipeline';
import { createEligibility } from '../home/eligibility.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';

const QUOTA = 150;
/** Of each list: what the sources of popular and trending titles propose. The lists themselves are long. */
const ON_EVERY_PAGE = 200;
const NEW_WITHIN_MS = 60 * DAY_MS;
/** Draws per wanted title: enough for a filter that one title in twenty passes. */
const DRAWS_PER_PLACE = 20;
/** A catalogue below this is walked rather than sampled. */
const SMALL = 2_000;

export function explorationSource(titles: TitleTable): CandidateSource<HomeQuery> {
  return {
    kind: 'candidate-source',
    name: SOURCE.exploration,
    requires: ['lists', 'titlesOfViewer', 'state', 'now', 'filter', 'excludeTitleIds', 'exploration'],
    quota: QUOTA,
    onFailure: 'omit',
    timeoutMs: 50,
    applies: ({ exploration }) => exploration,
    async propose(query, { random }) {
      const { admits } = createEligibility(titles, query);
      const shown = new Set<string>();
      for (const list of [query.lists.popular, query.lists.trending]) {
        for (const { titleId } of list.slice(0, ON_EVERY_PAGE)) shown.add(titleId);
      }
      // Most of those that are looked at are for nothing where the viewer may see little: what their rows say is asked before their ids.
      const take = (place: number): void => {
        const facts = titles.newestAt(place);
        if (facts !== undefined && admits(facts) && !shown.has(facts.id)) drawn.set(facts.id, facts);
      };
      const drawn = new Map<string, TitleFacts>();
      const { length } = titles.newest();
      draw(newCount(titles, length, query.now - NEW_WITHIN_MS), QUOTA / 2, drawn, take, random);
      draw(length, QUOTA, drawn, take, random);
      return Array.from(drawn, ([id, item]) => ({ id, score: 1, item }));
    },
  };
}

/** How many of the newest were added after `since`; binary search, for the list is in that order. */
function newCount(titles: TitleTable, length: number, since: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((titles.newestAt(middle)?.addedAt ?? 0) > since) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Has places below `size` taken until `drawn` holds `target`. Taking one again changes nothing. */
function draw(
  size: number,
  target: number,
  drawn: ReadonlyMap<string, TitleFacts>,
  take: (place: number) => void,
  random: () => number,
): void {
  if (size <= SMALL) {
    const places = Array.from({ length: size }, (_, i) => i);
    for (let left = size; left > 0 && drawn.size < target; left--) {
      const pick = Math.floor(random() * left);
      const place = places[pick]!;
      places[pick] = places[left - 1]!;
      take(place);
    }
    return;
  }
  for (let i = target * DRAWS_PER_PLACE; i > 0 && drawn.size < target; i--) take(Math.floor(random() * size));
}
