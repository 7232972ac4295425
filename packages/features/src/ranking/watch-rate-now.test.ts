import { DAY_MS, MINUTE_MS } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { watchesAt, watchRateNow } from './watch-rate-now.ts';

const NONE = {
  ...{ id: 'g', watches5m: 0, watches1h: 0, watches1d: 0, watches7d: 0, watches30d: 0, watchesTotal: 0 },
};
/** Counts of something watched so many times a day, for ever. */
const steady = (perDay: number) => ({
  id: 'g',
  watches5m: (perDay * 5) / 1_440 / Math.LN2,
  watches1h: perDay / 24 / Math.LN2,
  watches1d: perDay / Math.LN2,
  watches7d: (perDay * 7) / Math.LN2,
  watches30d: (perDay * 30) / Math.LN2,
  watchesTotal: perDay * 1_000,
});

describe('watchRateNow', () => {
  it('is the rate of what is always watched alike, however much that is', () => {
    for (const perDay of [0.01, 1, 250, 1e6]) expect(watchRateNow(steady(perDay))).toBeCloseTo(perDay, 6);
    expect(watchRateNow(NONE)).toBe(0);
    expect(watchRateNow(NONE, 0)).toBe(0);
  });

  it('hardly moves for one watch a moment ago, and follows a crowd', () => {
    const usual = steady(100);
    const plus = (watches: number) => ({
      id: 'g',
      watches5m: usual.watches5m + watches,
      watches1h: usual.watches1h + watches,
      watches1d: usual.watches1d + watches,
      watches7d: usual.watches7d + watches,
      watches30d: usual.watches30d + watches,
      watchesTotal: 0,
    });
    expect(watchRateNow(plus(1))).toBeLessThan(160);
    expect(watchRateNow(plus(500))).toBeGreaterThan(30_000);
  });

  it('expects what everybody does until a segment has done something itself', () => {
    // Of two watches in a month one was of something that hardly anybody else watches.
    expect(watchRateNow(NONE, 0.04)).toBeGreaterThan(watchRateNow({ ...NONE, watches30d: 1 }, 0.002));
    expect(watchRateNow(steady(500), 4)).toBeGreaterThan(watchRateNow(steady(4), 500));
  });

  it('never falls with another watch, whenever it was', () => {
    const countsOf = (agesInDays: readonly number[]) => {
      const left = (halfLife: number) => agesInDays.reduce((sum, age) => sum + 2 ** (-age / halfLife), 0);
      const [watches5m, watches1h, watches1d] = [left(5 / 1_440), left(1 / 24), left(1)];
      return { watches5m, watches1h, watches1d, watches7d: left(7), watches30d: left(30) };
    };
    const age = fc.double({ min: 0, max: 60, noNaN: true });
    fc.assert(
      fc.property(fc.array(age, { maxLength: 40 }), age, (ages, another) => {
        const rate = watchRateNow(countsOf(ages));
        expect(Number.isFinite(rate) && rate >= 0).toBe(true);
        expect(watchRateNow(countsOf([...ages, another]))).toBeGreaterThanOrEqual(rate * (1 - 1e-9));
      }),
    );
  });
});

describe('watchesAt', () => {
  it('halves every count in its own time', () => {
    const all = {
      id: 'g',
      watches5m: 8,
      watches1h: 8,
      watches1d: 8,
      watches7d: 8,
      watches30d: 8,
      watchesTotal: 8,
    };
    expect(watchesAt(all, 1_000, 1_000 + 10 * MINUTE_MS).watches5m).toBeCloseTo(2, 9);
    expect(watchesAt(all, 1_000, 1_000 + 60 * MINUTE_MS).watches1h).toBeCloseTo(4, 9);
    expect(watchesAt(all, 0, DAY_MS)).toMatchObject({ watches1d: 4, watchesTotal: 8 });
    expect(watchesAt(all, 0, 14 * DAY_MS).watches7d).toBeCloseTo(2, 9);
    expect(watchesAt(all, 0, 90 * DAY_MS).watches30d).toBeCloseTo(1, 9);
    expect(watchesAt(all, DAY_MS, 0)).toEqual(all);
  });
});
