/**
 * Ranking metrics of one list. Lists are best first and hold no duplicates; relevance is binary; ids are strings or
 * indices.
 *
 * Tie rule: the order is taken as given, so whoever makes the list breaks ties. A profile without relevant items has
 * no defined ranking metric: leave it out before calling (here it counts 0).
 */

export type ItemKey = string | number;

/**
 * Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002): the sum over hits at rank i (from 1) of
 * 1 / log2(i + 1), over the same sum for min(k, |relevant|) hits at the top. In [0, 1].
 */
export function ndcgAtK<Id extends ItemKey>(
  list: ArrayLike<Id>,
  relevant: ReadonlySet<Id>,
  k: number,
): number {
  let gain = 0;
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i]!)) gain += 1 / Math.log2(i + 2);
  let ideal = 0;
  for (let i = 0; i < Math.min(k, relevant.size); i++) ideal += 1 / Math.log2(i + 2);
  return ideal === 0 ? 0 : gain / ideal;
}

/** Hits in the first k over all relevant items. At most k / |relevant|. */
export function recallAtK<Id extends ItemKey>(
  list: ArrayLike<Id>,
  relevant: ReadonlySet<Id>,
  k: number,
): number {
  return relevant.size === 0 ? 0 : hitsAtK(list, relevant, k) / relevant.size;
}

/** Hits in the first k over min(k, |relevant|), so that 1 can be reached: the "recall" of Liang et al. 2018 (Mult-VAE). */
export function boundedRecallAtK<Id extends ItemKey>(
  list: ArrayLike<Id>,
  relevant: ReadonlySet<Id>,
  k: number,
): number {
  const reachable = Math.min(k, relevant.size);
  return reachable === 0 ? 0 : hitsAtK(list, relevant, k) / reachable;
}

/** Hits in the first k over k: an unfilled place counts as a miss. */
export function precisionAtK<Id extends ItemKey>(
  list: ArrayLike<Id>,
  relevant: ReadonlySet<Id>,
  k: number,
): number {
  return k === 0 ? 0 : hitsAtK(list, relevant, k) / k;
}

/** 1 when any of the first k is relevant, else 0. */
export function hitRateAtK<Id extends ItemKey>(
  list: ArrayLike<Id>,
  relevant: ReadonlySet<Id>,
  k: number,
): number {
  return hitsAtK(list, relevant, k) > 0 ? 1 : 0;
}

/** 1 / rank of the first relevant item (rank from 1) among the first k; 0 where there is none. Its mean is MRR@k. */
export function reciprocalRank<Id extends ItemKey>(
  list: ArrayLike<Id>,
  relevant: ReadonlySet<Id>,
  k: number = list.length,
): number {
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i]!)) return 1 / (i + 1);
  return 0;
}

/**
 * Average precision: the mean over min(k, |relevant|) of precision@i at every rank i ≤ k that is a hit; relevant items
 * beyond k count 0. Its mean over profiles is MAP@k.
 */
export function averagePrecisionAtK<Id extends ItemKey>(
  list: ArrayLike<Id>,
  relevant: ReadonlySet<Id>,
  k: number,
): number {
  const reachable = Math.min(k, relevant.size);
  let hits = 0;
  let sum = 0;
  for (let i = 0; i < Math.min(k, list.length); i++) {
    if (!relevant.has(list[i]!)) continue;
    hits++;
    sum += hits / (i + 1);
  }
  return reachable === 0 ? 0 : sum / reachable;
}

function hitsAtK<Id extends ItemKey>(list: ArrayLike<Id>, relevant: ReadonlySet<Id>, k: number): number {
  let count = 0;
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i]!)) count++;
  return count;
}
