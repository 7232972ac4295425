import { createRandom } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logLoss, calibration as measure } from '../metrics/index.ts';
import { calibrate, fitIsotonic, fitPlatt } from './index.ts';

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** Predictions that are too sure of themselves and too high: the truth is sigmoid(0.5 z − 0.4). */
function overconfident(rows: number, seed: number) {
  const random = createRandom(seed);
  const logits = Float64Array.from({ length: rows }, () => random.normal(0, 2));
  const labels = Uint8Array.from(logits, (z) => Number(random.next() < sigmoid(0.5 * z - 0.4)));
  return { logits, probabilities: logits.map(sigmoid), labels };
}

describe('calibration', () => {
  const fitted = overconfident(20_000, 1);
  const heldOut = overconfident(20_000, 2);
  const before = measure(heldOut.probabilities, heldOut.labels).error;

  it('Platt finds the slope and intercept that the truth has', () => {
    const platt = fitPlatt({ predictions: fitted.logits, labels: fitted.labels });
    expect(platt.slope).toBeCloseTo(0.5, 1);
    expect(platt.intercept).toBeCloseTo(-0.4, 1);
    const after = heldOut.logits.map((z) => calibrate(platt, z));
    expect(measure(after, heldOut.labels).error).toBeLessThan(0.1 * before);
  });

  it('Platt turns no order round: what is high where less happened says nothing', () => {
    const { logits, labels } = fitted;
    const against = fitPlatt({ predictions: logits.map((z) => -z), labels });
    expect(against.slope).toBe(0);
    const share = labels.reduce((sum, label) => sum + label, 0) / labels.length;
    for (const z of [-5, 0, 5]) expect(calibrate(against, z)).toBeCloseTo(share, 3);
  });

  it('isotonic makes probabilities mean what they say, on rows it has not seen', () => {
    const isotonic = fitIsotonic({ predictions: fitted.probabilities, labels: fitted.labels });
    const after = heldOut.probabilities.map((p) => calibrate(isotonic, p));
    expect(measure(after, heldOut.labels).error).toBeLessThan(0.2 * before);
    expect(logLoss(after, heldOut.labels)).toBeLessThan(
      logLoss(heldOut.probabilities, heldOut.labels) - 0.02,
    );
  });

  it('isotonic pools violators to their weighted mean (by hand)', () => {
    const isotonic = fitIsotonic({
      predictions: [0.1, 0.2, 0.3, 0.5, 0.9],
      labels: [0, 1, 0, 0, 1],
      weights: [2, 1, 1, 2, 2],
    });
    // 0.2, 0.3 and 0.5 are one pool: 1 / 4 at (0.2 + 0.3 + 2 × 0.5) / 4.
    expect([...isotonic.from].map((x) => Number(x.toFixed(4)))).toEqual([0.1, 0.375, 0.9]);
    expect([...isotonic.to]).toEqual([0, 0.25, 1]);
    expect(calibrate(isotonic, 0.375)).toBeCloseTo(0.25, 6);
    expect(calibrate(isotonic, 0)).toBe(0);
    expect(calibrate(isotonic, 1)).toBe(1);
  });

  it('isotonic never turns an order round, never leaves 0 to 1, and is nowhere steep', () => {
    const row = fc.record({
      prediction: fc.double({ min: 0, max: 1, noNaN: true }),
      label: fc.integer({ min: 0, max: 1 }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 60 }), (rows) => {
        fc.pre(new Set(rows.map(({ label }) => label)).size === 2);
        const isotonic = fitIsotonic({
          predictions: rows.map(({ prediction }) => prediction),
          labels: rows.map(({ label }) => label),
        });
        let last = 0;
        for (let p = 0; p <= 1; p += 0.001) {
          const calibrated = calibrate(isotonic, p);
          expect(calibrated).toBeGreaterThanOrEqual(last - 1e-12);
          expect(calibrated).toBeLessThanOrEqual(1);
          last = calibrated;
        }
        for (let i = 1; i < isotonic.from.length; i++) {
          const rise = isotonic.to[i]! - isotonic.to[i - 1]!;
          expect(rise).toBeLessThan(51 * (isotonic.from[i]! - isotonic.from[i - 1]!) + 1e-5);
        }
      }),
    );
  });

  for (const fit of [fitPlatt, fitIsotonic]) {
    it(`${fit.name}: no rows, one class and values that are no numbers are refused`, () => {
      expect(() => fit({ predictions: [], labels: [] })).toThrow(/there are no rows/);
      expect(() => fit({ predictions: [0.1, 0.2], labels: [1, 1] })).toThrow(/one class/);
      expect(() => fit({ predictions: [0.1, Number.NaN], labels: [0, 1] })).toThrow(/of row 1 is NaN/);
      expect(() => fit({ predictions: [0.1, 0.2], labels: [0] })).toThrow(/fewer labels/);
      expect(() => fit({ predictions: [0.1, 0.2], labels: [0, 1], weights: [1, -1] })).toThrow(/weighs -1/);
    });
  }
});
