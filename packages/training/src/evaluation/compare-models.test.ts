import { describe, expect, it } from 'vitest';
import { trainItemKnn, trainPopular } from '../models/index.ts';
import { leaveLastOut, splitAtRandom } from '../protocols/index.ts';
import { interactionsOf, tastefulInteractions } from '../test/interactions.ts';
import { compareModels, historySegments } from './compare-models.ts';
import { meanOverFolds } from './mean-over-folds.ts';
import { testUsers } from './measure-model.ts';

const data = tastefulInteractions({ seed: 6, users: 90, items: 120, tastes: 3, perUser: 20 });
const contestants = [
  { name: 'popular', train: ({ train }: { train: typeof data }) => trainPopular(train, { seed: 1 }) },
  { name: 'item-knn', train: ({ train }: { train: typeof data }) => trainItemKnn(train, { seed: 1 }) },
];

describe('comparing models', () => {
  it('finds the personal model ahead of popularity where people have tastes, the same for a seed', async () => {
    const split = splitAtRandom(data, { seed: 1 });
    const comparison = await compareModels(split, contestants, { seed: 1 });
    const [popular, knn] = comparison.results;
    expect(popular!.gain).toEqual({ mean: 0, lower: 0, upper: 0 });
    expect(knn!.gain.lower).toBeGreaterThan(0);
    expect(knn!.gain.mean).toBeCloseTo(knn!.metrics['ndcg@10'].mean - popular!.metrics['ndcg@10'].mean, 12);
    for (const { mean, lower, upper } of Object.values(knn!.metrics)) {
      expect(lower).toBeLessThanOrEqual(mean);
      expect(upper).toBeGreaterThanOrEqual(mean);
    }
    const again = await compareModels(split, contestants, { seed: 1 });
    expect(again.results.map(({ metrics }) => metrics)).toEqual(
      comparison.results.map(({ metrics }) => metrics),
    );
  });

  it('segments hold every test user once, and their means make up the whole', async () => {
    const split = leaveLastOut(data);
    const { segments, results, testUsers: asked } = await compareModels(split, contestants, { seed: 1 });
    expect(segments.reduce((sum, { users }) => sum + users, 0)).toBe(asked);
    for (const result of results) {
      const whole = segments.reduce((sum, { users }, i) => sum + users * result.segments[i]!.mean, 0) / asked;
      expect(whole).toBeCloseTo(result.metrics['ndcg@10'].mean, 12);
    }
  });

  it('histories of one length make one segment', () => {
    const split = leaveLastOut(
      interactionsOf(
        ['a', 'b', 'c'].flatMap((user) => ['x', 'y', 'z'].map((item, at) => [user, item, at] as const)),
      ),
    );
    expect(historySegments(split, testUsers(split)).segments).toEqual([
      { shortest: 2, longest: 2, users: 3 },
    ]);
  });

  it('counts the targets that nobody can find', async () => {
    const split = leaveLastOut(
      interactionsOf([
        ['a', 'x', 1],
        ['a', 'only-here', 2],
        ['b', 'y', 1],
        ['b', 'x', 2],
      ]),
    );
    const comparison = await compareModels(split, contestants.slice(0, 1), { seed: 1 });
    expect(comparison).toMatchObject({ items: 2, targets: 2, unreachableTargets: 1 });
  });
});

describe('the mean over folds', () => {
  it('is the mean of every figure, of its bounds and of its counts, by hand', async () => {
    const folds = await Promise.all(
      [1, 2].map((seed) => compareModels(splitAtRandom(data, { seed }), contestants, { seed: 1 })),
    );
    const [a, b] = folds as [(typeof folds)[0], (typeof folds)[0]];
    const both = meanOverFolds(folds);
    const knn = [a, b].map(({ results }) => results[1]!);
    for (const bound of ['mean', 'lower', 'upper'] as const) {
      const halves = knn.map(({ metrics }) => metrics['ndcg@10'][bound] / 2);
      expect(both.results[1]!.metrics['ndcg@10'][bound]).toBeCloseTo(halves[0]! + halves[1]!, 12);
    }
    expect(knn[0]!.metrics['ndcg@10'].mean).not.toBe(knn[1]!.metrics['ndcg@10'].mean);
    expect(both.results[1]!.gain.mean).toBeCloseTo((knn[0]!.gain.mean + knn[1]!.gain.mean) / 2, 12);
    expect(both.results[1]!.recallByK[9]).toBeCloseTo((knn[0]!.recallByK[9]! + knn[1]!.recallByK[9]!) / 2);
    expect(both.results[0]!.catalogue.gini).toBeCloseTo(
      (a.results[0]!.catalogue.gini + b.results[0]!.catalogue.gini) / 2,
    );
    expect(both.targets).toBe(Math.round((a.targets + b.targets) / 2));
    expect(both.segments.map(({ shortest, longest }) => shortest <= longest)).not.toContain(false);
    expect(both.results[0]!.segments).toHaveLength(both.segments.length);
  });

  it('of one fold is the fold; of other models, or of none, is refused', async () => {
    const fold = await compareModels(splitAtRandom(data, { seed: 1 }), contestants, { seed: 1 });
    expect(meanOverFolds([fold])).toEqual(fold);
    const other = { ...fold, results: fold.results.slice(1) };
    expect(() => meanOverFolds([fold, other])).toThrow('folds compare different models');
    expect(() => meanOverFolds([])).toThrow('there are no folds');
  });

  it('folds whose histories fall into other numbers of segments have none together', async () => {
    const fold = await compareModels(splitAtRandom(data, { seed: 1 }), contestants, { seed: 1 });
    const { segments, results } = meanOverFolds([fold, { ...fold, segments: fold.segments.slice(1) }]);
    expect([segments, results[0]!.segments]).toEqual([[], []]);
  });
});
