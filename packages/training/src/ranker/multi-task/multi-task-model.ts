/** A trained network with what makes its answers the ranker's: standardised columns before it, calibration and value behind it. */
import { calibrate, type PlattCalibration } from '../../calibration/index.ts';
import type { Parameters } from '../../neural/parameters.ts';
import { titleValue } from '../value-function.ts';
import { type NetworkSettings, TASKS, type Task } from './multi-task-network.ts';

export interface Standardisation {
  /** By column. */
  readonly means: Float32Array;
  /** So large for columns that are constant that their values come to nothing. */
  readonly deviations: Float32Array;
}

export interface MultiTaskModel {
  readonly settings: NetworkSettings;
  readonly standardisation: Standardisation;
  readonly parameters: Parameters;
  /** Of the log-odds of a watch. */
  readonly calibration: PlattCalibration;
  /** Whether lengths of watches were known; without them there is no value. */
  readonly hours: boolean;
  /** Of the log-odds of giving up; absent where too few plays were given up. */
  readonly abandonment?: PlattCalibration;
}

/** Deviations that a column may be from its mean: a title seen a million times must not speak louder than all else. */
export const CLIP = 5;

export interface MultiTaskScores {
  readonly probability: Float32Array;
  readonly value?: Float32Array;
}

/** What the ONNX file computes, in plain TypeScript; equal within 1e-5. @param matrix row-major, `rows × columns` */
export function scoreMultiTask(model: MultiTaskModel, matrix: Float32Array, rows: number): MultiTaskScores {
  const heads = multiTaskHeads(model, matrix, rows);
  const probability = Float32Array.from(heads.watch, (z) => calibrate(model.calibration, z));
  if (!model.hours) return { probability };
  const { abandonment } = model;
  const value = Float32Array.from(probability, (p, row) =>
    titleValue(p, heads.hours[row]!, abandonment && calibrate(abandonment, heads.abandonment[row]!)),
  );
  return { probability, value };
}

/** Log-odds of a watch, hours, log-odds of giving up; before calibration. */
export function multiTaskHeads(
  {
    settings,
    standardisation,
    parameters,
  }: Pick<MultiTaskModel, 'settings' | 'standardisation' | 'parameters'>,
  matrix: Float32Array,
  rows: number,
): Readonly<Record<Task, Float32Array>> {
  const { columns, crossLayers, experts, width } = settings;
  const layer = (name: string, input: Float32Array): Float32Array =>
    dense(input, parameters.byName.get(`${name}.weight`)!, parameters.byName.get(`${name}.bias`)!);
  const heads = Object.fromEntries(TASKS.map((task) => [task, new Float32Array(rows)])) as Record<
    Task,
    Float32Array
  >;
  for (let row = 0; row < rows; row++) {
    const x = standardise(matrix.subarray(row * columns, (row + 1) * columns), standardisation);
    let crossed = x;
    for (let i = 0; i < crossLayers; i++) {
      const before = crossed;
      crossed = layer(`cross${i}`, before).map((own, c) => own * x[c]! + before[c]!);
    }
    const said = layer('experts', crossed).map(positive);
    for (const task of TASKS) {
      const gates = softmax(layer(`${task}.gate`, x));
      const mixed = new Float32Array(width);
      for (let expert = 0; expert < experts; expert++) {
        for (let k = 0; k < width; k++) mixed[k]! += gates[expert]! * said[expert * width + k]!;
      }
      const answer = layer(`${task}.down`, layer(`${task}.up`, mixed).map(positive))[0]!;
      heads[task][row] = task === 'hours' ? softplus(answer) : answer;
    }
    heads.watch[row]! += layer('line', x)[0]!;
  }
  return heads;
}

export function standardise(row: Float32Array, { means, deviations }: Standardisation): Float32Array {
  return row.map((value, c) => Math.max(-CLIP, Math.min(CLIP, (value - means[c]!) / deviations[c]!)));
}

/** x [i] · w [i, o] + b [o]. */
function dense(x: Float32Array, w: Float32Array, b: Float32Array): Float32Array {
  const y = b.slice();
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    if (value === 0) continue;
    for (let o = 0; o < y.length; o++) y[o]! += value * w[i * y.length + o]!;
  }
  return y;
}

const positive = (value: number): number => Math.max(0, value);

function softmax(x: Float32Array): Float64Array {
  const most = Math.max(...x);
  const all = Float64Array.from(x, (value) => Math.exp(value - most));
  const sum = all.reduce((total, value) => total + value, 0);
  return all.map((value) => value / sum);
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
