import { DAY_MS } from '@marquee/domain';
import { isMarqueeError } from '@marquee/service-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { itemCounts } from '../interactions/index.ts';
import { interactionsOf, type Row, rowsOf, tastefulInteractions } from '../test/interactions.ts';
import {
  leaveLastOut,
  requirePastBeforeFuture,
  type Split,
  splitAsGiven,
  splitAtRandom,
  splitByTime,
  splitByUser,
  TARGET,
  TRAINING,
} from './index.ts';

const day = (rows: readonly (readonly [string, string, number])[]): Row[] =>
  rows.map(([user, item, at]) => [user, item, at * DAY_MS]);
const inDays = (rows: [string, string, number][]) =>
  rows.map(([user, item, at]) => [user, item, at / DAY_MS]);

const sample = day([
  ['a', 'x', 1],
  ['a', 'y', 2],
  ['a', 'z', 30],
  ['b', 'x', 3],
  ['b', 'z', 4],
  ['newcomer', 'x', 29],
]);

describe('temporal', () => {
  it('trains before the cutoff and asks people with a past for what came after', () => {
    const split = splitByTime(interactionsOf(sample));
    expect(inDays(rowsOf(split.train))).toEqual([
      ['a', 'x', 1],
      ['a', 'y', 2],
      ['b', 'x', 3],
      ['b', 'z', 4],
    ]);
    expect(inDays(rowsOf(split.targets))).toEqual([['a', 'z', 30]]);
    expect(split.histories).toBe(split.train);
  });

  it('the cutoff itself belongs to the test', () => {
    const split = splitByTime(interactionsOf(sample), { until: 4 * DAY_MS });
    expect(inDays(rowsOf(split.targets))).toEqual([
      ['a', 'z', 30],
      ['b', 'z', 4],
    ]);
  });

  it.each([
    ['before everything', 0],
    ['after everything', 31],
  ])('a cutoff %s is refused with the span of the history', (_, until) => {
    expect(() => splitByTime(interactionsOf(sample), { until: until * DAY_MS })).toThrow(
      /not inside the history, which goes from 1970-01-02/,
    );
  });

  it('rows without a time are refused', () => {
    expect(() => splitByTime(interactionsOf([['a', 'x']]))).toThrow(/needs a time/);
  });
});

