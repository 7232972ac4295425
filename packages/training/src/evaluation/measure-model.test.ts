import { describe, expect, it } from 'vitest';
import { trainPopular } from '../models/index.ts';
import { leaveLastOut, splitAsGiven, splitAtRandom, TARGET, TRAINING } from '../protocols/index.ts';
import { interactionsOf, type Row, tastefulInteractions } from '../test/interactions.ts';
import { createCoUserSimilarity } from './co-user-similarity.ts';
import { measureModel, USER_METRIC_NAMES } from './measure-model.ts';

describe('measuring a model', () => {
  const rows: Row[] = [
    ['a', 'p', 1],
    ['a', 'q', 2],
    ['a', 'new', 3],
    ['b', 'p', 1],
    ['b', 'r', 2],
    ['c', 'p', 1],
    ['c', 'r', 2],
  ];
  // Popularity: p 3, r 1, q 1. Held out: a's new, b's and c's r; r stays known from nobody else.
  const labels = Uint8Array.of(TRAINING, TRAINING, TARGET, TRAINING, TARGET, TRAINING, TRAINING);
  const split = splitAsGiven(interactionsOf(rows), labels);

  it('by hand: seen items are left out, targets that training has not seen are misses', async () => {
    const model = await trainPopular(split.train, { seed: 1 });
    const { users, values, catalogue, recallByK } = await measureModel(model, split);
    // a is asked for `new` and gets r; b is asked for r and gets q, r: rank 2.
    expect([...users].map((user) => split.train.users[user])).toEqual(['a', 'b']);
    expect([...values['ndcg@10']]).toEqual([0, 1 / Math.log2(3)]);
    expect([...values['mrr@10']]).toEqual([0, 0.5]);
    expect([...values['hit-rate@10']]).toEqual([0, 1]);
    expect([...recallByK.subarray(0, 3)]).toEqual([0, 0.5, 0.5]);
    // r twice and q once, of p, q, r.
    expect(catalogue.coverage).toBeCloseTo(2 / 3);
    // Lists: popularity 1 and mean 1; histories: (3 + 1) / 2 and 3.
    expect(catalogue.popularityLift).toBeCloseTo((2 - 5) / 5);
    // b's pair q, r shares no user; a's list of one has no pair.
    expect(catalogue.diversity).toBe(0.5);
  });

  it('with seen items left in, they take their places', async () => {
    const model = await trainPopular(split.train, { seed: 1 });
    const { values } = await measureModel(model, split, { includeSeen: true });
    expect([...values['mrr@10']]).toEqual([0, 1 / 3]);
  });

  it('asks the first users by id when told to stop early, and everything stays within bounds', async () => {
    const data = tastefulInteractions({ seed: 2, users: 60, items: 90, tastes: 3, perUser: 20 });
    for (const part of [leaveLastOut(data), splitAtRandom(data, { seed: 1 })]) {
      const model = await trainPopular(part.train, { seed: 1 });
      const { users, values } = await measureModel(model, part, { maxUsers: 7 });
      expect(users).toHaveLength(7);
      for (const name of USER_METRIC_NAMES) {
        for (const value of values[name]) expect(value >= 0 && value <= 1).toBe(true);
      }
    }
  });
});

describe('co-user similarity', () => {
  it('is the cosine of the sets of users', () => {
    const interactions = interactionsOf([
      ['a', 'x'],
      ['a', 'y'],
      ['b', 'x'],
      ['c', 'y'],
      ['d', 'y'],
      ['e', 'z'],
    ]);
    const similarity = createCoUserSimilarity(interactions);
    expect(similarity(0, 1)).toBeCloseTo(1 / Math.sqrt(6));
    expect(similarity(1, 0)).toBe(similarity(0, 1));
    expect(similarity(0, 2)).toBe(0);
  });
});
