import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interactionsOf, type Row, rowsOf } from '../test/interactions.ts';
import {
  byItem,
  createInteractionBuilder,
  itemCounts,
  kCore,
  ratedAtLeast,
  rowsWhere,
  timeSpan,
} from './index.ts';

const someRows = fc.array(
  fc.tuple(
    fc.integer({ min: 0, max: 8 }).map((user) => `u${user}`),
    fc.integer({ min: 0, max: 8 }).map((item) => `i${item}`),
    fc.integer({ min: 0, max: 20 }),
  ),
  { minLength: 1, maxLength: 80 },
);

describe('interactions', () => {
  it('are grouped by user in id order, in time order within, and keep the given order within an instant', () => {
    const interactions = interactionsOf([
      ['b', 'y', 5],
      ['a', 'z', 9],
      ['b', 'x', 5],
      ['a', 'x', 1],
    ]);
    expect(rowsOf(interactions)).toEqual([
      ['a', 'x', 1],
      ['a', 'z', 9],
      ['b', 'y', 5],
      ['b', 'x', 5],
    ]);
    expect(interactions.items).toEqual(['x', 'y', 'z']);
    expect(timeSpan(interactions)).toEqual({ first: 1, last: 9 });
    expect([...itemCounts(interactions)]).toEqual([2, 1, 1]);
  });

  it('keep the first of several rows with one user and item, and count the others', () => {
    const builder = createInteractionBuilder();
    builder.add('a', 'x', 2, 7);
    builder.add('a', 'x', 5, 3);
    builder.add('a', 'y', 1, 4);
    const { interactions, duplicates } = builder.build();
    expect(duplicates).toBe(1);
    expect(rowsOf(interactions)).toEqual([
      ['a', 'x', 3],
      ['a', 'y', 4],
    ]);
    expect([...interactions.rating]).toEqual([5, 1]);
  });

  it('keep the row of the earlier part, whatever its time', () => {
    const builder = createInteractionBuilder();
    builder.add('a', 'x', 1, 1, 1);
    builder.add('a', 'x', 2, 9, 0);
    const { interactions, parts } = builder.build();
    expect([...parts]).toEqual([0]);
    expect([...interactions.at]).toEqual([9]);
  });

  it('refuse what cannot be a row', () => {
    const builder = createInteractionBuilder();
    expect(() => builder.add('', 'x', 1, 1)).toThrow(/empty/);
    expect(() => builder.add('a', 'x', 1, Number.POSITIVE_INFINITY)).toThrow(/infinite/);
  });

  it('lose and invent nothing', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const first = new Map<string, number>();
        for (const [user, item, at] of rows) {
          first.set(`${user} ${item}`, Math.min(at, first.get(`${user} ${item}`) ?? at));
        }
        const found = rowsOf(interactionsOf(rows)).map(
          ([user, item, at]) => [`${user} ${item}`, at] as const,
        );
        expect(found).toHaveLength(first.size);
        expect(new Map(found)).toEqual(first);
      }),
    );
  });

  it('by item hold the same pairs, users ascending', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const interactions = interactionsOf(rows);
        const index = byItem(interactions);
        const pairs = interactions.items.flatMap((item, i) =>
          [...index.user.subarray(index.start[i]!, index.start[i + 1]!)].map(
            (user) => `${interactions.users[user]} ${item}`,
          ),
        );
        expect(pairs.sort()).toEqual(
          rowsOf(interactions)
            .map(([user, item]) => `${user} ${item}`)
            .sort(),
        );
      }),
    );
  });
});

describe('filters', () => {
  it('ratings below the minimum leave; unrated rows stay', () => {
    const interactions = interactionsOf([
      ['a', 'x', 1, 3.5],
      ['a', 'y', 2, 4],
      ['a', 'z', 3],
    ]);
    expect([...ratedAtLeast(interactions, 4)]).toEqual([0, 1, 1]);
  });

  it('the k-core of a chain that unravels is empty', () => {
    // c has one row; without it z is left with one, without that b, and so on to the beginning.
    const chain: Row[] = [
      ['a', 'x'],
      ['b', 'x'],
      ['b', 'y'],
      ['c', 'y'],
    ];
    const interactions = interactionsOf(chain);
    expect([...kCore(interactions, 2, new Uint8Array(4).fill(1))]).toEqual([0, 0, 0, 0]);
  });

  it('in a k-core everybody and everything has k rows, and nothing that could stay has left', () => {
    fc.assert(
      fc.property(someRows, fc.integer({ min: 1, max: 4 }), (rows, k) => {
        const interactions = interactionsOf(rows);
        const mask = kCore(interactions, k, new Uint8Array(interactions.item.length).fill(1));
        const core = rowsWhere(interactions, (row) => mask[row] === 1);
        for (const count of itemCounts(core)) expect(count === 0 || count >= k).toBe(true);
        for (let user = 0; user < core.users.length; user++) {
          const own = core.start[user + 1]! - core.start[user]!;
          expect(own === 0 || own >= k).toBe(true);
        }
        // The union of the core with any k-core of the rest is a k-core too; removing one by one finds the same.
        expect(rowsOf(core)).toEqual(coreByRemoval(rowsOf(interactions), k));
      }),
    );
  });
});

function coreByRemoval(rows: [string, string, number][], k: number): [string, string, number][] {
  const small = rows.findIndex(
    ([user, item]) =>
      rows.filter(([other]) => other === user).length < k ||
      rows.filter(([, other]) => other === item).length < k,
  );
  return small < 0 ? rows : coreByRemoval(rows.toSpliced(small, 1), k);
}
