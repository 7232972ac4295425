/**
 * A trained ensemble as flat arrays: the nodes of all trees one after the other, a tree's root first, children after their parent.
 * Its scores are sums of leaves; a logistic model's score is the log-odds, `predictGbdt` gives the probability.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { GbdtObjective } from './gbdt-options.ts';

export interface GbdtModel {
  readonly objective: GbdtObjective;
  /** Columns of the rows it scores. */
  readonly columns: number;
  readonly baseScore: number;
  /** First node of each tree, and the number of nodes: trees + 1. */
  readonly treeStart: Uint32Array;
  /** By node: the column it asks, −1 for a leaf. */
  readonly column: Int32Array;
  /** By node: rows with value ≤ threshold go left. */
  readonly threshold: Float32Array;
  /** By node: numbers of its children; 0 for a leaf. */
  readonly left: Uint32Array;
  readonly right: Uint32Array;
  /** By node: 1 where missing values go left. */
  readonly missingLeft: Uint8Array;
  /**
   * By node, and one more: where its `categories` begin. Rows whose value is among them go left; all others, missing ones too, right. None for a
   * numeric node.
   */
  readonly categoryStart: Uint32Array;
  readonly categories: Float32Array;
  /** By node: what a leaf adds to the score; 0 for others. */
  readonly value: Float32Array;
  /** By node: how much the split gained; 0 for a leaf. */
  readonly gain: Float32Array;
  /** By node: training rows that came by. */
  readonly cover: Uint32Array;
}

export function treeCount(model: GbdtModel): number {
  return model.treeStart.length - 1;
}

export function isCategorical(model: GbdtModel, node: number): boolean {
  return model.categoryStart[node + 1]! > model.categoryStart[node]!;
}

/** Which child of an inner node a value goes to. */
export function goesLeft(model: GbdtModel, node: number, value: number): boolean {
  const first = model.categoryStart[node]!;
  const end = model.categoryStart[node + 1]!;
  if (end === first) {
    return Number.isNaN(value) ? model.missingLeft[node] === 1 : value <= model.threshold[node]!;
  }
  for (let i = first; i < end; i++) if (model.categories[i] === value) return true;
  return false;
}

/** The leaf of a tree that a row ends in. @param offset where the row begins in the matrix */
export function leafOf(model: GbdtModel, tree: number, matrix: Float32Array, offset: number): number {
  let node = model.treeStart[tree]!;
  for (;;) {
    const column = model.column[node]!;
    if (column < 0) return node;
    node = goesLeft(model, node, matrix[offset + column]!) ? model.left[node]! : model.right[node]!;
  }
}

/** Adds what trees from `first` to before `end` say to the scores of rows `from` to before `to`. */
export function addTrees(
  model: GbdtModel,
  matrix: Float32Array,
  scores: Float32Array | Float64Array,
  [from, to]: readonly [number, number],
  first = 0,
  end = treeCount(model),
): void {
  for (let tree = first; tree < end; tree++) {
    for (let row = from; row < to; row++) {
      scores[row]! += model.value[leafOf(model, tree, matrix, row * model.columns)]!;
    }
  }
}

/** Rows that go through all trees together, so that they stay in the cache. */
const BLOCK_ROWS = 256;

/**
 * Scores per row: log-odds of a logistic model.
 * @param matrix row-major float32, `rows × model.columns`, NaN where missing
 * @throws MarqueeError BAD_USER_INPUT when the matrix is smaller than that
 */
export function scoreGbdt(model: GbdtModel, matrix: Float32Array, rows: number): Float64Array {
  if (matrix.length < rows * model.columns) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `${matrix.length} values are not ${rows} rows of ${model.columns} columns`,
    );
  }
  const scores = new Float64Array(rows).fill(model.baseScore);
  for (let from = 0; from < rows; from += BLOCK_ROWS) {
    addTrees(model, matrix, scores, [from, Math.min(rows, from + BLOCK_ROWS)]);
  }
  return scores;
}

/** Probabilities of a logistic model; scores of the others. */
export function predictGbdt(model: GbdtModel, matrix: Float32Array, rows: number): Float32Array {
  const scores = scoreGbdt(model, matrix, rows);
  return model.objective === 'logistic'
    ? Float32Array.from(scores, (z) => 1 / (1 + Math.exp(-z)))
    : Float32Array.from(scores);
}
