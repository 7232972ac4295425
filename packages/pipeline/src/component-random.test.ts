import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { componentRandom, nameHash } from './component-random.ts';

const draw = (seed: number, name: string, count: number): number[] => {
  const random = componentRandom(seed, nameHash(name));
  return Array.from({ length: count }, random);
};

describe('component randomness', () => {
  it('depends on every bit of the seed and on the name', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.string(), (seed, name) => {
        expect(draw(seed, name, 4)).toEqual(draw(seed, name, 4));
        expect(draw(seed, name, 4)).not.toEqual(draw(seed ^ 1, name, 4));
        expect(draw(seed, name, 4)).not.toEqual(draw(seed, `${name}x`, 4));
      }),
    );
    expect(draw(5, 'a', 4)).not.toEqual(draw(5 + 2 ** 40, 'a', 4));
  });

  it('is uniform in [0, 1), also over consecutive seeds', () => {
    for (const values of [
      draw(3, 'a', 20_000),
      Array.from({ length: 20_000 }, (_, seed) => draw(seed, 'a', 1)[0]!),
    ]) {
      const buckets = new Uint32Array(100);
      for (const value of values) buckets[Math.floor(value * 100)]!++;
      // Chi-square with 99 degrees of freedom stays below 149 in all but one of a thousand cases.
      expect(buckets.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0)).toBeLessThan(149);
    }
  });
});
