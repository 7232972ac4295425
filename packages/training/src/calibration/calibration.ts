/**
 * Makes probabilities mean what they say: a monotone map from what a model predicts to what happened, fitted on rows the model was
 * not trained on. Both kinds can be written into the model's ONNX file, see `calibrationNodes`.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { IsotonicCalibration } from './isotonic.ts';
import type { PlattCalibration } from './platt.ts';

export type Calibration = PlattCalibration | IsotonicCalibration;

/** What a calibration is fitted to. */
export interface CalibrationRows {
  /** Log-odds for Platt, probabilities for isotonic calibration. */
  readonly predictions: ArrayLike<number>;
  /** Above 0.5: it happened. */
  readonly labels: ArrayLike<number>;
  readonly weights?: ArrayLike<number>;
}

/** @throws MarqueeError BAD_USER_INPUT for no rows, one class only, values that are not finite, or negative weights */
export function requireCalibrationRows({ predictions, labels, weights }: CalibrationRows): void {
  const refuse = (message: string): never => {
    throw new MarqueeError('BAD_USER_INPUT', `calibration data: ${message}`);
  };
  const rows = predictions.length;
  if (rows === 0) refuse('there are no rows');
  if (labels.length < rows || (weights !== undefined && weights.length < rows)) {
    refuse('fewer labels or weights than predictions');
  }
  let happened = 0;
  let not = 0;
  for (let row = 0; row < rows; row++) {
    const weight = weights?.[row] ?? 1;
    if (!Number.isFinite(predictions[row]!)) refuse(`the prediction of row ${row} is ${predictions[row]}`);
    if (!Number.isFinite(labels[row]!)) refuse(`the label of row ${row} is ${labels[row]}`);
    if (!(weight >= 0) || !Number.isFinite(weight)) refuse(`row ${row} weighs ${weight}`);
    if (labels[row]! > 0.5) happened += weight;
    else not += weight;
  }
  if (happened === 0 || not === 0) refuse('all labels are of one class');
}

/**
 * @param prediction log-odds for Platt, a probability for isotonic calibration
 * @returns a probability
 */
export function calibrate(calibration: Calibration, prediction: number): number {
  if (calibration.kind === 'platt') {
    return 1 / (1 + Math.exp(-(calibration.slope * prediction + calibration.intercept)));
  }
  const { from, to } = calibration;
  const last = from.length - 1;
  if (!(prediction > from[0]!)) return to[0]!;
  if (prediction > from[last]!) return to[last]!;
  let low = 0;
  let high = last;
  // from[low] < prediction ≤ from[high]
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (prediction <= from[middle]!) high = middle;
    else low = middle;
  }
  const slope = (to[high]! - to[low]!) / (from[high]! - from[low]!);
  return to[low]! + slope * (prediction - from[low]!);
}
