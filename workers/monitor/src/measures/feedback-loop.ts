/** What a recommender does to its own audience: which titles it shows, how alike a page is, and how surprising. */
import type { TitleId } from '@marquee/domain';
import { gini } from './inequality.ts';

/** Numbers of one day that are compared with those of others. */
export interface Exposure {
  readonly gini: number;
  readonly titles: number;
  /** Mean of -log2 of a shown title's share of the watches, one watch added to each title. */
  readonly novelty: number;
  /** Mean watches of a shown title. */
  readonly popularity: number;
}

export interface Watches {
  readonly byTitle: ReadonlyMap<TitleId, number>;
  readonly total: number;
}

/** @param shown a title per impression */
export function exposureOf(shown: readonly TitleId[], watches: Watches, catalogueSize: number): Exposure {
  const counts = new Map<TitleId, number>();
  let novelty = 0;
  let popularity = 0;
  for (const id of shown) {
    counts.set(id, (counts.get(id) ?? 0) + 1);
    const watched = watches.byTitle.get(id) ?? 0;
    novelty -= Math.log2((watched + 1) / (watches.total + catalogueSize));
    popularity += watched;
  }
  return {
    gini: gini([...counts.values()], catalogueSize),
    titles: counts.size,
    novelty: novelty / shown.length,
    popularity: popularity / shown.length,
  };
}

/**
 * Mean distance of two titles of a list.
 * @param distance of two titles; undefined where one of them is not known
 * @returns NaN where no two can be compared
 */
export function intraListDistance(
  list: readonly TitleId[],
  distance: (a: TitleId, b: TitleId) => number | undefined,
): number {
  let sum = 0;
  let pairs = 0;
  for (const [i, a] of list.entries()) {
    for (const b of list.slice(i + 1)) {
      const apart = distance(a, b);
      if (apart === undefined) continue;
      sum += apart;
      pairs++;
    }
  }
  return pairs === 0 ? Number.NaN : sum / pairs;
}

/** Share of vectors that are not finite or not within a factor of two of the median length. */
export function misshapenShare(vectors: Iterable<Float32Array>): { share: number; count: number } {
  const norms = Array.from(vectors, (vector) => Math.hypot(...vector));
  const sorted = norms.filter((norm) => Number.isFinite(norm) && norm > 0).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const bad = norms.filter((norm) => !(norm >= median / 2 && norm <= median * 2 && norm > 0)).length;
  return { share: norms.length === 0 ? Number.NaN : bad / norms.length, count: norms.length };
}
