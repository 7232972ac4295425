/** Rows with everything trees can meet: numbers, few and many values, gaps, categories, a constant column. */
import { createRandom } from '@marquee/domain';
import type { GbdtRows } from '../gbdt-rows.ts';

export const COLUMNS = 11;
/** Whole numbers that are names; rare ones among them. */
export const CATEGORICAL = 3;
export const CONSTANT = 4;

export function generatedRows(
  rows: number,
  seed: number,
  labelled: 'class' | 'number' | 'relevance',
): GbdtRows {
  const random = createRandom(seed);
  const matrix = new Float32Array(rows * COLUMNS);
  const labels = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const x = matrix.subarray(row * COLUMNS, (row + 1) * COLUMNS);
    for (let column = 0; column < COLUMNS; column++) x[column] = random.normal();
    x[1] = random.integer(5) - 2;
    // Missing more often where the label is high.
    const missing = random.next() < 0.3;
    if (missing) x[2] = Number.NaN;
    x[CATEGORICAL] = Math.floor(20 * random.next() ** 2);
    if (random.next() < 0.05) x[CATEGORICAL] = Number.NaN;
    x[CONSTANT] = 7;
    const liked = [1, 4, 7, 11, 12].includes(x[CATEGORICAL]!) ? 1.5 : -0.5;
    const z = x[0]! + x[1]! * x[5]! + (missing ? 1.5 : x[2]!) + liked;
    labels[row] =
      labelled === 'number'
        ? z + random.normal(0, 0.3)
        : labelled === 'class'
          ? Number(random.next() < 1 / (1 + Math.exp(-z)))
          : Math.max(0, Math.min(4, Math.round(z + random.normal())));
  }
  return {
    matrix,
    rows,
    columns: COLUMNS,
    labels,
    weights: Float32Array.from({ length: rows }, () => 0.5 + random.next()),
  };
}

/** Groups of 1 to 30 rows. */
export function groupSizes(rows: number, seed: number): Uint32Array {
  const random = createRandom(seed);
  const sizes: number[] = [];
  for (let rest = rows; rest > 0; ) {
    const size = Math.min(rest, 1 + random.integer(30));
    sizes.push(size);
    rest -= size;
  }
  return Uint32Array.from(sizes);
}
