import { DAY_MS } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Interactions, itemCounts } from '../interactions/index.ts';
import { interactionsOf, type Row, tastefulInteractions } from '../test/interactions.ts';
import {
  type History,
  type RetrievalModel,
  trainEase,
  trainIals,
  trainItemKnn,
  trainPopular,
  trainTransitions,
} from './index.ts';
import { createRecommender } from './recommender.ts';

const options = { seed: 1, threads: 1 };
const days = (rows: readonly (readonly [string, string, number])[]): Row[] =>
  rows.map(([user, item, at]) => [user, item, at * DAY_MS]);

/** Ids in, ids out. */
function ask(model: RetrievalModel, { items }: Interactions, history: readonly string[], k = 10): string[] {
  const own = Uint32Array.from(history, (id) => items.indexOf(id));
  const asked: History = { items: own, at: new Float64Array(own.length).fill(Number.NaN) };
  return [...model.recommend(asked, k, own)].map((item) => items[item]!);
}

describe('a recommender', () => {
  const interactions = interactionsOf([
    ['a', 'x'],
    ['a', 'y'],
    ['b', 'y'],
    ['b', 'z'],
    ['c', 'w'],
  ]);

  it('breaks ties by popularity, then by id, and sinks what is not a number', () => {
    const flat = createRecommender(interactions, () => undefined);
    expect(ask(flat, interactions, [])).toEqual(['y', 'w', 'x', 'z']);
    const odd = createRecommender(interactions, (_, scores) => scores.set([-1, -1, Number.NaN, -1]));
    // w x y z: y leads the ties, but has no number.
    expect(ask(odd, interactions, [])).toEqual(['w', 'x', 'z', 'y']);
  });

  it('gives the k best of any scores in order, without the excluded', () => {
    const many = tastefulInteractions({ seed: 9, users: 20, items: 50, tastes: 2, perUser: 20 });
    const count = many.items.length;
    const counts = itemCounts(many);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -3, max: 3 }), { minLength: count, maxLength: count }),
        fc.uniqueArray(fc.integer({ min: 0, max: count - 1 })),
        fc.integer({ min: 1, max: count + 5 }),
        (values, exclude, k) => {
          const model = createRecommender(many, (_, scores) => scores.set(values));
          const expected = values
            .map((value, item) => ({ value, item }))
            .filter(({ item }) => !exclude.includes(item))
            .sort((a, b) => b.value - a.value || counts[b.item]! - counts[a.item]! || a.item - b.item)
            .slice(0, k)
            .map(({ item }) => item);
          const empty = { items: new Uint32Array(0), at: new Float64Array(0) };
          expect([...model.recommend(empty, k, exclude)]).toEqual(expected);
        },
      ),
    );
  });
});

describe('most popular', () => {
  const rows = days([
    ['a', 'old', 0],
    ['b', 'old', 0],
    ['c', 'old', 0],
    ['d', 'new', 100],
    ['e', 'new', 100],
  ]);

  it('counts users, or recent users more with a half-life', async () => {
    const interactions = interactionsOf(rows);
    expect(ask(await trainPopular(interactions, options), interactions, [])).toEqual(['old', 'new']);
    // After 100 days at a half-life of 100, three count as one and a half.
    const decayed = await trainPopular(interactions, { ...options, halfLifeDays: 100 });
    expect(ask(decayed, interactions, [])).toEqual(['new', 'old']);
    await expect(trainPopular(interactions, { ...options, halfLifeDays: 0 })).rejects.toThrow(/halfLifeDays/);
  });
});

