import { describe, expect, it } from 'vitest';
import { hash32 } from './hash.ts';

describe('hash32', () => {
  // Assignments and content vectors are made of these values: a change here moves people between variants.
  it('never changes its values', () => {
    expect(hash32('')).toBe(0);
    expect(hash32('marquee')).toMatchInlineSnapshot(`954440280`);
    expect(hash32('marquee', 7)).toMatchInlineSnapshot(`4186152142`);
    expect(hash32('日本')).toMatchInlineSnapshot(`322114415`);
  });

  it('spreads consecutive ids evenly over buckets', () => {
    const buckets = new Uint32Array(100);
    for (let i = 0; i < 100_000; i++) buckets[hash32(`profile-${i}`) % 100]!++;
    // Chi-square with 99 degrees of freedom stays below 149 in all but one of a thousand cases.
    const chiSquare = buckets.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(149);
  });
});
