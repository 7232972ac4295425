import { describe, expect, it } from 'vitest';
import { describeMix, documentShares } from './load-mix.ts';
import { overCapacity } from './steady-state.ts';

describe('the mix of the load', () => {
  it('is one document or several by weight', () => {
    expect(documentShares('full')).toEqual({ full: 1, 'first-screen': 0 });
    expect(documentShares('first-screen=9,full=1')).toEqual({ full: 0.1, 'first-screen': 0.9 });
    expect(documentShares('full=0, first-screen')).toEqual({ full: 0, 'first-screen': 1 });
  });

  it.each(['', 'whole', 'full=', 'full=-1', 'full=x', 'full=0', 'full,,'])('is not "%s"', (text) => {
    expect(() => documentShares(text)).toThrow(RangeError);
  });

  it('is said in words, so that a table cannot be read for more than was sent', () => {
    const mix = { writes: 0.1, documents: documentShares('first-screen=9,full=1'), fresh: 0.1 };
    expect(describeMix(mix)).toBe(
      '81 % first screens (3 rows x 6 titles), 9 % whole pages (12 rows x 20 titles), 10 % writes; ' +
        '10 % of the pages asked for in a way that no stored slate answers',
    );
  });
});

describe('a steady state', () => {
  const capacity = {
    pages: 1_000,
    requests: 1_100,
    cpuMsPerRequest: { gateway: 1.5, redis: 0.5 },
    coresUsed: 1.9,
  };

  it('in which pages are refused or fail is called by its name', () => {
    expect(overCapacity({ ...capacity, shed: 0.25, failed: 0.01 }, 200, 2)).toBe(
      'the machine cannot hold 200 requests/s before any fault: 25.0 % shed, 1.0 % failed ' +
        '(1.90 of 2 cores used by it; CPU-ms per request: 2.00 = gateway 1.50 + redis 0.50); try a lower --rate',
    );
  });

  it('with a hiccup is one all the same', () => {
    expect(overCapacity({ ...capacity, shed: 0.004, failed: 0 }, 200, 2)).toBeUndefined();
  });
});
