import { DAY_MS, MINUTE_MS } from '@marquee/domain';
import { SAMPLE_INSTANT } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPopularity } from '../ranking/popularity-now.ts';
import { addRow, count, emptyRow, NO_EFFECT } from './title-counters.ts';

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
        expect(Math.abs(now.watches5m - left(5 / 1_440))).toBeLessThan(0.05 * left(5 / 1_440) + 1e-6);
        expect(now.watches1d).toBeCloseTo(left(1), 2);
        expect(now.watches7d).toBeCloseTo(left(7), 2);
        expect(now.watches30d).toBeCloseTo(left(30), 2);
        expect(now.watchesTotal).toBe(ages.length);
      }),
    );
  });

  it('say what is being watched right now: of five minutes half is left after five, a quarter after ten', () => {
    const row = emptyRow();
    for (const minutes of [0, 5, 10]) count(row, watch, SAMPLE_INSTANT - minutes * MINUTE_MS);
    // 1 + 1/2 + 1/4, to the some ten seconds of `updated_day`.
    expect(Math.abs(readPopularity(row, 0, SAMPLE_INSTANT).watches5m - 1.75)).toBeLessThan(1.75 * 0.025);
    const later = readPopularity(row, 0, SAMPLE_INSTANT + 15 * MINUTE_MS);
    expect(Math.abs(later.watches5m - 1.75 / 8)).toBeLessThan((1.75 / 8) * 0.025);
    expect(later.watches1h).toBeCloseTo((1 + 2 ** (-5 / 60) + 2 ** (-10 / 60)) * 2 ** (-15 / 60), 1);
    expect(readPopularity(row, 0, SAMPLE_INSTANT + DAY_MS).watches5m).toBeLessThan(1e-60);
  });

  it('work for a history from before the epoch of the view', () => {
    const row = emptyRow();
    const then = Date.UTC(1997, 4, 1);
    count(row, watch, then);
    count(row, watch, then + 7 * DAY_MS);
    expect(readPopularity(row, 0, then + 7 * DAY_MS).watches7d).toBeCloseTo(1.5, 2);
  });

  it('are as if it had never been after something was taken back, however late', () => {
    const row = emptyRow();
    const then = SAMPLE_INSTANT - 30 * DAY_MS;
    count(row, { ...NO_EFFECT, likes: 1 }, then - DAY_MS);
    count(row, { ...NO_EFFECT, likes: 1 }, then);
    const takenBack = { likes: 1, dislikes: 0, at: then };
    count(row, { ...NO_EFFECT, dislikes: 1, takenBack }, SAMPLE_INSTANT);
    const now = readPopularity(row, 0, SAMPLE_INSTANT);
    expect(now.likes30d).toBeCloseTo(2 ** (-31 / 30), 4);
    expect(now.dislikes30d).toBe(1);
  });

  it('add up: counting in any number of rows and adding them is counting in one', () => {
    const events = fc.array(
      fc.record({
        age: fc.float({ min: 0, max: 60, noNaN: true }),
        row: fc.nat(4),
        likes: fc.integer({ min: -1, max: 1 }),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(events, (list) => {
        const one = emptyRow();
        const several = Array.from({ length: 5 }, emptyRow);
        for (const { age, row, likes } of list) {
          const effect = { ...NO_EFFECT, watches: 1, likes };
          count(one, effect, SAMPLE_INSTANT - age * DAY_MS);
          count(several[row]!, effect, SAMPLE_INSTANT - age * DAY_MS);
        }
        const sum = emptyRow();
        for (const row of several) addRow(sum, row);
        for (const [field, value] of one.entries()) expect(sum[field]).toBeCloseTo(value, 3);
      }),
    );
  });

  it('never fall below zero when something is taken back', () => {
    const row = emptyRow();
    count(row, { ...NO_EFFECT, likes: 1 }, SAMPLE_INSTANT - 30 * DAY_MS);
    count(row, { ...NO_EFFECT, likes: -1 }, SAMPLE_INSTANT);
    expect(readPopularity(row, 0, SAMPLE_INSTANT).likes30d).toBe(0);
  });
});
