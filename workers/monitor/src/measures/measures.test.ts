import { createRandom } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calibrationOf } from './calibration.ts';
import { intraListDistance, misshapenShare } from './feedback-loop.ts';
import { gini } from './inequality.ts';
import { populationStability, stabilityBeyondChance } from './population-stability.ts';

function normals(seed: number, size: number, shift = 0): number[] {
  const random = createRandom(seed);
  return Array.from({ length: size }, () => random.normal(shift));
}

describe('PSI', () => {
  test('is nothing for the same sample, and never negative', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double(), { minLength: 1 }),
        fc.array(fc.double(), { minLength: 1 }),
        (a, b) => {
          const sample = (values: number[]) => ({ values, draws: values.length });
          expect(populationStability(sample(a), sample(a))).toBeCloseTo(0, 9);
          expect(populationStability(sample(a), sample(b))).toBeGreaterThanOrEqual(-1e-9);
        },
      ),
    );
  });

  test('two samples of one population are within chance, whatever their size', () => {
    for (const size of [20, 100, 2_000]) {
      for (let seed = 0; seed < 20; seed++) {
        const a = { values: normals(seed, size), draws: size };
        const b = { values: normals(seed + 1_000, size), draws: size };
        expect(stabilityBeyondChance(a, b)).toBeLessThan(0.1);
      }
    }
  });

  test('a shift by one standard deviation, and values that have become NaN, are beyond it', () => {
    const a = { values: normals(1, 2_000), draws: 2_000 };
    expect(stabilityBeyondChance(a, { values: normals(2, 2_000, 1), draws: 2_000 })).toBeGreaterThan(0.25);
    const broken = normals(3, 2_000).map((value, i) => (i % 4 === 0 ? Number.NaN : value));
    expect(stabilityBeyondChance(a, { values: broken, draws: 2_000 })).toBeGreaterThan(0.25);
  });
});

test('the Gini coefficient is 0 for equals, (n − 1)/n for one that has all, and counts those that have nothing', () => {
  expect(gini([5, 5, 5, 5], 4)).toBeCloseTo(0);
  expect(gini([7], 10)).toBeCloseTo(0.9);
  expect(gini([1, 1], 4)).toBeCloseTo(0.5);
  expect(gini([], 4)).toBeNaN();
});

describe('calibration', () => {
  const drawn = (factor: number, size = 20_000) => {
    const random = createRandom(4);
    return Array.from({ length: size }, () => {
      const truth = 0.3 * random.next();
      return { predicted: Math.min(1, truth * factor), happened: random.next() < truth };
    });
  };

  test('is 1 for true probabilities, and tells how much others are off', () => {
    expect(calibrationOf(drawn(1)).ratio).toBe(1);
    expect(calibrationOf(drawn(1)).error).toBeLessThan(0.02);
    expect(calibrationOf(drawn(2)).ratio).toBeCloseTo(2, 0);
    expect(calibrationOf(drawn(0.5)).ratio).toBeCloseTo(0.5, 1);
  });

  test('a few outcomes say nothing', () => {
    expect(calibrationOf(drawn(2, 12)).ratio).toBe(1);
    expect(calibrationOf([]).count).toBe(0);
  });
});

test('a list of copies has no distance, and what cannot be compared does not count', () => {
  const distance = (a: string, b: string) => (a === '?' || b === '?' ? undefined : a[0] === b[0] ? 0 : 1);
  expect(intraListDistance(['a1', 'a2', 'a3'], distance)).toBe(0);
  expect(intraListDistance(['a1', 'b1', '?'], distance)).toBe(1);
  expect(intraListDistance(['a1'], distance)).toBeNaN();
});

test('vectors that are not finite, zero or of another length than the rest are counted', () => {
  const unit = Array.from({ length: 97 }, (_, i) => Float32Array.of(Math.cos(i), Math.sin(i)));
  const bad = [Float32Array.of(Number.NaN, 1), Float32Array.of(0, 0), Float32Array.of(5, 5)];
  expect(misshapenShare(unit)).toEqual({ share: 0, count: 97 });
  expect(misshapenShare([...unit, ...bad]).share).toBeCloseTo(0.03);
});
