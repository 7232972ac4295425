import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';

const draw = (seed: number, count: number): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

describe('createRandom', () => {
  it('gives the same numbers for the same seed and others for another', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(draw(seed, 5)).toEqual(draw(seed, 5));
        expect(draw(seed, 5)).not.toEqual(draw(seed + 1, 5));
      }),
    );
  });

  it('gives unrelated first draws for neighbouring seeds', () => {
    const first = Array.from({ length: 4_000 }, (_, seed) => draw(seed, 1)[0]!);
    // Of 4,000 uniform draws, some 51 neighbours in order come closer than 1/128 of the range.
    const close = first.filter((value, i) => i > 0 && Math.abs(value - first[i - 1]!) < 1 / 128).length;
    expect(close).toBeLessThan(120);
  });

  it('stays within [0, 1) with a mean of one half', () => {
    const values = draw(3, 20_000);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(values.reduce((a, b) => a + b, 0) / values.length).toBeCloseTo(0.5, 1);
  });

  it('forks streams that do not depend on how much was drawn before', () => {
    const fresh = createRandom(11);
    const used = createRandom(11);
    used.next();
    used.normal();
    expect(used.fork('exploration').next()).toBe(fresh.fork('exploration').next());
    expect(fresh.fork('a').next()).not.toBe(fresh.fork('b').next());
  });

  it('shuffles without losing or inventing', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
        const shuffled = createRandom(seed).shuffle(items);
        expect([...shuffled].sort()).toEqual([...items].sort());
      }),
    );
  });

  it('draws by weight, and nothing where no weight is positive', () => {
    const random = createRandom(5);
    const counts = [0, 0, 0];
    for (let i = 0; i < 9_000; i++) counts[random.weighted([1, 0, 2])]!++;
    expect(counts[1]).toBe(0);
    expect(counts[2]! / counts[0]!).toBeCloseTo(2, 0);
    expect(random.weighted([0, -1])).toBe(-1);
  });
});
