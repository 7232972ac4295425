import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SOURCE, SOURCES_OF_KNOWN_TITLES } from '../home/source-names.ts';
import { candidateOf, factsOf, queryOf, rankedLists } from '../test/candidates.ts';
import { preRankingFilter, preRankingScores } from './pre-ranking.filter.ts';

describe('pre-ranking', () => {
  test('loses and invents nobody, keeps the order, and leaves as many as asked or those that stay anyway', () => {
    fc.assert(
      fc.property(rankedLists, fc.integer({ min: 1, max: 200 }), (list, keep) => {
        const { kept, removed } = preRankingFilter(keep).filter(queryOf(), list);
        expect(new Set([...kept, ...removed.map(({ candidate }) => candidate)])).toEqual(new Set(list));
        expect(kept.length + removed.length).toBe(list.length);
        const places = new Map(list.map((candidate, i) => [candidate, i]));
        for (let i = 1; i < kept.length; i++) {
          expect(places.get(kept[i]!)!).toBeGreaterThan(places.get(kept[i - 1]!)!);
        }
        if (list.length >= keep) expect(kept.length).toBeGreaterThanOrEqual(keep);
        else expect(removed).toEqual([]);
        for (const { candidate } of removed) {
          for (const { source, rank } of candidate.provenance) {
            expect(SOURCES_OF_KNOWN_TITLES.has(source)).toBe(false);
            expect(source).not.toBe(SOURCE.followedPeople);
            expect(source).not.toBe(SOURCE.exploration);
            expect(rank).toBeGreaterThanOrEqual(10);
          }
        }
      }),
    );
  });

  test('keeps what speaks for a title, whichever source it came from', () => {
    const list = Array.from({ length: 60 }, (_, i) =>
      candidateOf(`t${i}`, [{ source: SOURCE.popularInSegment, rank: i }]),
    );
    const coWatch = new Map([['t59', 5]]);
    const { kept } = preRankingFilter(12).filter(queryOf({ coWatch }), list);
    const ids = kept.map(({ id }) => id);
    expect(ids).toHaveLength(12);
    expect(ids).toEqual([...list.slice(0, 11).map(({ id }) => id), 't59']);
  });

  test('of those that do not stay anyway the best stay, and of equal ones the first by id', () => {
    const scored = fc.array(fc.constantFrom(undefined, 5, 6, 7, 8), { minLength: 20, maxLength: 120 });
    fc.assert(
      fc.property(scored, fc.integer({ min: 12, max: 60 }), (averages, keep) => {
        const list = averages.map((averageScore, i) => {
          const id = `t${(i * 37) % 1_000}`;
          // All at one rank, so that the average score alone tells them apart, where it does.
          const facts = factsOf(id, averageScore === undefined ? {} : { averageScore });
          return candidateOf(id, [{ source: SOURCE.popularInSegment, rank: 20 }], { facts });
        });
        const scores = preRankingScores(queryOf(), list);
        const best = [...list.keys()]
          .sort((a, b) => scores[b]! - scores[a]! || (list[a]!.id < list[b]!.id ? -1 : 1))
          .slice(0, keep)
          .sort((a, b) => a - b);
        const { kept } = preRankingFilter(keep).filter(queryOf(), list);
        expect(kept).toEqual(best.map((i) => list[i]));
      }),
    );
  });

  test('is off with 0', () => {
    expect(preRankingFilter(0).applies!(queryOf())).toBe(false);
    expect(preRankingFilter(300).applies!(queryOf())).toBe(true);
  });
});