describe('item-kNN, by hand', () => {
  // x is shared by a, b, c; y by a, b; z by c and d. cos(x, y) = 2/√6, cos(x, z) = 1/√6.
  const interactions = interactionsOf([
    ['a', 'x'],
    ['a', 'y'],
    ['b', 'x'],
    ['b', 'y'],
    ['c', 'x'],
    ['c', 'z'],
    ['d', 'z'],
    ['d', 'w'],
    ['e', 'w'],
    ['f', 'w'],
  ]);

  it('ranks by shared users over the geometric mean; unrelated items follow by popularity', async () => {
    const model = await trainItemKnn(interactions, { ...options, shrinkage: 0 });
    expect(ask(model, interactions, ['x'])).toEqual(['y', 'z', 'w']);
    expect(ask(model, interactions, ['y'])).toEqual(['x', 'w', 'z']);
  });

  it('an item keeps its strongest neighbours alone', async () => {
    // z's strongest is x (1/√6 against w's 1/√6: equal, w is the smaller index and stays).
    const model = await trainItemKnn(interactions, { ...options, shrinkage: 0, neighbours: 1 });
    expect(ask(model, interactions, ['w'], 1)).toEqual(['z']);
    expect(ask(model, interactions, ['x'], 1)).toEqual(['y']);
  });
});

describe('transitions', () => {
  it('know the order: what follows comes before what precedes', async () => {
    const rows = Array.from({ length: 6 }, (_, user) =>
      days([
        [`u${user}`, 'first', 0],
        [`u${user}`, 'second', 1],
        [`u${user}`, 'third', 2],
      ]),
    ).flat();
    const interactions = interactionsOf(rows);
    const model = await trainTransitions(interactions, options);
    expect(ask(model, interactions, ['second'])).toEqual(['third', 'first']);
    const forward = await trainTransitions(interactions, { ...options, backward: 0, window: 1 });
    expect(ask(forward, interactions, ['first'], 1)).toEqual(['second']);
  });

  it('what came soon after counts more than what came months later', async () => {
    const interactions = interactionsOf(
      days([
        ['a', 'x', 0],
        ['a', 'soon', 0.1],
        ['b', 'x', 0],
        ['b', 'late', 300],
      ]),
    );
    const model = await trainTransitions(interactions, { ...options, halfLifeDays: 10 });
    expect(ask(model, interactions, ['x'])).toEqual(['soon', 'late']);
  });

  it('the newest item of the history leads', async () => {
    const interactions = interactionsOf(
      days([
        ['a', 'p', 0],
        ['a', 'after-p', 1],
        ['b', 'q', 0],
        ['b', 'after-q', 1],
      ]),
    );
    const model = await trainTransitions(interactions, options);
    expect(ask(model, interactions, ['p', 'q'])[0]).toBe('after-q');
    expect(ask(model, interactions, ['q', 'p'])[0]).toBe('after-p');
  });

  it('options out of range are named', async () => {
    const interactions = interactionsOf([['a', 'x']]);
    await expect(trainTransitions(interactions, { ...options, decay: 2 })).rejects.toThrow(
      /decay must be from 0 to 1/,
    );
    await expect(trainTransitions(interactions, { ...options, window: 0 })).rejects.toThrow(/window/);
  });
});

describe.each([
  ['popular', trainPopular],
  ['item-knn', trainItemKnn],
  ['transitions', trainTransitions],
  ['ease', trainEase],
  ['ials', trainIals],
] as const)('%s', (_, train) => {
  it('refuses to learn from nothing', async () => {
    await expect(train(interactionsOf([]), options)).rejects.toThrow('there are no interactions to train on');
  });

  it('gives somebody without a history the popular items, and nobody an item twice', async () => {
    const interactions = tastefulInteractions({ seed: 3, users: 40, items: 60, tastes: 3, perUser: 12 });
    const model = await train(interactions, options);
    const popular = await trainPopular(interactions, options);
    expect(ask(model, interactions, [])).toEqual(ask(popular, interactions, []));
    const list = ask(model, interactions, ['i1', 'i2'], 100);
    expect(new Set(list).size).toBe(list.length);
    expect(list).toHaveLength(interactions.items.length - 2);
    expect(list).not.toContain('i1');
  });

  it('never recommends what training has not seen', async () => {
    const whole = interactionsOf([
      ['a', 'x'],
      ['a', 'y'],
      ['b', 'unseen'],
    ]);
    // User a's rows alone; `unseen` stays in the table.
    const part = {
      ...whole,
      start: Uint32Array.of(0, 2, 2),
      item: whole.item.slice(0, 2),
      at: whole.at.slice(0, 2),
    };
    expect(ask(await train(part, options), whole, [])).toEqual(['x', 'y']);
  });
});
