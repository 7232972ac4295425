/**
 * Ranking and classification metrics. Lists are best first and hold no duplicates; relevance is binary.
 *
 * Tie rule: metrics of lists take the order as given, so whoever makes the list breaks ties (by id, everywhere in
 * Marquee). `auc` counts tied scores as half. A profile without relevant items has no defined ranking metric:
 * leave it out before calling.
 */
import { createRandom } from '@marquee/domain';

/**
 * Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002): the sum over hits at rank i (from 1) of
 * 1 / log2(i + 1), over the same sum for min(k, |relevant|) hits at the top. In [0, 1].
 */
export function ndcgAtK(list: readonly string[], relevant: ReadonlySet<string>, k: number): number {
  let gain = 0;
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i]!)) gain += 1 / Math.log2(i + 2);
  let ideal = 0;
  for (let i = 0; i < Math.min(k, relevant.size); i++) ideal += 1 / Math.log2(i + 2);
  return ideal === 0 ? 0 : gain / ideal;
}

/** Hits in the first k over all relevant items. At most k / |relevant|. */
export function recallAtK(list: readonly string[], relevant: ReadonlySet<string>, k: number): number {
  return relevant.size === 0 ? 0 : hits(list, relevant, k) / relevant.size;
}

/** Hits in the first k over k: an unfilled place counts as a miss. */
export function precisionAtK(list: readonly string[], relevant: ReadonlySet<string>, k: number): number {
  return k === 0 ? 0 : hits(list, relevant, k) / k;
}

/** 1 when any of the first k is relevant, else 0. */
export function hitRateAtK(list: readonly string[], relevant: ReadonlySet<string>, k: number): number {
  return hits(list, relevant, k) > 0 ? 1 : 0;
}

/** 1 / rank of the first relevant item (rank from 1); 0 where there is none. */
export function reciprocalRank(list: readonly string[], relevant: ReadonlySet<string>): number {
  const index = list.findIndex((id) => relevant.has(id));
  return index === -1 ? 0 : 1 / (index + 1);
}

function hits(list: readonly string[], relevant: ReadonlySet<string>, k: number): number {
  let count = 0;
  for (let i = 0; i < Math.min(k, list.length); i++) if (relevant.has(list[i]!)) count++;
  return count;
}

/** Share of the catalogue that is in anybody's first k. */
export function coverageAtK(lists: readonly (readonly string[])[], catalogueSize: number, k: number): number {
  const shown = new Set<string>();
  for (const list of lists) for (const id of list.slice(0, k)) shown.add(id);
  return catalogueSize === 0 ? 0 : shown.size / catalogueSize;
}

/**
 * Mean self-information of the first k (Zhou et al. 2010): -log2 of the share of profiles that know the item, in
 * bits; an item that nobody knows counts as known by one half profile, so that it stays finite.
 */
export function noveltyAtK(
  lists: readonly (readonly string[])[],
  knownBy: ReadonlyMap<string, number>,
  profiles: number,
  k: number,
): number {
  let sum = 0;
  let count = 0;
  for (const list of lists) {
    for (const id of list.slice(0, k)) {
      sum += -Math.log2((knownBy.get(id) ?? 0.5) / Math.max(1, profiles));
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

/**
 * Probability that a random positive scores above a random negative, ties half (Hanley & McNeil 1982).
 * NaN where only one class is present.
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let positives = 0;
  let rankSum = 0;
  for (let i = 0; i < order.length; ) {
    let end = i;
    while (end < order.length && scores[order[end]!] === scores[order[i]!]) end++;
    // Tied scores share the mean of their ranks (from 1).
    const rank = (i + 1 + end) / 2;
    for (let j = i; j < end; j++) {
      if (labels[order[j]!]! > 0.5) {
        positives++;
        rankSum += rank;
      }
    }
    i = end;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return Number.NaN;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** Mean negative log-likelihood in nats; probabilities are clipped to [1e-12, 1 - 1e-12]. */
export function logLoss(probabilities: ArrayLike<number>, labels: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const p = Math.min(1 - 1e-12, Math.max(1e-12, probabilities[i]!));
    sum -= labels[i]! > 0.5 ? Math.log(p) : Math.log(1 - p);
  }
  return probabilities.length === 0 ? 0 : sum / probabilities.length;
}

/**
 * Percentile bootstrap interval of the mean (Efron 1979), over whole units: pass one value per profile.
 * Seeded, so that the same values give the same interval.
 */
export function bootstrapInterval(
  values: readonly number[],
  options: { seed: number; resamples?: number; confidence?: number },
): { lower: number; upper: number } {
  if (values.length === 0) return { lower: 0, upper: 0 };
  const { resamples = 1_000, confidence = 0.95 } = options;
  const random = createRandom(options.seed);
  const means = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[random.integer(values.length)]!;
    means[r] = sum / values.length;
  }
  means.sort();
  const tail = (1 - confidence) / 2;
  return {
    lower: means[Math.floor(tail * (resamples - 1))]!,
    upper: means[Math.ceil((1 - tail) * (resamples - 1))]!,
  };
}
