/**
 * How much each column contributed to a row's score: Shapley values of the trees, exactly, in polynomial time (Lundberg, Erion & Lee
 * 2018, Consistent individualized feature attribution for tree ensembles, algorithm 2). What a tree says without knowing a column is
 * its leaves' mean by the training rows that went each way.
 *
 * A row's contributions and the expected score add up to its score. They are in units of the score: log-odds of a logistic model.
 */
import { type GbdtModel, goesLeft, treeCount } from './gbdt-model.ts';

/** One column on the way to a node. */
interface Step {
  readonly column: number;
  /** Share of ways through this column's nodes when it is unknown. */
  readonly unknown: number;
  /** 1 when the row goes this way, 0 when not. */
  readonly known: number;
  /** Weight of the sets of columns with as many members as the step's place. */
  weight: number;
}

/** The score of a row of which nothing is known. */
export function expectedScore(model: GbdtModel): number {
  let sum = model.baseScore;
  for (let tree = 0; tree < treeCount(model); tree++) sum += expectedBelow(model, model.treeStart[tree]!);
  return sum;
}

function expectedBelow(model: GbdtModel, node: number): number {
  if (model.column[node]! < 0) return model.value[node]!;
  const { left, right, cover } = model;
  return [left[node]!, right[node]!].reduce(
    (sum, child) => sum + (cover[child]! / cover[node]!) * expectedBelow(model, child),
    0,
  );
}

/**
 * @param row one row's values, `model.columns` long
 * @returns by column; together with `expectedScore` they add up to the row's score
 */
export function contributions(model: GbdtModel, row: Float32Array): Float64Array {
  const sums = new Float64Array(model.columns);
  for (let tree = 0; tree < treeCount(model); tree++) {
    descend(model, row, sums, model.treeStart[tree]!, [], { unknown: 1, known: 1, column: -1 });
  }
  return sums;
}

function descend(
  model: GbdtModel,
  row: Float32Array,
  sums: Float64Array,
  node: number,
  before: readonly Step[],
  step: Omit<Step, 'weight'>,
): void {
  let path = extended(before, step);
  const column = model.column[node]!;
  if (column < 0) {
    for (let i = 1; i < path.length; i++) {
      const { column: own, known, unknown } = path[i]!;
      sums[own]! += weightWithout(path, i) * (known - unknown) * model.value[node]!;
    }
    return;
  }
  const left = goesLeft(model, node, row[column]!);
  const taken = left ? model.left[node]! : model.right[node]!;
  const other = left ? model.right[node]! : model.left[node]!;
  let unknown = 1;
  let known = 1;
  const again = path.findIndex((earlier) => earlier.column === column);
  if (again >= 0) {
    ({ unknown, known } = path[again]!);
    path = unwound(path, again);
  }
  const share = (child: number): number => model.cover[child]! / model.cover[node]!;
  descend(model, row, sums, taken, path, { unknown: unknown * share(taken), known, column });
  descend(model, row, sums, other, path, { unknown: unknown * share(other), known: 0, column });
}

/** EXTEND of the paper: one more column, known or not. */
function extended(before: readonly Step[], step: Omit<Step, 'weight'>): Step[] {
  const path = before.map((earlier) => ({ ...earlier }));
  const depth = path.length;
  path.push({ ...step, weight: depth === 0 ? 1 : 0 });
  for (let i = depth - 1; i >= 0; i--) {
    path[i + 1]!.weight += (step.known * path[i]!.weight * (i + 1)) / (depth + 1);
    path[i]!.weight *= (step.unknown * (depth - i)) / (depth + 1);
  }
  return path;
}

/** UNWIND of the paper: the path as if the column at `place` had not been met. */
function unwound(path: readonly Step[], place: number): Step[] {
  const weights = weightsWithout(path, place);
  const rest = path.filter((_, i) => i !== place);
  return rest.map((step, i) => ({ ...step, weight: weights[i]! }));
}

function weightWithout(path: readonly Step[], place: number): number {
  return weightsWithout(path, place).reduce((sum, weight) => sum + weight, 0);
}

function weightsWithout(path: readonly Step[], place: number): Float64Array {
  const depth = path.length - 1;
  const { known, unknown } = path[place]!;
  const weights = new Float64Array(depth);
  let next = path[depth]!.weight;
  for (let i = depth - 1; i >= 0; i--) {
    if (known !== 0) {
      weights[i] = (next * (depth + 1)) / ((i + 1) * known);
      next = path[i]!.weight - (weights[i]! * unknown * (depth - i)) / (depth + 1);
    } else {
      weights[i] = (path[i]!.weight * (depth + 1)) / (unknown * (depth - i));
    }
  }
  return weights;
}
