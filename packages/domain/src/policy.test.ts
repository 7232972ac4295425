import { describe, expect, it } from 'vitest';
import { MATURITY_RATINGS, withinMaturity } from './maturity.ts';
import { isAvailable } from './title.ts';

describe('maturity policy', () => {
  it('lets everything through without a limit', () => {
    for (const rating of MATURITY_RATINGS) expect(withinMaturity(rating, undefined)).toBe(true);
  });

  it('treats what nobody rated as R, so that a limited profile never sees it by accident', () => {
    expect(withinMaturity('NOT_RATED', 'PG_13')).toBe(false);
    expect(withinMaturity('NOT_RATED', 'R')).toBe(true);
    expect(withinMaturity('PG', 'PG_13')).toBe(true);
    expect(withinMaturity('NC_17', 'R')).toBe(false);
  });
});

describe('availability', () => {
  it('is half-open: the first instant counts, the last does not', () => {
    const windows = [{ from: 100, to: 200 }];
    expect([99, 100, 199, 200].map((at) => isAvailable(windows, at))).toEqual([false, true, true, false]);
  });

  it('needs the viewer to be in a region that the window names', () => {
    const windows = [{ from: 0, regions: ['DE'] }];
    expect(isAvailable(windows, 1, 'DE')).toBe(true);
    expect(isAvailable(windows, 1, 'FR')).toBe(false);
    expect(isAvailable(windows, 1)).toBe(false);
  });

  it('has no window, no availability', () => {
    expect(isAvailable([], 1)).toBe(false);
  });
});
