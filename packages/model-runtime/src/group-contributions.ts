/**
 * What groups of inputs add to a row's score: Shapley values of the groups against a baseline row (Lundberg and Lee 2017,
 * interventional, one background row). A few groups are few coalitions, so the values are exact and not sampled: the model
 * itself is asked for every coalition, in its worker thread, in one batch. That holds for any model the runtime serves,
 * whatever is inside it; TreeSHAP would need the trees and could say nothing of a network.
 *
 * For every row `base + Σ contributions = score`, up to float32. Of a linear model a group's contribution is
 * Σ weight × (value − baseline) over its columns.
 */
import { type Deadline, MarqueeError } from '@marquee/service-kit';
import { MAX_ROWS, type ModelRuntime } from './index.ts';

/** Rows asked of the model double with every group. */
export const MAX_GROUPS = 8;
/** Log-odds of what float32 cannot tell from certainty are bounded. */
const LEAST_PROBABILITY = 1e-7;

export interface ContributionsRequest {
  /** Row-major, `rows × columns`. Columns of no group count as given: they are the row's own in every coalition. */
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** What a group's columns are where the group is away: one value per column, the same for all rows. */
  readonly baseline: Float32Array;
  /** Columns of each group; none twice. */
  readonly groups: readonly (readonly number[])[];
  readonly deadline?: Deadline;
}

export interface Contributions {
  /** With all groups away. */
  readonly base: number;
  /** With all of them there: what the model says of the row. */
  readonly score: number;
  /** In the order of the groups; exactly 0 for one that is as in the baseline. */
  readonly byGroup: Float64Array;
}

/** One score per row, in their order. */
export type ScoreRows = (matrix: Float32Array, rows: number) => Promise<Float32Array>;

/**
 * In the order of the rows. Scores are what the model orders by: its value where it gives one, else the log-odds of its
 * probability.
 * @throws as `ModelRuntime.predict`, and BAD_USER_INPUT for more than MAX_GROUPS groups.
 */
export function groupContributions(
  runtime: ModelRuntime,
  request: ContributionsRequest,
): Promise<readonly Contributions[]> {
  const { columns, deadline } = request;
  return shapleyOfGroups(request, async (matrix, rows) => {
    const { value, probability } = await runtime.predict({
      ...{ matrix, rows, columns },
      ...(deadline && { deadline }),
    });
    return value ?? probability.map(logOdds);
  });
}

/** The same for whatever gives scores. @param scoreRows asked once */
export async function shapleyOfGroups(
  { matrix, rows, columns, baseline, groups }: ContributionsRequest,
  scoreRows: ScoreRows,
): Promise<readonly Contributions[]> {
  if (groups.length > MAX_GROUPS) {
    throw new MarqueeError('BAD_USER_INPUT', `at most ${MAX_GROUPS} groups of columns can be told apart`);
  }
  const present = Array.from({ length: rows }, (_, row) =>
    groups.flatMap((group, g) =>
      group.some((column) => matrix[row * columns + column] !== baseline[column]) ? [g] : [],
    ),
  );
  const total = present.reduce((sum, own) => sum + 2 ** own.length, 0);
  if (total > MAX_ROWS) {
    throw new MarqueeError('BAD_USER_INPUT', `${rows} rows have ${total} coalitions, more than ${MAX_ROWS}`);
  }
  const coalitions = new Float32Array(total * columns);
  let at = 0;
  for (const [row, own] of present.entries()) {
    const values = matrix.subarray(row * columns, (row + 1) * columns);
    for (let members = 0; members < 2 ** own.length; members++) {
      coalitions.set(values, at * columns);
      for (let bit = 0; bit < own.length; bit++) {
        if ((members & (1 << bit)) !== 0) continue;
        for (const column of groups[own[bit]!]!) coalitions[at * columns + column] = baseline[column]!;
      }
      at++;
    }
  }
  const scores = await scoreRows(coalitions, total);
  let first = 0;
  return present.map((own) => {
    const size = 2 ** own.length;
    const of = scores.subarray(first, first + size);
    first += size;
    return { base: of[0]!, score: of[size - 1]!, byGroup: shapley(of, own, groups.length) };
  });
}

/** @param scores of the coalitions of `present`, by the bits of their members. */
function shapley(scores: Float32Array, present: readonly number[], groups: number): Float64Array {
  const n = present.length;
  const byGroup = new Float64Array(groups);
  const weights = coalitionWeights(n);
  for (const [bit, group] of present.entries()) {
    const own = 1 << bit;
    let sum = 0;
    for (let members = 0; members < 2 ** n; members++) {
      if ((members & own) !== 0) continue;
      sum += weights[bitsOf(members)]! * (scores[members | own]! - scores[members]!);
    }
    byGroup[group] = sum;
  }
  return byGroup;
}

/** s! (n − s − 1)! / n!, by the size s of the coalition that a group joins. */
function coalitionWeights(n: number): readonly number[] {
  const weights: number[] = [];
  for (let s = 0; s < n; s++) {
    let choices = 1;
    for (let i = 0; i < s; i++) choices = (choices * (n - 1 - i)) / (i + 1);
    weights.push(1 / (n * choices));
  }
  return weights;
}

function bitsOf(members: number): number {
  let count = 0;
  for (let rest = members; rest !== 0; rest &= rest - 1) count++;
  return count;
}

function logOdds(probability: number): number {
  const bounded = Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, probability));
  return Math.log(bounded / (1 - bounded));
}
