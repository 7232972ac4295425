import { DAY_MS } from '@marquee/domain';
import { SAMPLE_INSTANT } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPopularity } from '../ranking/popularity-now.ts';
import { count, emptyRow, NO_EFFECT } from './title-counters.ts';

const watch = { ...NO_EFFECT, watches: 1 };

describe('popularity counts', () => {
  it('equal the sum of what is left of every event, in any order', () => {
    const days = fc.array(fc.float({ min: 0, max: 60, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(days, (ages) => {
        const row = emptyRow();
        for (const age of ages) count(row, watch, SAMPLE_INSTANT - age * DAY_MS);
        const now = readPopularity(row, 0, SAMPLE_INSTANT);
        const left = (halfLife: number): number => ages.reduce((sum, age) => sum + 2 ** (-age / halfLife), 0);
        // `updated_day` is a float32: some twenty seconds of error.
        expect(now.watches1d).toBeCloseTo(left(1), 2);
        expect(now.watches7d).toBeCloseTo(left(7), 2);
        expect(now.watches30d).toBeCloseTo(left(30), 2);
        expect(now.watchesTotal).toBe(ages.length);
      }),
    );
  });

  it('work for a history from before the epoch of the view', () => {
    const row = emptyRow();
    const then = Date.UTC(1997, 4, 1);
    count(row, watch, then);
    count(row, watch, then + 7 * DAY_MS);
    expect(readPopularity(row, 0, then + 7 * DAY_MS).watches7d).toBeCloseTo(1.5, 2);
  });

  it('never fall below zero when something is taken back', () => {
    const row = emptyRow();
    count(row, { ...NO_EFFECT, likes: 1 }, SAMPLE_INSTANT - 30 * DAY_MS);
    count(row, { ...NO_EFFECT, likes: -1 }, SAMPLE_INSTANT);
    expect(readPopularity(row, 0, SAMPLE_INSTANT).likes30d).toBe(0);
  });
});
