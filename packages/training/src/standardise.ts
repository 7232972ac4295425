/** Columns on one scale, so that one penalty suits all of them. */
import { setImmediate as nextTick } from 'node:timers/promises';
import type { LabelledMatrix } from './logistic-regression.ts';

/** Rows per slice between two turns of the event loop: about two milliseconds at thirty columns. */
export const SLICE = 2_000;

/** Below it a column is a constant. */
const CONSTANT = 1e-12;

export interface StandardisedColumns {
  /** Row-major. */
  readonly standardised: Float64Array;
  readonly means: Float64Array;
  /** 1 of a constant column, which carries nothing: it stays at zero and so does its weight. */
  readonly deviations: Float64Array;
  /** 1 of a constant column. */
  readonly constant: Uint8Array;
}

/** Columns with mean 0 and deviation 1, and what they were. */
export async function standardise(
  data: Pick<LabelledMatrix, 'matrix' | 'rows' | 'columns'>,
): Promise<StandardisedColumns> {
  const { matrix, rows, columns } = data;
  const means = new Float64Array(columns);
  const deviations = new Float64Array(columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) means[c]! += matrix[r * columns + c]! / rows;
    if (r % SLICE === SLICE - 1) await nextTick();
  }
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) deviations[c]! += (matrix[r * columns + c]! - means[c]!) ** 2 / rows;
    if (r % SLICE === SLICE - 1) await nextTick();
  }
  const constant = Uint8Array.from(deviations, (variance) => Number(!(variance > CONSTANT)));
  for (let c = 0; c < columns; c++) deviations[c] = constant[c] === 1 ? 1 : Math.sqrt(deviations[c]!);
  const standardised = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      standardised[r * columns + c] = (matrix[r * columns + c]! - means[c]!) / deviations[c]!;
    }
    if (r % SLICE === SLICE - 1) await nextTick();
  }
  return { standardised, means, deviations, constant };
}
