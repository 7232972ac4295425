/**
 * Expected reward of every action at every position, from the log alone: means that are pulled towards the action's mean over all
 * positions, and that towards the mean of the log, by a number of imagined rows. Crude, and enough for doubly robust estimates,
 * which stay unbiased whatever the model says; the direct method is as good as this table.
 */
import { createRandom } from '@marquee/domain';
import type { Interval } from '../metrics/index.ts';
import type { LoggedActions } from './logged-actions.ts';
import { unitsOf } from './units.ts';

/** Imagined rows with the wider mean. */
const SHRINKAGE = 20;

/** Expected reward by `position * actions + action`. */
export type RewardTable = Float64Array;

/** @param weightOf how often a row counts, 0 for not at all */
export function rewardTable(log: LoggedActions, weightOf: (row: number) => number): RewardTable {
  const { actions, positions, action, position, reward } = log;
  const cellSum = new Float64Array(actions * positions);
  const cellRows = new Float64Array(actions * positions);
  let sum = 0;
  let rows = 0;
  for (let row = 0; row < action.length; row++) {
    const weight = weightOf(row);
    if (weight === 0) continue;
    const cell = position[row]! * actions + action[row]!;
    cellSum[cell]! += weight * reward[row]!;
    cellRows[cell]! += weight;
    sum += weight * reward[row]!;
    rows += weight;
  }
  const overall = rows === 0 ? 0 : sum / rows;
  const table = new Float64Array(actions * positions);
  for (let a = 0; a < actions; a++) {
    let actionSum = 0;
    let actionRows = 0;
    for (let p = 0; p < positions; p++) {
      actionSum += cellSum[p * actions + a]!;
      actionRows += cellRows[p * actions + a]!;
    }
    const ofAction = (actionSum + SHRINKAGE * overall) / (actionRows + SHRINKAGE);
    for (let p = 0; p < positions; p++) {
      const cell = p * actions + a;
      table[cell] = (cellSum[cell]! + SHRINKAGE * ofAction) / (cellRows[cell]! + SHRINKAGE);
    }
  }
  return table;
}

/**
 * Cross-fitting: each row is judged by a table that has seen neither it nor others of its unit (Chernozhukov et al. 2018), since a table
 * that has would agree with its reward and make the correction of the doubly robust estimator vanish.
 */
export function crossFitted(log: LoggedActions, folds: number, seed: number): (row: number) => RewardTable {
  // A stream of its own: logs drawn by a simulator with the same seed must not decide the folds.
  const random = createRandom(seed).fork('folds');
  const { units, unitOf } = unitsOf(log);
  const foldOf = Uint8Array.from({ length: units }, () => random.integer(folds));
  const tables = Array.from({ length: folds }, (_, fold) =>
    rewardTable(log, (row) => Number(foldOf[unitOf(row)] !== fold)),
  );
  return (row) => tables[foldOf[unitOf(row)]!]!;
}

/**
 * Percentile bootstrap interval of Σ chance · q, with the table learned anew from every resample: the direct method is only as
 * sure as its model.
 * @param chance by `position * actions + action`: the target policy's share of choices
 */
export function directMethodInterval(
  log: LoggedActions,
  chance: Float64Array,
  { seed, resamples }: { readonly seed: number; readonly resamples: number },
): Interval {
  const { units, unitOf } = unitsOf(log);
  const random = createRandom(seed).fork('resamples');
  const drawn = new Float64Array(units);
  const values = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    drawn.fill(0);
    for (let i = 0; i < units; i++) drawn[random.integer(units)]!++;
    const table = rewardTable(log, (row) => drawn[unitOf(row)]!);
    values[resample] = table.reduce((sum, reward, cell) => sum + chance[cell]! * reward, 0);
  }
  values.sort();
  return {
    lower: values[Math.floor(0.025 * (resamples - 1))]!,
    upper: values[Math.ceil(0.975 * (resamples - 1))]!,
  };
}
