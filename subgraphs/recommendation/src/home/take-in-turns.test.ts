import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeInTurns } from './take-in-turns.ts';

const lists = fc.array(fc.uniqueArray(fc.string({ maxLength: 2 })), { maxLength: 4 });

test('takes distinct accepted ids, all there are up to the limit, each list in its own order', () => {
  fc.assert(
    fc.property(lists, fc.integer({ min: 0, max: 20 }), (given, limit) => {
      const accept = (id: string): boolean => id.length !== 1;
      const taken = takeInTurns(given, limit, accept);
      const there = new Set(given.flat().filter(accept));
      expect(new Set(taken).size).toBe(taken.length);
      expect(taken.length).toBe(Math.min(limit, there.size));
      for (const id of taken) expect(there.has(id)).toBe(true);
      const [first] = given;
      if (given.length === 1) expect(taken).toEqual(first!.filter(accept).slice(0, limit));
    }),
  );
});

test('every list gives one before any gives another', () => {
  expect(
    takeInTurns(
      [
        ['a', 'b', 'c'],
        ['x', 'a', 'y'],
      ],
      4,
      () => true,
    ),
  ).toEqual(['a', 'x', 'b', 'y']);
});