describe('given', () => {
  const given = (rows: readonly Row[], trainRows: number): Split =>
    splitAsGiven(
      interactionsOf(rows),
      Uint8Array.from(rows, (_, i) => (i < trainRows ? TRAINING : TARGET)),
    );

  it('is taken as it is, but for targets of people without a training row', () => {
    const split = given(
      [
        ['a', 'x'],
        ['a', 'y'],
        ['a', 'z'],
        ['b', 'x'],
      ],
      2,
    );
    expect(rowsOf(split.train).map(([user, item]) => [user, item])).toEqual([
      ['a', 'x'],
      ['a', 'y'],
    ]);
    expect(rowsOf(split.targets).map(([user, item]) => [user, item])).toEqual([['a', 'z']]);
  });

  it('a holdout that lies before its training data is an error that says how much of it', () => {
    const future = given(
      day([
        ['a', 'x', 1],
        ['a', 'y', 5],
        ['a', 'z', 6],
      ]),
      1,
    );
    expect(requirePastBeforeFuture(future)).toBe(future);
    const past = splitAsGiven(
      interactionsOf(
        day([
          ['a', 'x', 1],
          ['a', 'y', 5],
          ['a', 'z', 6],
        ]),
      ),
      Uint8Array.of(TARGET, TRAINING, TARGET),
    );
    let thrown: unknown;
    try {
      requirePastBeforeFuture(past);
    } catch (error) {
      thrown = error;
    }
    expect(isMarqueeError(thrown, 'BAD_USER_INPUT')).toBe(true);
    expect((thrown as Error).message).toMatch(/travels in time: 1 of 2 .*\(1970-01-06/);
  });
});

describe('leave-last-out', () => {
  it('asks for each last interaction; who has one only trains', () => {
    const split = leaveLastOut(interactionsOf(sample));
    expect(inDays(rowsOf(split.targets))).toEqual([
      ['a', 'z', 30],
      ['b', 'z', 4],
    ]);
    expect(inDays(rowsOf(split.train)).at(-1)).toEqual(['newcomer', 'x', 29]);
  });

  it('of some users asks for theirs alone, and trains on all others whole', () => {
    const interactions = interactionsOf(sample);
    const some = leaveLastOut(interactions, Uint32Array.of(interactions.users.indexOf('b')));
    expect(inDays(rowsOf(some.targets))).toEqual([['b', 'z', 4]]);
    expect(inDays(rowsOf(some.train))).toContainEqual(['a', 'z', 30]);
  });
});

describe('random', () => {
  it('holds out the share of every user, rounded down, the same for a seed and another for another', () => {
    const interactions = tastefulInteractions({ seed: 1, users: 30, items: 60, tastes: 3, perUser: 14 });
    const split = splitAtRandom(interactions, { seed: 7 });
    for (let user = 0; user < interactions.users.length; user++) {
      const all = interactions.start[user + 1]! - interactions.start[user]!;
      expect(split.targets.start[user + 1]! - split.targets.start[user]!).toBe(Math.floor(all * 0.2));
    }
    expect(rowsOf(splitAtRandom(interactions, { seed: 7 }).targets)).toEqual(rowsOf(split.targets));
    expect(rowsOf(splitAtRandom(interactions, { seed: 8 }).targets)).not.toEqual(rowsOf(split.targets));
  });

  it('five rows give one target', () => {
    const rows: Row[] = Array.from({ length: 5 }, (_, i) => ['a', `i${i}`]);
    expect(rowsOf(splitAtRandom(interactionsOf(rows), { seed: 1 }).targets)).toHaveLength(1);
  });
});

describe('strong generalisation', () => {
  const interactions = tastefulInteractions({ seed: 2, users: 50, items: 80, tastes: 4, perUser: 15 });

  it('never trains on a test user, and asks only for items that training knows', () => {
    const split = splitByUser(interactions, { seed: 3 });
    const trained = new Set(rowsOf(split.train).map(([user]) => user));
    const tested = new Set(rowsOf(split.targets).map(([user]) => user));
    expect(tested.size).toBe(5);
    expect(trained.size).toBe(45);
    for (const user of tested) expect(trained.has(user)).toBe(false);
    const known = itemCounts(split.train);
    for (const part of [split.histories, split.targets])
      for (const item of part.item) expect(known[item]).not.toBe(0);
  });

  it('one user alone is refused', () => {
    const rows: Row[] = Array.from({ length: 9 }, (_, i) => ['a', `i${i}`]);
    expect(() => splitByUser(interactionsOf(rows), { seed: 1 })).toThrow(/training|train on|two users/);
  });
});

describe('every protocol', () => {
  const arbitrary = fc.array(
    fc.tuple(
      fc.integer({ min: 0, max: 6 }).map((user) => `u${user}`),
      fc.integer({ min: 0, max: 12 }).map((item) => `i${item}`),
      fc.integer({ min: 1, max: 40 }).map((at) => at * DAY_MS),
    ),
    { maxLength: 90 },
  );
  it.each([
    ['temporal', (rows: readonly Row[]) => splitByTime(interactionsOf(rows))],
    ['leave-last-out', (rows: readonly Row[]) => leaveLastOut(interactionsOf(rows))],
    ['random', (rows: readonly Row[]) => splitAtRandom(interactionsOf(rows), { seed: 5 })],
    ['strong', (rows: readonly Row[]) => splitByUser(interactionsOf(rows), { seed: 5, heldOut: 0.4 })],
  ] as const)(
    '%s gives no row twice, invents none, asks nobody without a history, or says why not',
    (_, split) => {
      fc.assert(
        fc.property(arbitrary, (rows) => {
          let result: Split;
          try {
            result = split(rows);
          } catch (error) {
            expect(isMarqueeError(error, 'BAD_USER_INPUT')).toBe(true);
            return;
          }
          const all = new Set(rowsOf(interactionsOf(rows)).map(String));
          const parts = new Set([result.train, result.histories, result.targets]);
          const given = [...parts].flatMap(rowsOf).map(String);
          expect(new Set(given).size).toBe(given.length);
          for (const row of given) expect(all.has(row)).toBe(true);
          const known = new Set(rowsOf(result.histories).map(([user]) => user));
          for (const [user] of rowsOf(result.targets)) expect(known.has(user)).toBe(true);
        }),
      );
    },
  );
});
