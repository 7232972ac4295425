import { describe, expect, it } from 'vitest';
import { comparePages } from './compare-arms.ts';

const pages = (minutes: readonly number[]) =>
  minutes.map((each, i) => ({ profileId: `p${i % 20}`, minutes: each }));

describe('pages of two arms', () => {
  it('are compared viewer by viewer: a small gain shows where viewers differ much', () => {
    const theirs = Array.from({ length: 60 }, (_, i) => 10 + 100 * (i % 20));
    const ours = theirs.map((minutes, i) => minutes + 2 + (i % 3));
    const { minutes, lower, upper, viewers } = comparePages(pages(ours), pages(theirs));
    expect(minutes).toBeCloseTo(3, 1);
    expect(lower).toBeGreaterThan(2.5);
    expect(upper).toBeLessThan(3.5);
    expect(viewers).toBe(20);
  });

  it('are not compared when other viewers came', () => {
    expect(() => comparePages(pages([1, 2]), pages([1]))).toThrow(RangeError);
    expect(() => comparePages(pages([1]), [{ profileId: 'q', minutes: 1 }])).toThrow(/p0 and for q/);
  });
});
