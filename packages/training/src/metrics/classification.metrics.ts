/** Metrics of predicted probabilities against labels; a label above 0.5 is positive. */

/**
 * Probability that a random positive scores above a random negative, ties half (Hanley & McNeil 1982).
 * NaN where only one class is present. A score that is no number is below all others, and ties with its like.
 */
export function auc(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  const known = Float64Array.from(scores, (score) =>
    Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score,
  );
  const order = Array.from(known.keys()).sort((a, b) =>
    known[a]! < known[b]! ? -1 : Number(known[a]! > known[b]!),
  );
  let positives = 0;
  let rankSum = 0;
  for (let i = 0; i < order.length; ) {
    let end = i;
    while (end < order.length && known[order[end]!] === known[order[i]!]) end++;
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
export function logLoss(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  let [sum, all] = [0, 0];
  for (let i = 0; i < probabilities.length; i++) {
    const p = Math.min(1 - 1e-12, Math.max(1e-12, probabilities[i]!));
    const weight = weights?.[i] ?? 1;
    sum -= weight * (labels[i]! > 0.5 ? Math.log(p) : Math.log(1 - p));
    all += weight;
  }
  return all === 0 ? 0 : sum / all;
}

export interface CalibrationBin {
  /** Sum of the weights. */
  readonly count: number;
  /** Mean predicted probability, and the share of positives; NaN in an empty bin. */
  readonly predicted: number;
  readonly observed: number;
}

/**
 * How far probabilities can be taken at their word, in bins of equal width over [0, 1]; a probability on a border
 * belongs to the upper bin, 1 to the last. `error` is the expected calibration error (Guo et al. 2017): the mean of
 * |predicted − observed| weighted by the bins' counts. `ratio` is the sum of predictions over the positives:
 * above 1 it promises too much; NaN without positives. A probability that is no number is in no bin, and both figures are NaN.
 */
export function calibration(
  probabilities: ArrayLike<number>,
  labels: ArrayLike<number>,
  bins = 10,
  weights?: ArrayLike<number>,
): { readonly bins: readonly CalibrationBin[]; readonly error: number; readonly ratio: number } {
  const sums = Array.from({ length: bins }, () => ({ count: 0, predicted: 0, positives: 0 }));
  let unknown = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const p = Math.min(1, Math.max(0, probabilities[i]!));
    if (Number.isNaN(p)) {
      unknown = Number.NaN;
      continue;
    }
    const bin = sums[Math.min(bins - 1, Math.floor(p * bins))]!;
    const weight = weights?.[i] ?? 1;
    bin.count += weight;
    bin.predicted += weight * p;
    if (labels[i]! > 0.5) bin.positives += weight;
  }
  const gap = sums.reduce((sum, bin) => sum + Math.abs(bin.predicted - bin.positives), 0);
  const predicted = sums.reduce((sum, bin) => sum + bin.predicted, 0);
  const positives = sums.reduce((sum, bin) => sum + bin.positives, 0);
  const all = sums.reduce((sum, bin) => sum + bin.count, 0);
  return {
    bins: sums.map((bin) => ({
      count: bin.count,
      predicted: bin.predicted / bin.count,
      observed: bin.positives / bin.count,
    })),
    error: unknown + (all === 0 ? 0 : gap / all),
    ratio: unknown + (positives === 0 ? Number.NaN : predicted / positives),
  };
}
