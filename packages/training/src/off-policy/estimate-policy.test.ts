import { createRandom } from '@marquee/domain';
import { describe, expect, it } from 'vitest';
import { ESTIMATORS, estimatePolicy } from './estimate-policy.ts';
import { averagePolicyOf, type LoggedActions, uniformPolicy } from './logged-actions.ts';
import { SUPPORT_LIMITS } from './support.ts';

const ACTIONS = 10;
const POSITIONS = 3;
/** Known truth: later actions earn more, later positions less. */
const chance = (action: number, position: number): number => (0.05 + 0.03 * action) / (1 + position);

/** A log drawn with probabilities that fall from the first action on by `slope`. */
function drawLog(rows: number, seed: number, slope: number): LoggedActions {
  const random = createRandom(seed);
  const weights = Float64Array.from({ length: ACTIONS }, (_, a) => Math.exp(-slope * a));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const log = {
    actions: ACTIONS,
    positions: POSITIONS,
    action: new Uint32Array(rows),
    position: new Uint8Array(rows),
    reward: new Float64Array(rows),
    propensity: new Float64Array(rows),
  };
  for (let row = 0; row < rows; row++) {
    const action = random.weighted(weights);
    log.action[row] = action;
    log.position[row] = row % POSITIONS;
    log.propensity[row] = weights[action]! / total;
    log.reward[row] = Number(random.next() < chance(action, row % POSITIONS));
  }
  return log;
}

function uniformTruth(): number {
  let sum = 0;
  for (let a = 0; a < ACTIONS; a++) for (let p = 0; p < POSITIONS; p++) sum += chance(a, p);
  return sum / (ACTIONS * POSITIONS);
}

