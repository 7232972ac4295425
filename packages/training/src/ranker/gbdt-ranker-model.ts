/**
 * The trees that rank, as three ensembles: the probability of a qualified watch (a logistic regression, and trees that add what it
 * misses), its hours, and the probability of giving up; together the value of a title (`value-function.ts`).
 */
import { type Calibration, calibrate } from '../calibration/calibration.ts';
import { type GbdtModel, scoreGbdt } from '../gbdt/gbdt-model.ts';
import { titleValue } from './value-function.ts';

export interface GbdtRankerModel {
  /** Log-odds of a qualified watch, to which those of `watch` are added. */
  readonly linear: LinearScore;
  readonly watch: GbdtModel;
  readonly calibration: Calibration;
  /** Absent where lengths of watches are not known: there is no value then. */
  readonly length?: {
    /** Hours. */
    readonly hours: GbdtModel;
    /** Log-odds; absent where too few plays were given up. */
    readonly abandonment?: GbdtModel;
  };
}

export interface LinearScore {
  /** By column. */
  readonly weights: ArrayLike<number>;
  readonly intercept: number;
}

export interface GbdtRankerScores {
  readonly probability: Float32Array;
  readonly value?: Float32Array;
}

/** What the ONNX file computes, in plain TypeScript; equal within 1e-5. @param matrix row-major, `rows × model.watch.columns` */
export function scoreGbdtRanker(
  model: GbdtRankerModel,
  matrix: Float32Array,
  rows: number,
): GbdtRankerScores {
  const { calibration, length } = model;
  const probability = Float32Array.from(watchLogits(model, matrix, rows), (logit) =>
    calibrate(calibration, calibration.kind === 'platt' ? logit : sigmoid(logit)),
  );
  if (length === undefined) return { probability };
  const hours = scoreGbdt(length.hours, matrix, rows);
  const abandonment = length.abandonment && scoreGbdt(length.abandonment, matrix, rows);
  const value = Float32Array.from(probability, (p, row) =>
    titleValue(p, hours[row]!, abandonment && sigmoid(abandonment[row]!)),
  );
  return { probability, value };
}

/** Before calibration. */
export function watchLogits(
  { linear, watch }: Pick<GbdtRankerModel, 'linear' | 'watch'>,
  matrix: Float32Array,
  rows: number,
): Float64Array {
  const logits = scoreGbdt(watch, matrix, rows);
  const margins = linearScores(linear, matrix, rows);
  for (let row = 0; row < rows; row++) logits[row]! += margins[row]!;
  return logits;
}

export function linearScores(
  { weights, intercept }: LinearScore,
  matrix: Float32Array,
  rows: number,
): Float32Array {
  const columns = weights.length;
  return Float32Array.from({ length: rows }, (_, row) => {
    let sum = intercept;
    for (let c = 0; c < columns; c++) sum += weights[c]! * matrix[row * columns + c]!;
    return sum;
  });
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}
