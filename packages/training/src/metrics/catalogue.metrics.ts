/** What rankings do to the catalogue as a whole: how much of it is shown, how evenly, how surprising, how varied. */
import type { ItemKey } from './ranking.metrics.ts';

type List<Id> = ArrayLike<Id>;

/** Share of the catalogue that is in anybody's first k. */
export function coverageAtK<Id extends ItemKey>(
  lists: readonly List<Id>[],
  catalogueSize: number,
  k: number,
): number {
  return catalogueSize === 0 ? 0 : showings(lists, k).size / catalogueSize;
}

/**
 * Mean self-information of the first k (Zhou et al. 2010): -log2 of the share of profiles that know the item, in
 * bits; an item that nobody knows counts as known by one half profile, so that it stays finite.
 */
export function noveltyAtK<Id extends ItemKey>(
  lists: readonly List<Id>[],
  knownBy: ReadonlyMap<Id, number>,
  profiles: number,
  k: number,
): number {
  let sum = 0;
  let count = 0;
  for (const list of lists) {
    for (let i = 0; i < Math.min(k, list.length); i++) {
      sum += -Math.log2((knownBy.get(list[i]!) ?? 0.5) / Math.max(1, profiles));
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}

/** Gini coefficient of how often items are shown: 0 when all alike, near 1 when a few take all. */
export function gini(counts: readonly number[]): number {
  const sorted = [...counts].sort((a, b) => a - b);
  const total = sorted.reduce((sum, value) => sum + value, 0);
  if (sorted.length === 0 || total === 0) return 0;
  let weighted = 0;
  for (const [i, value] of sorted.entries()) weighted += (2 * (i + 1) - sorted.length - 1) * value;
  return weighted / (sorted.length * total);
}

/** Gini coefficient of the showings in the first k over the whole catalogue: titles never shown count as 0. */
export function giniAtK<Id extends ItemKey>(
  lists: readonly List<Id>[],
  catalogueSize: number,
  k: number,
): number {
  const shown = [...showings(lists, k).values()];
  return gini([...shown, ...new Array<number>(Math.max(0, catalogueSize - shown.length)).fill(0)]);
}

/**
 * Mean distance of the pairs in the first k (Ziegler et al. 2005). A list of fewer than two has none and counts 0.
 * @param similarity symmetric, in [0, 1]; the distance is 1 minus it.
 */
export function intraListDiversityAtK<Id extends ItemKey>(
  list: List<Id>,
  similarity: (a: Id, b: Id) => number,
  k: number,
): number {
  const length = Math.min(k, list.length);
  let sum = 0;
  for (let i = 1; i < length; i++) for (let j = 0; j < i; j++) sum += 1 - similarity(list[i]!, list[j]!);
  return length < 2 ? 0 : sum / ((length * (length - 1)) / 2);
}

/**
 * How much more popular the first k are than what the same people chose themselves (Abdollahpouri et al. 2020):
 * (GAP of the lists − GAP of the histories) / GAP of the histories, where GAP is the mean over people of the mean
 * popularity. 0 mirrors them, 1 is twice as popular. People with an empty list or history are left out of both.
 */
export function popularityLiftAtK<Id extends ItemKey>(
  lists: readonly List<Id>[],
  histories: readonly List<Id>[],
  popularity: (id: Id) => number,
  k: number,
): number {
  let recommended = 0;
  let chosen = 0;
  for (const [i, list] of lists.entries()) {
    const history = histories[i]!;
    if (list.length === 0 || history.length === 0) continue;
    recommended += meanPopularity(list, Math.min(k, list.length), popularity);
    chosen += meanPopularity(history, history.length, popularity);
  }
  return chosen === 0 ? 0 : (recommended - chosen) / chosen;
}

function meanPopularity<Id>(list: List<Id>, length: number, popularity: (id: Id) => number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += popularity(list[i]!);
  return sum / length;
}

/** How often each item is in the first k of a list. */
function showings<Id extends ItemKey>(lists: readonly List<Id>[], k: number): Map<Id, number> {
  const counts = new Map<Id, number>();
  for (const list of lists) {
    for (let i = 0; i < Math.min(k, list.length); i++) counts.set(list[i]!, (counts.get(list[i]!) ?? 0) + 1);
  }
  return counts;
}