describe('off-policy evaluation', () => {
  it('95 % intervals hold the truth in about 95 % of logs; the direct method makes no such promise', () => {
    const truth = uniformTruth();
    const held = Object.fromEntries(ESTIMATORS.map((name) => [name, 0]));
    const logs = 60;
    for (let seed = 1; seed <= logs; seed++) {
      const log = drawLog(3_000, seed, 0.15);
      const { values } = estimatePolicy(log, uniformPolicy(log), { seed, resamples: 400 });
      for (const name of ESTIMATORS) {
        const { lower, upper } = values![name];
        if (lower <= truth && truth <= upper) held[name]!++;
      }
    }
    for (const name of ['ips', 'snips', 'doubly-robust'])
      expect(held[name]).toBeGreaterThanOrEqual(0.88 * logs);
  });

  it('a log of the policy itself gives its mean reward, by every weighting estimator', () => {
    const log = drawLog(2_000, 5, 0);
    const { values, support } = estimatePolicy(log, uniformPolicy(log), { seed: 1 });
    const earned = log.reward.reduce((sum, reward) => sum + reward, 0) / 2_000;
    expect(values!.ips.value).toBeCloseTo(earned, 10);
    expect(values!.snips.value).toBeCloseTo(earned, 10);
    expect(support.effectiveSampleSize).toBeCloseTo(2_000, 6);
  });

  it('by hand: two rows, weights 1/2 and 2', () => {
    const log: LoggedActions = {
      actions: 2,
      positions: 1,
      action: Uint32Array.of(0, 1),
      position: Uint8Array.of(0, 0),
      reward: Float64Array.of(1, 3),
      propensity: Float64Array.of(1, 0.25),
    };
    const limits = {
      minEffectiveSampleSize: 0,
      maxHeaviestShare: 1,
      maxUnseenShare: 0,
      maxWeightDeviation: 9,
    };
    const { values, support } = estimatePolicy(log, uniformPolicy(log), { seed: 1, limits });
    expect(values!.ips.value).toBe((0.5 * 1 + 2 * 3) / 2);
    expect(values!.snips.value).toBeCloseTo((0.5 * 1 + 2 * 3) / 2.5, 12);
    expect(support.effectiveSampleSize).toBeCloseTo(2.5 ** 2 / 4.25, 12);
    const clipped = estimatePolicy(log, uniformPolicy(log), { seed: 1, limits, clip: 1 });
    expect(clipped.values!.ips.value).toBe((0.5 * 1 + 1 * 3) / 2);
    expect(clipped.support.clippedShare).toBe(0.5);
  });

  it('says so instead of a number when the policy would do what was never logged', () => {
    const log = drawLog(3_000, 2, 2.5);
    const { values, missing } = estimatePolicy(log, uniformPolicy(log), { seed: 1 });
    expect(values).toBeUndefined();
    expect(missing.join('; ')).toMatch(/never logged/);
  });

  it('notices propensities that rows were not drawn with', () => {
    const log = drawLog(5_000, 3, 0.3);
    const wrong = { ...log, propensity: log.propensity.map((p) => Math.min(1, p * 1.5)) };
    expect(estimatePolicy(wrong, uniformPolicy(wrong), { seed: 1 }).missing.join('; ')).toMatch(
      /propensities are not what rows were drawn with/,
    );
  });

  it('imitates the policy of another log, and refuses logs that do not fit together', () => {
    const from = drawLog(4_000, 6, 0);
    const target = drawLog(20_000, 7, 0.3);
    const { values } = estimatePolicy(from, averagePolicyOf(target, from), { seed: 1 });
    const earned = target.reward.reduce((sum, reward) => sum + reward, 0) / 20_000;
    expect(values!['doubly-robust'].lower).toBeLessThan(earned);
    expect(values!['doubly-robust'].upper).toBeGreaterThan(earned);
    expect(() => averagePolicyOf({ ...target, actions: 11 }, from)).toThrow(/the logs differ: 11 actions/);
  });

  it('intervals are those of so many viewers where rows of a viewer resemble each other', () => {
    const truth = uniformTruth();
    const [viewers, rowsEach, logs] = [80, 20, 30];
    const held = { byRow: 0, byViewer: 0 };
    for (let seed = 1; seed <= logs; seed++) {
      const log = drawLog(viewers * rowsEach, seed, 0.15);
      const unit = log.action.map((_, row) => Math.floor(row / rowsEach));
      const random = createRandom(seed).fork('viewers');
      const fond = Float64Array.from({ length: viewers }, () => random.normal(0, 0.3));
      const reward = log.reward.map((one, row) => one + fond[unit[row]!]!);
      const holds = (changed: LoggedActions): number => {
        const { values, missing } = estimatePolicy(changed, uniformPolicy(log), { seed, resamples: 200 });
        expect(missing).toEqual([]);
        const { lower, upper } = values!['doubly-robust'];
        return Number(lower <= truth && truth <= upper);
      };
      held.byRow += holds({ ...log, reward });
      held.byViewer += holds({ ...log, reward, unit });
    }
    expect(held.byViewer).toBeGreaterThanOrEqual(0.85 * logs);
    expect(held.byRow).toBeLessThan(0.75 * logs);
  });

  it('units of one row each change nothing, and a single viewer supports no conclusion', () => {
    const log = drawLog(2_000, 4, 0.15);
    const options = { seed: 1, resamples: 200 };
    const plain = estimatePolicy(log, uniformPolicy(log), options);
    const own = { ...log, unit: log.action.map((_, row) => row) };
    const units = estimatePolicy(own, uniformPolicy(log), options);
    expect(units.support).toEqual({
      ...plain.support,
      meanWeightDeviation: expect.closeTo(plain.support.meanWeightDeviation, 12),
    });
    for (const name of ESTIMATORS) {
      for (const of of ['value', 'lower', 'upper'] as const) {
        expect(units.values![name][of]).toBeCloseTo(plain.values![name][of], 10);
      }
    }
    const one = { ...log, unit: new Uint32Array(2_000) };
    const { values, missing } = estimatePolicy(one, uniformPolicy(log), options);
    expect(values).toBeUndefined();
    expect(missing).toEqual(['one viewer’s rows carry 100.0 % of all weight; 5.0 % are allowed']);
  });

  it('counts as never logged what could not be chosen there, although it was elsewhere', () => {
    const log = drawLog(3_000, 9, 0);
    // In half of the rows the logging policy would never have chosen the policy's action.
    const possible = (row: number, action: number) => action !== 3 || row % 2 === 0;
    const rows = Array.from(log.action.keys()).filter((row) => possible(row, log.action[row]!));
    const of = <T extends Uint32Array | Uint8Array | Float64Array>(column: T) =>
      column.filter((_, row) => possible(row, log.action[row]!)) as T;
    const some: LoggedActions = {
      ...log,
      ...{ action: of(log.action), position: of(log.position), reward: of(log.reward) },
      propensity: Float64Array.from(rows, (row) => (row % 2 === 0 ? 1 / ACTIONS : 1 / (ACTIONS - 1))),
      possible: (row, action) => possible(rows[row]!, action),
    };
    const alwaysThree = (_: number, into: Float64Array) => void into.fill(0).fill(1, 3, 4);
    const limits = { ...SUPPORT_LIMITS, minEffectiveSampleSize: 50 };
    const { values, missing } = estimatePolicy(some, alwaysThree, { seed: 1, limits });
    expect(values).toBeUndefined();
    // And the propensities, which are true, are not to blame.
    expect(missing).toEqual([
      expect.stringMatching(/^4\d\.\d % of what the policy would choose was never logged/),
    ]);
  });

  it('names the row that cannot be used', () => {
    const log = drawLog(10, 1, 0);
    const estimate = (changed: Partial<LoggedActions>) => () =>
      estimatePolicy({ ...log, ...changed }, uniformPolicy(log), { seed: 1 });
    expect(estimate({ propensity: log.propensity.with(4, 0) })).toThrow(/row 4 of the log: propensity 0/);
    expect(estimate({ reward: log.reward.with(2, Number.NaN) })).toThrow(/row 2 of the log: reward NaN/);
    expect(estimate({ action: new Uint32Array(), ...{} })).toThrow(/the log is empty/);
  });
});
