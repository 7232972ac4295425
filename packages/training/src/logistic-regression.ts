/**
 * Logistic regression with an L2 penalty, fitted by Newton's method (iteratively reweighted least squares;
 * Hastie, Tibshirani & Friedman, section 4.4.1). With some thirty columns one Newton step is a small dense
 * system, so a handful of passes over the data is all it takes.
 *
 * Columns are standardised for fitting, so that one penalty suits all of them, and the weights are returned in
 * the columns' own units. The intercept is not penalised.
 */
import { setImmediate as nextTick } from 'node:timers/promises';
import { MarqueeError } from '@marquee/service-kit';
import { logLoss } from './metrics/index.ts';

export interface LabelledMatrix {
  /** Row-major, `rows × columns`. */
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** 0 or 1 per row. */
  readonly labels: Float32Array;
  /** Sample weights; absent: all 1. */
  readonly weights?: Float32Array;
}

export interface LogisticRegression {
  readonly weights: Float64Array;
  readonly intercept: number;
  readonly iterations: number;
  /** On the training rows, in nats. */
  readonly trainLogLoss: number;
}

/** Rows per slice between two turns of the event loop: about two milliseconds at thirty columns. */
const SLICE = 2_000;
const TOLERANCE = 1e-7;

/**
 * @param options.l2 penalty on standardised weights, per example (a mean, not a sum). Default 1e-4.
 * @throws MarqueeError BAD_USER_INPUT for no rows, shapes that do not fit, non-finite values, or one class only.
 */
export async function trainLogisticRegression(
  data: LabelledMatrix,
  options: { l2?: number; maxIterations?: number } = {},
): Promise<LogisticRegression> {
  const { l2 = 1e-4, maxIterations = 25 } = options;
  validate(data);
  const { rows, columns } = data;
  const { standardised, means, deviations } = await standardise(data);

  // The last coefficient is the intercept.
  const size = columns + 1;
  let beta = new Float64Array(size);
  let iterations = 0;
  let previous = Number.POSITIVE_INFINITY;
  for (; iterations < maxIterations; iterations++) {
    const { gradient, hessian, objective } = await derivatives(standardised, data, beta, l2);
    if (Math.abs(previous - objective) < TOLERANCE * Math.max(1, Math.abs(objective))) break;
    previous = objective;
    const step = solveSymmetric(hessian, gradient, size);
    beta = await lineSearch(standardised, data, beta, step, objective, l2);
  }

  const weights = new Float64Array(columns);
  let intercept = beta[columns]!;
  for (let c = 0; c < columns; c++) {
    weights[c] = beta[c]! / deviations[c]!;
    intercept -= (beta[c]! * means[c]!) / deviations[c]!;
  }
  return {
    weights,
    intercept,
    iterations,
    trainLogLoss: logLoss(predict({ weights, intercept }, data.matrix, rows), data.labels),
  };
}

/** Probability per row. */
export function predict(
  model: Pick<LogisticRegression, 'weights' | 'intercept'>,
  matrix: Float32Array,
  rows: number,
): Float32Array {
  const columns = model.weights.length;
  const probabilities = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    let z = model.intercept;
    const offset = r * columns;
    for (let c = 0; c < columns; c++) z += model.weights[c]! * matrix[offset + c]!;
    probabilities[r] = sigmoid(z);
  }
  return probabilities;
}

function sigmoid(z: number): number {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}

function validate(data: LabelledMatrix): void {
  const { matrix, rows, columns, labels, weights } = data;
  const refuse = (message: string, field: string): never => {
    throw new MarqueeError('BAD_USER_INPUT', { message: `training data: ${message}`, field });
  };
  if (rows < 1 || columns < 1) refuse('there are no examples', 'rows');
  if (matrix.length < rows * columns) refuse(`${matrix.length} values for ${rows} × ${columns}`, 'matrix');
  if (labels.length < rows || (weights !== undefined && weights.length < rows)) {
    refuse('fewer labels or weights than rows', 'labels');
  }
  let positives = 0;
  for (let r = 0; r < rows; r++) if (labels[r]! > 0.5) positives++;
  if (positives === 0 || positives === rows) refuse('all labels are of one class', 'labels');
  for (let i = 0; i < rows * columns; i++) {
    if (!Number.isFinite(matrix[i]!)) {
      refuse(`row ${Math.floor(i / columns)}, column ${i % columns} is not a finite number`, 'matrix');
    }
  }
}

/** Columns with mean 0 and deviation 1, and what they were. */
export async function standardise(data: Pick<LabelledMatrix, 'matrix' | 'rows' | 'columns'>) {
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
  // A constant column carries nothing: with deviation 1 it stays at zero and its weight too.
  for (let c = 0; c < columns; c++) deviations[c] = deviations[c]! > 1e-12 ? Math.sqrt(deviations[c]!) : 1;
  const standardised = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      standardised[r * columns + c] = (matrix[r * columns + c]! - means[c]!) / deviations[c]!;
    }
    if (r % SLICE === SLICE - 1) await nextTick();
  }
  return { standardised, means, deviations };
}

