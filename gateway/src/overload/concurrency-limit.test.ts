import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import { DocumentTime, ServiceTime } from './service-time.ts';
import { LIMIT } from './test/simulation.ts';

describe('the concurrency limit', () => {
  const samples = fc.array(
    fc.record({ ratio: fc.double({ min: 0, max: 1e6 }), inFlight: fc.nat(200), after: fc.nat(300) }),
    { maxLength: 400 },
  );

  it('stays between its bounds, whatever it is told', () => {
    fc.assert(
      fc.property(samples, (observed) => {
        const limit = new ConcurrencyLimit(LIMIT);
        let now = 0;
        for (const { ratio, inFlight, after } of observed) {
          now += after;
          limit.observe(ratio, inFlight, now);
          expect(limit.limit).toBeGreaterThanOrEqual(LIMIT.min);
          expect(limit.limit).toBeLessThanOrEqual(LIMIT.max);
        }
      }),
    );
  });

  const after = (ratio: number, inFlight: (limit: number) => number, limit = new ConcurrencyLimit(LIMIT)) => {
    for (let now = 0; now < 60_000; now += 10) limit.observe(ratio, inFlight(limit.limit), now);
    return limit.limit;
  };

  it('grows to its upper bound while nothing becomes slower', () => {
    expect(after(1, (limit) => limit)).toBe(LIMIT.max);
  });

  it('falls to its lower bound when everything takes ten times as long', () => {
    expect(after(10, (limit) => limit)).toBe(LIMIT.min);
  });

  it('grows no further than it is reached, so that what an overload brings is not worked on all at once', () => {
    expect(after(1, (limit) => Math.ceil(limit / 2))).toBe(LIMIT.initial);
    expect(after(1, () => LIMIT.initial + 2)).toBe(LIMIT.initial + 3);
  });

  it('learns nothing from a gateway that has little to do', () => {
    expect(after(1, () => 1)).toBe(LIMIT.initial);
    expect(after(10, () => 1)).toBe(LIMIT.initial);
  });

  it('does not take an operation that is sometimes slow for an overload', () => {
    const limit = new ConcurrencyLimit(LIMIT);
    for (let turn = 0; turn < 6_000; turn++) limit.observe(turn % 3 === 0 ? 20 : 1, limit.limit, turn * 10);
    expect(limit.limit).toBe(LIMIT.max);
  });

  it('works on one at a time where two take more than the root of two as long, and on two where they do not', () => {
    const alone = { ...LIMIT, min: 1 };
    /** Of a minute, at the limit all the time. @returns which part of the requests was worked on beside another */
    const crowded = (slower: number): number => {
      const limit = new ConcurrencyLimit(alone);
      let [together, all] = [0, 0];
      for (let now = 0; now < 60_000; now += 30) {
        const level = limit.limit;
        limit.observe(level === 1 ? 1 : slower ** Math.log2(level), level, now);
        all++;
        if (level > 1) together++;
      }
      return together / all;
    };
    expect(crowded(1.5)).toBeLessThan(0.05);
    expect(crowded(1.3)).toBeGreaterThan(0.95);
  });

  it('settles where requests sharing one processor stop hindering each other', () => {
    const limit = new ConcurrencyLimit(LIMIT);
    for (let now = 0; now < 60_000; now += 10) limit.observe(limit.limit, limit.limit, now);
    expect(limit.limit).toBeGreaterThanOrEqual(2);
    expect(limit.limit).toBeLessThanOrEqual(4);
  });
});

describe('the time of an operation', () => {
  it('stays near the unhindered time under a lasting overload, and follows a real change', () => {
    const time = new ServiceTime();
    for (let i = 0; i < 100; i++) time.observe(10, 'alone');
    let ratio = 0;
    for (let i = 0; i < 200; i++) ratio = time.observe(40, 'crowded');
    expect(ratio).toBeGreaterThan(2);
    for (let i = 0; i < 1_000; i++) ratio = time.observe(40, 'alone');
    expect(ratio).toBeLessThan(1.1);
  });

  it('is judged by all new documents while a document is new: sending ever new ones does not hide an overload', () => {
    const common = new ServiceTime();
    for (let i = 0; i < 50; i++) new DocumentTime(common).observe(5, 'alone');
    expect(new DocumentTime(common).observe(50, 'crowded')).toBeGreaterThan(5);
    const known = new DocumentTime(common);
    for (let i = 0; i < 20; i++) known.observe(100, 'alone');
    expect(known.observe(100, 'alone')).toBeCloseTo(1);
  });
});
