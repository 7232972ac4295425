/** Linear regression with an L2 penalty on standardised columns (Hastie, Tibshirani & Friedman, section 3.4.1); the intercept is not penalised. */
import { solveSymmetric } from './cholesky.ts';
import { standardise } from './standardise.ts';

export interface RidgeOptions {
  /** Row-major, `rows × columns`; finite. */
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly targets: Float32Array;
  /** Penalty per example. */
  readonly l2: number;
}

/** @param options with at least one row @returns weights in the columns' own units */
export async function fitRidge(
  options: RidgeOptions,
): Promise<{ readonly weights: Float64Array; readonly intercept: number }> {
  const { rows, columns, targets, l2 } = options;
  const { standardised, means, deviations } = await standardise(options);
  const mean = targets.reduce((sum, target) => sum + target, 0) / rows;
  const gram = new Float64Array(columns * columns);
  const moments = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const at = row * columns;
    for (let i = 0; i < columns; i++) {
      const x = standardised[at + i]!;
      moments[i]! += (x * (targets[row]! - mean)) / rows;
      for (let j = 0; j <= i; j++) gram[i * columns + j]! += (x * standardised[at + j]!) / rows;
    }
  }
  for (let i = 0; i < columns; i++) {
    gram[i * columns + i]! += l2;
    for (let j = 0; j < i; j++) gram[j * columns + i] = gram[i * columns + j]!;
  }
  const weights = solveSymmetric(gram, moments, columns);
  let intercept = mean;
  for (let c = 0; c < columns; c++) {
    weights[c] = weights[c]! / deviations[c]!;
    intercept -= weights[c]! * means[c]!;
  }
  return { weights, intercept };
}
