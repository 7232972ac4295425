/**
 * Platt's calibration: a logistic function of the model's log-odds, with Platt's smoothed targets and the Newton method of Lin, Lin &
 * Weng 2007 (A note on Platt's probabilistic outputs). Two parameters, so a few hundred rows are enough. It turns no order round:
 * predictions that are high where less happened are worth nothing, and all become what happened on the whole.
 */
import { type CalibrationRows, requireCalibrationRows } from './calibration.ts';

export interface PlattCalibration {
  readonly kind: 'platt';
  /** Not below 0. */
  readonly slope: number;
  readonly intercept: number;
}

const MAX_STEPS = 100;
/** Added to the diagonal, so that rows of one score alone can be fitted. */
const RIDGE = 1e-12;

/** @param rows log-odds. @throws MarqueeError BAD_USER_INPUT as `requireCalibrationRows` */
export function fitPlatt(rows: CalibrationRows): PlattCalibration {
  requireCalibrationRows(rows);
  const { predictions, labels, weights } = rows;
  const weightOf = (row: number): number => weights?.[row] ?? 1;
  let happened = 0;
  let not = 0;
  for (let row = 0; row < predictions.length; row++) {
    if (labels[row]! > 0.5) happened += weightOf(row);
    else not += weightOf(row);
  }
  const high = (happened + 1) / (happened + 2);
  const low = 1 / (not + 2);
  const target = (row: number): number => (labels[row]! > 0.5 ? high : low);
  const loss = (slope: number, intercept: number): number => {
    let sum = 0;
    for (let row = 0; row < predictions.length; row++) {
      const z = slope * predictions[row]! + intercept;
      sum += weightOf(row) * (Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - target(row) * z);
    }
    return sum;
  };
  let slope = 0;
  let intercept = Math.log((happened + 1) / (not + 1));
  let before = loss(slope, intercept);
  for (let step = 0; step < MAX_STEPS; step++) {
    let [a, b, aa, ab, bb] = [0, 0, RIDGE, 0, RIDGE];
    for (let row = 0; row < predictions.length; row++) {
      const x = predictions[row]!;
      const p = 1 / (1 + Math.exp(-(slope * x + intercept)));
      const gradient = weightOf(row) * (p - target(row));
      const hessian = weightOf(row) * p * (1 - p);
      a += gradient * x;
      b += gradient;
      aa += hessian * x * x;
      ab += hessian * x;
      bb += hessian;
    }
    const determinant = aa * bb - ab * ab;
    const slopeStep = (bb * a - ab * b) / determinant;
    const interceptStep = (aa * b - ab * a) / determinant;
    let share = 1;
    let after = loss(slope - slopeStep, intercept - interceptStep);
    while (!(after <= before) && share > 1e-10) {
      share /= 2;
      after = loss(slope - share * slopeStep, intercept - share * interceptStep);
    }
    if (!(after < before)) break;
    slope -= share * slopeStep;
    intercept -= share * interceptStep;
    if (before - after < 1e-12 * Math.abs(before)) break;
    before = after;
  }
  if (slope < 0) {
    // The loss is convex: of slopes that are not below 0, 0 has the least.
    const mean = (happened * high + not * low) / (happened + not);
    return { kind: 'platt', slope: 0, intercept: Math.fround(Math.log(mean / (1 - mean))) };
  }
  return { kind: 'platt', slope: Math.fround(slope), intercept: Math.fround(intercept) };
}
