/** The figure an objective stands for, weighted: log loss in nats, root mean squared error, or NDCG. */
import type { GbdtSettings } from './gbdt-options.ts';
import type { GbdtRows } from './gbdt-rows.ts';
import { discountOfRank, gainOfRelevance, idealDcg } from './training/objectives.ts';

/** @param scores as `scoreGbdt` gives them. @returns NDCG: higher is better; the others: lower */
export function gbdtFigure(
  settings: Pick<GbdtSettings, 'objective' | 'truncation'>,
  scores: Float64Array,
  data: GbdtRows,
): number {
  if (settings.objective === 'lambda-rank') return meanNdcg(scores, data, settings.truncation);
  const logistic = settings.objective === 'logistic';
  let sum = 0;
  let weight = 0;
  for (let row = 0; row < data.rows; row++) {
    const own = data.weights?.[row] ?? 1;
    const label = data.labels[row]!;
    const score = scores[row]!;
    sum += own * (logistic ? logisticLoss(score, label) : (score - label) ** 2);
    weight += own;
  }
  return logistic ? sum / weight : Math.sqrt(sum / weight);
}

/** log(1 + e^score) − label × score, without overflow. */
function logisticLoss(score: number, label: number): number {
  return Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score))) - label * score;
}

/** Mean over groups that have something relevant, of the first `truncation`; equal scores in the rows' order. */
function meanNdcg(
  scores: Float64Array,
  { labels, groupSizes, weights }: GbdtRows,
  truncation: number,
): number {
  let sum = 0;
  let weight = 0;
  let first = 0;
  for (const size of groupSizes!) {
    const own = weights?.[first] ?? 1;
    const ideal = idealDcg(labels.subarray(first, first + size), truncation);
    if (ideal > 0) {
      const order = Uint32Array.from({ length: size }, (_, i) => first + i).sort(
        (a, b) => scores[b]! - scores[a]! || a - b,
      );
      let dcg = 0;
      for (let rank = 0; rank < Math.min(size, truncation); rank++) {
        dcg += gainOfRelevance(labels[order[rank]!]!) * discountOfRank(rank);
      }
      sum += (own * dcg) / ideal;
      weight += own;
    }
    first += size;
  }
  return weight === 0 ? 0 : sum / weight;
}
