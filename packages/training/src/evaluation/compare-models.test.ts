import { describe, expect, it } from 'vitest';
import { trainItemKnn, trainPopular } from '../models/index.ts';
import { leaveLastOut, splitAtRandom } from '../protocols/index.ts';
import { interactionsOf, tastefulInteractions } from '../test/interactions.ts';
import { compareModels, historySegments } from './compare-models.ts';
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
    expect(historySegments(split, testUsers(split)).segments).toEqual([{ label: '2', users: 3 }]);
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
