import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  auc,
  averagePrecisionAtK,
  bootstrapInterval,
  bootstrapIntervals,
  boundedRecallAtK,
  calibration,
  coverageAtK,
  gini,
  giniAtK,
  hitRateAtK,
  intraListDiversityAtK,
  logLoss,
  ndcgAtK,
  noveltyAtK,
  popularityLiftAtK,
  precisionAtK,
  recallAtK,
  reciprocalRank,
} from './index.ts';

const list = ['a', 'b', 'c', 'd'];

describe('ranking metrics, by hand', () => {
  it('NDCG discounts by log2 of the rank and is normalised by the best possible list', () => {
    // Hits at ranks 2 and 4: 1/log2(3) + 1/log2(5) = 1.06161; ideal for two: 1 + 1/log2(3) = 1.63093.
    expect(ndcgAtK(list, new Set(['b', 'd']), 10)).toBeCloseTo(1.0616063 / 1.6309298, 6);
    expect(ndcgAtK(list, new Set(['a']), 1)).toBe(1);
    expect(ndcgAtK(list, new Set(['b']), 1)).toBe(0);
    // Three relevant but k = 2: two hits are already ideal.
    expect(ndcgAtK(list, new Set(['a', 'b', 'x']), 2)).toBe(1);
  });

  it('recall divides by the relevant, precision by the places', () => {
    expect(recallAtK(list, new Set(['b', 'x']), 3)).toBe(0.5);
    expect(precisionAtK(list, new Set(['b', 'x']), 3)).toBeCloseTo(1 / 3);
    expect(precisionAtK(['b'], new Set(['b']), 4)).toBe(0.25);
    expect(hitRateAtK(list, new Set(['d']), 3)).toBe(0);
    expect(reciprocalRank(list, new Set(['c', 'd']))).toBeCloseTo(1 / 3);
    expect(reciprocalRank(list, new Set(['x']))).toBe(0);
    expect(reciprocalRank(list, new Set(['c']), 2)).toBe(0);
    expect(boundedRecallAtK(list, new Set(['a', 'b', 'x']), 2)).toBe(1);
    expect(boundedRecallAtK(list, new Set(['a', 'x']), 3)).toBe(0.5);
  });

  it('average precision means the precisions at the hits, over what k places can hold', () => {
    // Hits at ranks 1 and 3: (1/1 + 2/3) / 2.
    expect(averagePrecisionAtK(list, new Set(['a', 'c']), 10)).toBeCloseTo(5 / 6);
    // Three relevant, two of them in reach of k = 2, one found at rank 2: (1/2) / 2.
    expect(averagePrecisionAtK(list, new Set(['b', 'x', 'y']), 2)).toBe(0.25);
    expect(averagePrecisionAtK(list, new Set(['d']), 3)).toBe(0);
  });

  it('diversity means the distances of all pairs in the first k', () => {
    const alike = (a: string, b: string) => (a + b === 'ba' ? 0.5 : a + b === 'ca' ? 0.2 : 0);
    // Pairs ab .5, ac .8, bc 1.
    expect(intraListDiversityAtK(['a', 'b', 'c', 'd'], alike, 3)).toBeCloseTo(2.3 / 3);
    expect(intraListDiversityAtK(['a'], alike, 3)).toBe(0);
  });

  it('popularity lift compares lists with the histories of the same people', () => {
    const popularity = (id: number): number => id;
    // Lists: means of the first two are 3 and 6, of the histories 2 and 1: (9 - 3) / 3.
    expect(popularityLiftAtK([[2, 4, 100], [6]], [[1, 3], [1]], popularity, 2)).toBeCloseTo(2);
    expect(popularityLiftAtK([[5], []], [[5], [1]], popularity, 2)).toBe(0);
  });

  it('Gini at k counts titles that are never shown', () => {
    expect(giniAtK([['a', 'b'], ['a']], 4, 1)).toBeCloseTo(0.75);
    expect(giniAtK([['a'], ['b']], 2, 1)).toBeCloseTo(0);
  });

  it('coverage counts distinct titles, novelty measures surprise in bits', () => {
    expect(
      coverageAtK(
        [
          ['a', 'b'],
          ['b', 'c'],
        ],
        10,
        1,
      ),
    ).toBe(0.2);
    // Known by 2 of 8 (2 bits) and by 1 of 8 (3 bits); unknown counts as half a profile (4 bits).
    expect(
      noveltyAtK(
        [['a', 'b', 'c']],
        new Map([
          ['a', 2],
          ['b', 1],
        ]),
        8,
        3,
      ),
    ).toBeCloseTo(3);
  });

  it('Gini is 0 for equal shares and (n - 1) / n when one takes all', () => {
    expect(gini([3, 3, 3])).toBeCloseTo(0);
    expect(gini([0, 0, 0, 8])).toBeCloseTo(0.75);
    expect(gini([1, 3])).toBeCloseTo(0.25);
  });

  it('stays within [0, 1] for any list', () => {
    const ids = fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 20 });
    fc.assert(
      fc.property(ids, ids, fc.integer({ min: 1, max: 30 }), (ranked, relevantIds, k) => {
        const relevant = new Set(relevantIds);
        for (const value of [
          ndcgAtK(ranked, relevant, k),
          recallAtK(ranked, relevant, k),
          precisionAtK(ranked, relevant, k),
        ]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1 + 1e-12);
        }
      }),
    );
  });
});

