/** What a model's scores on a holdout set are worth, group by group. Pure. */
import { calibration, ndcgAtK } from '@marquee/training';
import type { HoldoutSet } from '../holdout/holdout-set.ts';

const NDCG_AT = 10;
const LEAST_PROBABILITY = 1e-12;

export interface Examination {
  /** NDCG@10 of each group, in the order that a page would have. */
  readonly ndcg: Float64Array;
  /** How much each group counts: that of its watch. */
  readonly groupWeights: Float64Array;
  /** Mean log loss of each group's rows by their weights, in nats. */
  readonly logLoss: Float64Array;
  /** Of each group's rows together: a watch that nothing stands beside is one row among the many. */
  readonly rowWeights: Float64Array;
  /** Expected calibration error over all rows by their weights. */
  readonly calibrationError: number;
  /** Mean log odds of all rows by their weights: how much is promised on the whole. */
  readonly logOdds: number;
  /** Share of the set's titles that come first in some group; undefined where the set does not say which titles. */
  readonly coverage: number | undefined;
  /** The title that comes first, group by group. */
  readonly firsts: Uint32Array | undefined;
  /** Scores that are not probabilities. */
  readonly unusable: number;
  readonly constant: boolean;
}

/**
 * @param scores probabilities, one per row
 * @param set what they are asked about
 * @param order what pages would be ordered by, one per row: a model's value where it has one
 */
export function examine(
  scores: Float32Array,
  set: Pick<HoldoutSet, 'rows' | 'labels' | 'weights' | 'groups' | 'items'>,
  order: Float32Array = scores,
): Examination {
  const { rows, labels, items } = set;
  const ndcg: number[] = [];
  const logLoss: number[] = [];
  const groupWeights: number[] = [];
  const rowWeights: number[] = [];
  const firsts: number[] = [];
  let unusable = 0;
  for (let row = 0; row < rows; row++) if (!(scores[row]! >= 0 && scores[row]! <= 1)) unusable++;
  for (let from = 0; from < rows; ) {
    let to = from;
    while (to < rows && set.groups[to] === set.groups[from]) to++;
    const inOrder = orderOf(order, labels, from, to);
    ndcg.push(ndcgAtK(inOrder, new Set(inOrder.filter((row) => labels[row]! > 0.5)), NDCG_AT));
    logLoss.push(lossOf(scores, set, from, to));
    const all = set.weights.subarray(from, to).reduce((sum, weight) => sum + weight, 0);
    const watched = labels.subarray(from, to).findIndex((label) => label > 0.5);
    groupWeights.push(watched < 0 ? all / (to - from) : set.weights[from + watched]!);
    rowWeights.push(all);
    if (items !== undefined) firsts.push(items[inOrder[0]!]!);
    from = to;
  }
  return {
    ndcg: Float64Array.from(ndcg),
    logLoss: Float64Array.from(logLoss),
    groupWeights: Float64Array.from(groupWeights),
    rowWeights: Float64Array.from(rowWeights),
    // What is not a number promises nothing.
    calibrationError: calibration(
      scores.map((score) => (Number.isNaN(score) ? 0 : score)),
      labels,
      undefined,
      set.weights,
    ).error,
    logOdds: meanLogOdds(scores, set),
    coverage: items === undefined ? undefined : new Set(firsts).size / new Set(items).size,
    firsts: items === undefined ? undefined : Uint32Array.from(firsts),
    unusable,
    constant: scores.every((score) => score === scores[0]),
  };
}

/** Of equal scores the watched ones come last, so that a constant gains nothing; what is not a number sinks. */
function orderOf(scores: Float32Array, labels: Float32Array, from: number, to: number): number[] {
  const score = (row: number): number =>
    Number.isNaN(scores[row]!) ? Number.NEGATIVE_INFINITY : scores[row]!;
  return Array.from({ length: to - from }, (_, i) => from + i).sort(
    (a, b) => score(b) - score(a) || labels[a]! - labels[b]!,
  );
}

function lossOf(
  scores: Float32Array,
  { labels, weights }: Pick<HoldoutSet, 'labels' | 'weights'>,
  from: number,
  to: number,
): number {
  let sum = 0;
  let weight = 0;
  for (let row = from; row < to; row++) {
    const score = scores[row]!;
    const right = labels[row]! > 0.5 ? score : 1 - score;
    const bounded = right >= LEAST_PROBABILITY ? Math.min(1, right) : LEAST_PROBABILITY;
    sum -= weights[row]! * Math.log(bounded);
    weight += weights[row]!;
  }
  return weight === 0 ? 0 : sum / weight;
}

function meanLogOdds(scores: Float32Array, { rows, weights }: Pick<HoldoutSet, 'rows' | 'weights'>): number {
  let sum = 0;
  let all = 0;
  for (let row = 0; row < rows; row++) {
    const score = scores[row]!;
    const bounded = Math.min(1 - LEAST_PROBABILITY, score >= LEAST_PROBABILITY ? score : LEAST_PROBABILITY);
    sum += weights[row]! * Math.log(bounded / (1 - bounded));
    all += weights[row]!;
  }
  return all === 0 ? 0 : sum / all;
}
