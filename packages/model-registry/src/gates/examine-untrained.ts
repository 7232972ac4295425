/**
 * What a holdout set says of something that was never trained, so that it cannot know the answers: titles in the order of their popularity, all of
 * them with the share of watches as their probability. Pure.
 */
import type { HoldoutSet } from '../holdout/holdout-set.ts';
import { type Examination, examine } from './examine.ts';

const POPULARITY = 'popularity_30d';
const SECOND_MS = 1_000;

/** Of a set without a column of popularity the order is none, and gains nothing. */
export function examineUntrained(
  set: Pick<HoldoutSet, 'columns' | 'matrix' | 'rows' | 'labels' | 'weights' | 'groups' | 'items'>,
): Examination {
  const { columns, matrix, rows, labels, weights } = set;
  const column = columns.indexOf(POPULARITY);
  const order = new Float32Array(rows);
  let [watched, all] = [0, 0];
  for (let row = 0; row < rows; row++) {
    if (column >= 0) order[row] = matrix[row * columns.length + column]!;
    all += weights[row]!;
    if (labels[row]! > 0.5) watched += weights[row]!;
  }
  return examine(new Float32Array(rows).fill(all === 0 ? 0 : watched / all), set, order);
}

/** @returns epoch milliseconds, group by group in the order of rows; undefined where the set does not say */
export function groupInstants({
  rows,
  groups,
  decidedAt,
}: Pick<HoldoutSet, 'rows' | 'groups' | 'decidedAt'>): Float64Array | undefined {
  if (decidedAt === undefined) return undefined;
  const instants: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (row === 0 || groups[row] !== groups[row - 1]) instants.push(decidedAt[row]! * SECOND_MS);
  }
  return Float64Array.from(instants);
}
