/** How well a ranker does on rows that are later than all it was fitted to: the figures of every ranker's manifest. */
import { RANKING_COLUMNS } from '@marquee/features';
import { auc, logLoss, ndcgAtK } from '../metrics/index.ts';
import type { RankingExamples } from './ranking-examples.ts';

const NDCG_AT = 10;

/** @param set `drawnExamples` of `choicesOf`, so that rankers are asked the same whatever else they learned from. @param order what rows are ordered by */
export function measureRanker(
  scores: Float32Array,
  set: RankingExamples,
  order: Float32Array = scores,
): Record<string, number> {
  const metrics = {
    auc: auc(scores, set.labels),
    logLoss: logLoss(scores, set.labels, set.weights),
    [`ndcg${NDCG_AT}`]: meanNdcg(order, set),
    popularityNdcg10: meanNdcg(columnOf(set, 'popularity_30d'), set),
    positives: set.positives,
  };
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

function columnOf(set: RankingExamples, name: string): Float32Array {
  const place = RANKING_COLUMNS.indexOf(name);
  return Float32Array.from({ length: set.rows }, (_, row) => set.matrix[row * set.columns + place]!);
}

/** NDCG of each group's order by score, ties by row from the last, so that a constant score gains nothing. */
function meanNdcg(scores: Float32Array, set: RankingExamples): number {
  const groups = new Map<number, number[]>();
  for (let row = 0; row < set.rows; row++) {
    const rows = groups.get(set.groups[row]!);
    if (rows === undefined) groups.set(set.groups[row]!, [row]);
    else rows.push(row);
  }
  let sum = 0;
  let asked = 0;
  for (const rows of groups.values()) {
    // A watch beside which nothing is known to have been passed over says nothing about an order.
    if (rows.length < 2 || !rows.some((row) => set.labels[row]! > 0.5)) continue;
    asked++;
    const order = rows.toSorted((a, b) => scores[b]! - scores[a]! || b - a).map(String);
    const relevant = new Set(rows.filter((row) => set.labels[row]! > 0.5).map(String));
    sum += ndcgAtK(order, relevant, NDCG_AT);
  }
  return asked === 0 ? 0 : sum / asked;
}
