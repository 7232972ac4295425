/**
 * Logistic regression with an L2 penalty, fitted by Newton's method (iteratively reweighted least squares;
 * Hastie, Tibshirani & Friedman, section 4.4.1). With some thirty columns one Newton step is a small dense
 * system, so a handful of passes over the data is all it takes.
 *
 * Columns are standardised for fitting, so that one penalty suits all of them, and the weights are returned in
 * the columns' own units. The intercept is not penalised.
 *
 * What earlier rows told comes in as a Gaussian, and what is known after the fit goes out as one (`weight-belief.ts`).
 */
import { setImmediate as nextTick } from 'node:timers/promises';
import { MarqueeError } from '@marquee/service-kit';
import { solveSymmetric } from './cholesky.ts';
import { logLoss } from './metrics/index.ts';
import { SLICE, standardise } from './standardise.ts';
import {
  believedAfter,
  penaltyAt,
  penaltyOf,
  type QuadraticPenalty,
  type WeightBelief,
} from './weight-belief.ts';

export interface LabelledMatrix {
  /** Row-major, `rows × columns`. */
  readonly matrix: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** 0 or 1 per row; between them, what is above a half counts as 1. */
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
  /** What is known of the weights now, penalty and prior included. */
  readonly belief: WeightBelief;
}

const TOLERANCE = 1e-7;

/**
 * @param options.l2 penalty on standardised weights, per example (a mean, not a sum), of all columns or of each. Default 1e-4.
 * @param options.prior what is known of the weights, beside the penalty. Default: nothing.
 * @throws MarqueeError BAD_USER_INPUT for no rows, shapes that do not fit, non-finite values, labels beyond 0 and 1,
 *   weights below 0, or one class only.
 */
export async function trainLogisticRegression(
  data: LabelledMatrix,
  options: { l2?: number | Float64Array; maxIterations?: number; prior?: WeightBelief } = {},
): Promise<LogisticRegression> {
  const { l2 = 1e-4, maxIterations = 25, prior } = options;
  validate(data);
  const { rows, columns, weights: samples } = data;
  const scaled = await standardise(data);
  const { standardised, means, deviations } = scaled;
  const totalWeight = samples === undefined ? rows : samples.subarray(0, rows).reduce((a, b) => a + b, 0);
  const penalty = penaltyOf({ deviations, totalWeight, l2, ...(prior && { prior }) });

  // The last coefficient is the intercept.
  const size = columns + 1;
  let beta = new Float64Array(size);
  let iterations = 0;
  let previous = Number.POSITIVE_INFINITY;
  for (; iterations < maxIterations; iterations++) {
    const { gradient, hessian, objective } = await derivatives(standardised, data, beta, penalty);
    if (Math.abs(previous - objective) < TOLERANCE * Math.max(1, Math.abs(objective))) break;
    previous = objective;
    const step = solveSymmetric(hessian, gradient, size);
    beta = await lineSearch(standardised, data, beta, step, objective, penalty);
  }

  const weights = new Float64Array(columns);
  let intercept = beta[columns]!;
  for (let c = 0; c < columns; c++) {
    weights[c] = beta[c]! / deviations[c]!;
    intercept -= (beta[c]! * means[c]!) / deviations[c]!;
  }
  const { hessian } = await derivatives(standardised, data, beta, penalty);
  return {
    weights,
    intercept,
    iterations,
    belief: believedAfter(weights, hessian, l2, { ...scaled, totalWeight }),
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
  // Of rows that weigh nothing, nothing is learned.
  let [positives, negatives] = [0, 0];
  for (let r = 0; r < rows; r++) {
    const weight = weights?.[r] ?? 1;
    if (!(weight >= 0) || !Number.isFinite(weight)) refuse(`row ${r} weighs ${weight}`, 'weights');
    if (!(labels[r]! >= 0 && labels[r]! <= 1)) refuse(`the label of row ${r} is ${labels[r]}`, 'labels');
    if (labels[r]! > 0.5) positives += weight;
    else negatives += weight;
  }
  if (positives + negatives === 0) refuse('all weights are 0', 'weights');
  if (positives === 0 || negatives === 0) refuse('all labels are of one class', 'labels');
  for (let i = 0; i < rows * columns; i++) {
    if (!Number.isFinite(matrix[i]!)) {
      refuse(`row ${Math.floor(i / columns)}, column ${i % columns} is not a finite number`, 'matrix');
    }
  }
}

/** Mean penalised log loss with its gradient and Hessian (full symmetric, row-major). */
async function derivatives(
  x: Float64Array,
  data: LabelledMatrix,
  beta: Float64Array,
  penalty: QuadraticPenalty,
) {
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
  const { curvature, slope } = penalty;
  for (let i = 0; i < columns; i++) {
    let push = -slope[i]!;
    for (let j = 0; j < columns; j++) {
      push += curvature[i * columns + j]! * beta[j]!;
      hessian[i * size + j]! += curvature[i * columns + j]!;
    }
    gradient[i]! += push;
  }
  return { gradient, hessian, objective: objective + penaltyAt(penalty, beta, columns) };
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
  penalty: QuadraticPenalty,
): Promise<Float64Array<ArrayBuffer>> {
  for (let scale = 1; scale > 1e-4; scale /= 2) {
    const candidate = Float64Array.from(beta, (value, i) => value - scale * step[i]!);
    if (objectiveOf(x, data, candidate, penalty) <= objective) return candidate;
    await nextTick();
  }
  return Float64Array.from(beta);
}

function objectiveOf(
  x: Float64Array,
  data: LabelledMatrix,
  beta: Float64Array,
  penalty: QuadraticPenalty,
): number {
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
  return objective + penaltyAt(penalty, beta, columns);
}
