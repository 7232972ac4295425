import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PopularityNow } from '../ranking/popularity-now.ts';
import { creditedPeople } from './credited-people.ts';
import { SubjectSums } from './subject-sums.ts';

const watches = (count: number): PopularityNow => ({
  ...{
    watches5m: 0,
    watches1h: 0,
    watches1d: count,
    watches7d: count,
    watches30d: count,
    watchesTotal: count,
  },
  ...{
    completions30d: 0,
    abandonments30d: 0,
    likes30d: 0,
    dislikes30d: 0,
    impressions7d: 0,
    impressionsTotal: 0,
  },
});

describe('SubjectSums', () => {
  it('keeps all while they are few, and orders them by what is watched now', () => {
    const sums = new SubjectSums(3);
    sums.add(new Set(['b', 'a']), watches(2));
    sums.add(new Set(['a']), watches(3));
    sums.add(new Set(['c']), watches(2));
    expect(sums.best(10).map(({ id, watches30d }) => [id, watches30d])).toEqual([
      ['a', 5],
      ['b', 2],
      ['c', 2],
    ]);
    expect(sums.best(2).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('never holds more than twice what it keeps, and finds the most watched in any order of titles', () => {
    const crowd = Array.from({ length: 400 }, (_, i) => ({
      id: `p${i}`,
      count: i < 5 ? 1_000 - i : 1 + (i % 7),
    }));
    fc.assert(
      fc.property(fc.shuffledSubarray(crowd, { minLength: 400 }), (titles) => {
        const sums = new SubjectSums(20);
        for (const { id, count } of titles) {
          sums.add(new Set([id]), watches(count));
          expect(sums.size).toBeLessThanOrEqual(40);
        }
        expect(sums.best(5).map(({ id }) => id)).toEqual(['p0', 'p1', 'p2', 'p3', 'p4']);
      }),
      { numRuns: 30 },
    );
  });
});

describe('creditedPeople', () => {
  it('are two directors and the first four of the cast, each once', () => {
    const directorIds = ['d1', 'd2', 'd3'];
    const personIds = [...directorIds, 'd1', 'a', 'b', 'c', 'e'];
    expect([...creditedPeople({ personIds, directorIds })]).toEqual(['d1', 'd2', 'a', 'b', 'c']);
    expect([...creditedPeople({ personIds: [], directorIds: [] })]).toEqual([]);
  });
});