describe('classification metrics, by hand', () => {
  it('AUC counts ordered pairs, ties half', () => {
    expect(auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
    expect(auc([0.5, 0.5], [0, 1])).toBe(0.5);
    expect(auc([1, 2], [1, 1])).toBeNaN();
    // What is no number is last, and no reason never to end.
    expect(auc([Number.NaN, 0.2, 0.1], [1, 1, 0])).toBe(0.5);
    expect(auc([Number.NaN, Number.NaN], [0, 1])).toBe(0.5);
    expect(auc([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0], [1, 0, 0])).toBe(1);
  });

  it('log loss of a coin is ln 2 and a sure mistake stays finite', () => {
    expect(logLoss([0.5, 0.5], [0, 1])).toBeCloseTo(Math.LN2);
    expect(Number.isFinite(logLoss([0], [1]))).toBe(true);
  });
});

describe('calibration, by hand', () => {
  it('compares predicted with observed bin by bin', () => {
    const result = calibration([0.1, 0.3, 0.5, 0.9, 1], [0, 1, 1, 1, 1], 2);
    // Bins [0, .5) and [.5, 1]: predicted .4 of 1 positive, 2.4 of 3 positives.
    expect(result.bins.map((bin) => bin.count)).toEqual([2, 3]);
    expect(result.bins[0]!.predicted).toBeCloseTo(0.2);
    expect(result.bins[1]!.observed).toBe(1);
    expect(result.error).toBeCloseTo((0.6 + 0.6) / 5);
    expect(result.ratio).toBeCloseTo(2.8 / 4);
    expect(calibration([0.2], [0]).ratio).toBeNaN();
    const unknown = calibration([Number.NaN, 0.2], [1, 1]);
    expect([unknown.error, unknown.ratio]).toEqual([Number.NaN, Number.NaN]);
    expect(unknown.bins.reduce((sum, { count }) => sum + count, 0)).toBe(1);
  });
});

describe('bootstrapInterval', () => {
  it('holds the mean, is seeded, and shrinks to a point without variance', () => {
    const values = Array.from({ length: 200 }, (_, i) => i % 10);
    const interval = bootstrapInterval(values, { seed: 1 });
    expect(interval.lower).toBeLessThan(4.5);
    expect(interval.upper).toBeGreaterThan(4.5);
    expect(bootstrapInterval(values, { seed: 1 })).toEqual(interval);
    expect(bootstrapInterval([2, 2, 2], { seed: 1 })).toEqual({ lower: 2, upper: 2 });
  });

  it('of several columns is that of each alone, since all are drawn together', () => {
    const first = Array.from({ length: 50 }, (_, i) => i % 7);
    const second = Array.from({ length: 50 }, (_, i) => i % 3);
    expect(bootstrapIntervals([first, second], { seed: 4 })).toEqual([
      bootstrapInterval(first, { seed: 4 }),
      bootstrapInterval(second, { seed: 4 }),
    ]);
    expect(bootstrapIntervals([[]], { seed: 4 })).toEqual([{ lower: 0, upper: 0 }]);
  });
});
