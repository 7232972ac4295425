/**
 * What is known of the weights of a line, as a Gaussian: where a fit ended, and how sure it was of each direction (Laplace's approximation;
 * Spiegelhalter and Lauritzen 1990, section 5). A later fit on other rows goes on from there: of a quadratic loss it ends where one fit on all rows
 * would, of log loss nearly so.
 */
import { MarqueeError } from '@marquee/service-kit';

/** In the columns' own units, whatever the intercept is. */
export interface WeightBelief {
  /** Inverse covariance, symmetric, row-major. A column of zeros is one that nothing is known of. */
  readonly precision: Float64Array;
  /** `precision × mean`: with it what two sets of rows tell is the sum of both. */
  readonly precisionMean: Float64Array;
}

/** `½ βᵀ curvature β − slopeᵀ β` on standardised weights, per example. */
export interface QuadraticPenalty {
  readonly curvature: Float64Array;
  readonly slope: Float64Array;
}

/**
 * @param options.l2 of all columns, or of each; on standardised weights, per example
 * @throws MarqueeError BAD_USER_INPUT for a prior of other columns
 */
export function penaltyOf(options: {
  readonly deviations: Float64Array;
  readonly totalWeight: number;
  readonly l2: number | Float64Array;
  readonly prior?: WeightBelief;
}): QuadraticPenalty {
  const { deviations, totalWeight, l2, prior } = options;
  const columns = deviations.length;
  const curvature = new Float64Array(columns * columns);
  const slope = new Float64Array(columns);
  for (let c = 0; c < columns; c++) curvature[c * columns + c] = typeof l2 === 'number' ? l2 : l2[c]!;
  if (prior === undefined) return { curvature, slope };
  if (prior.precisionMean.length !== columns) {
    const message = `training data: a prior of ${prior.precisionMean.length} columns for ${columns}`;
    throw new MarqueeError('BAD_USER_INPUT', { message, field: 'prior' });
  }
  for (let i = 0; i < columns; i++) {
    const unit = deviations[i]! * totalWeight;
    slope[i] = prior.precisionMean[i]! / unit;
    for (let j = 0; j < columns; j++) {
      curvature[i * columns + j]! += prior.precision[i * columns + j]! / (unit * deviations[j]!);
    }
  }
  return { curvature, slope };
}

export function penaltyAt(
  { curvature, slope }: QuadraticPenalty,
  beta: Float64Array,
  columns: number,
): number {
  let sum = 0;
  for (let i = 0; i < columns; i++) {
    let half = 0;
    for (let j = 0; j < columns; j++) half += curvature[i * columns + j]! * beta[j]!;
    sum += beta[i]! * (half / 2 - slope[i]!);
  }
  return sum;
}

/**
 * @param hessian of the mean penalised loss at the fit, of standardised weights with the intercept last
 * @param l2 of each column, as in `penaltyOf`
 * @returns the belief, the intercept integrated out
 */
export function believedAfter(
  weights: Float64Array,
  hessian: Float64Array,
  l2: number | Float64Array,
  scale: { readonly deviations: Float64Array; readonly constant: Uint8Array; readonly totalWeight: number },
): WeightBelief {
  const { deviations, constant, totalWeight } = scale;
  const columns = weights.length;
  const size = columns + 1;
  const precision = new Float64Array(columns * columns);
  const precisionMean = new Float64Array(columns);
  for (let i = 0; i < columns; i++) {
    const throughIntercept = hessian[i * size + columns]! / hessian[size * size - 1]!;
    for (let j = 0; j < columns; j++) {
      let known = hessian[i * size + j]! - throughIntercept * hessian[j * size + columns]!;
      // What the penalty says of a column that never varied is not knowledge.
      if (i === j && constant[i] === 1) known -= typeof l2 === 'number' ? l2 : l2[i]!;
      precision[i * columns + j] = known * deviations[i]! * deviations[j]! * totalWeight;
      precisionMean[i]! += precision[i * columns + j]! * weights[j]!;
    }
  }
  return { precision, precisionMean };
}

/** What is known of the other columns where these weigh nothing. */
export function whereZero({ precision, precisionMean }: WeightBelief, zero: readonly number[]): WeightBelief {
  const columns = precisionMean.length;
  return {
    precision: precision.map((value, at) =>
      zero.includes(Math.floor(at / columns)) || zero.includes(at % columns) ? 0 : value,
    ),
    precisionMean: precisionMean.map((value, column) => (zero.includes(column) ? 0 : value)),
  };
}