/** Mean penalised log loss with its gradient and Hessian (full symmetric, row-major). */
async function derivatives(x: Float64Array, data: LabelledMatrix, beta: Float64Array, l2: number) {
  const { rows, columns, labels, weights } = data;
  const size = columns + 1;
  const gradient = new Float64Array(size);
  const hessian = new Float64Array(size * size);
  let objective = 0;
  let totalWeight = 0;
  for (let r = 0; r < rows; r++) {
    const offset = r * columns;
    let z = beta[columns]!;
    for (let c = 0; c < columns; c++) z += beta[c]! * x[offset + c]!;
    const p = sigmoid(z);
    const label = labels[r]! > 0.5 ? 1 : 0;
    const sample = weights?.[r] ?? 1;
    totalWeight += sample;
    objective += sample * softplusLoss(z, label);
    const residual = sample * (p - label);
    const curvature = sample * Math.max(p * (1 - p), 1e-9);
    for (let i = 0; i < columns; i++) {
      const xi = x[offset + i]!;
      gradient[i]! += residual * xi;
      const scaled = curvature * xi;
      for (let j = 0; j <= i; j++) hessian[i * size + j]! += scaled * x[offset + j]!;
      hessian[columns * size + i]! += scaled;
    }
    gradient[columns]! += residual;
    hessian[columns * size + columns]! += curvature;
    if (r % SLICE === SLICE - 1) await nextTick();
  }
  for (let i = 0; i < size; i++) {
    gradient[i]! /= totalWeight;
    for (let j = 0; j <= i; j++) {
      const value = hessian[i * size + j]! / totalWeight;
      hessian[i * size + j] = value;
      hessian[j * size + i] = value;
    }
  }
  objective /= totalWeight;
  for (let c = 0; c < columns; c++) {
    gradient[c]! += l2 * beta[c]!;
    hessian[c * size + c]! += l2;
    objective += (l2 / 2) * beta[c]! ** 2;
  }
  return { gradient, hessian, objective };
}

/** log(1 + e^z) - y z, without overflow. */
function softplusLoss(z: number, label: number): number {
  return Math.max(z, 0) - z * label + Math.log1p(Math.exp(-Math.abs(z)));
}

/** Halves the Newton step until the objective falls, so that separable data does not diverge. */
async function lineSearch(
  x: Float64Array,
  data: LabelledMatrix,
  beta: Float64Array,
  step: Float64Array,
  objective: number,
  l2: number,
): Promise<Float64Array<ArrayBuffer>> {
  for (let scale = 1; scale > 1e-4; scale /= 2) {
    const candidate = Float64Array.from(beta, (value, i) => value - scale * step[i]!);
    if (objectiveOf(x, data, candidate, l2) <= objective) return candidate;
    await nextTick();
  }
  return Float64Array.from(beta);
}

function objectiveOf(x: Float64Array, data: LabelledMatrix, beta: Float64Array, l2: number): number {
  const { rows, columns, labels, weights } = data;
  let objective = 0;
  let totalWeight = 0;
  for (let r = 0; r < rows; r++) {
    let z = beta[columns]!;
    for (let c = 0; c < columns; c++) z += beta[c]! * x[r * columns + c]!;
    const sample = weights?.[r] ?? 1;
    totalWeight += sample;
    objective += sample * softplusLoss(z, labels[r]! > 0.5 ? 1 : 0);
  }
  objective /= totalWeight;
  for (let c = 0; c < columns; c++) objective += (l2 / 2) * beta[c]! ** 2;
  return objective;
}

/** Solves A x = b for a symmetric positive definite A by Cholesky; a ridge is added where A is singular. */
export function solveSymmetric(a: Float64Array, b: Float64Array, size: number): Float64Array {
  for (let ridge = 0; ; ridge = ridge === 0 ? 1e-10 : ridge * 100) {
    const factor = cholesky(a, size, ridge);
    if (factor === undefined) continue;
    const y = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      let sum = b[i]!;
      for (let j = 0; j < i; j++) sum -= factor[i * size + j]! * y[j]!;
      y[i] = sum / factor[i * size + i]!;
    }
    const solution = new Float64Array(size);
    for (let i = size - 1; i >= 0; i--) {
      let sum = y[i]!;
      for (let j = i + 1; j < size; j++) sum -= factor[j * size + i]! * solution[j]!;
      solution[i] = sum / factor[i * size + i]!;
    }
    return solution;
  }
}

function cholesky(a: Float64Array, size: number, ridge: number): Float64Array | undefined {
  const l = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j]! + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= l[i * size + k]! * l[j * size + k]!;
      if (i === j) {
        if (!(sum > 1e-14)) return undefined;
        l[i * size + i] = Math.sqrt(sum);
      } else {
        l[i * size + j] = sum / l[j * size + j]!;
      }
    }
  }
  return l;
}
