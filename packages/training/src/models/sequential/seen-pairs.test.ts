import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seenPairs } from './seen-pairs.ts';

const ITEMS = 12;
const cases = fc.record({
  sequences: fc.array(fc.uniqueArray(fc.nat(ITEMS - 1), { minLength: 1, maxLength: 6 }), {
    minLength: 1,
    maxLength: 4,
  }),
  targets: fc.array(fc.nat(ITEMS - 1), { minLength: 24, maxLength: 24 }),
  /** Candidates by their place. */
  candidates: fc.uniqueArray(fc.nat(ITEMS - 1)),
});

describe('what is not asked for', () => {
  it('is at every position what came before it and the position’s own, among the candidates, never the target', () => {
    fc.assert(
      fc.property(cases, ({ sequences, targets, candidates }) => {
        const length = Math.max(...sequences.map((own) => own.length));
        const places = new Map(candidates.map((row, place) => [row, place]));
        const { data, dims } = seenPairs(
          sequences.map((own) => Uint32Array.from(own)),
          length,
          (position) => targets[position]!,
          (row) => places.get(row),
        );
        const expected = sequences.flatMap((own, i) =>
          own.flatMap((_, at) =>
            own
              .slice(0, at + 1)
              .filter((row) => places.has(row) && row !== targets[i * length + at])
              .map((row) => [i * length + at, places.get(row)!]),
          ),
        );
        expect(dims).toEqual([expected.length, 2]);
        expect([...data].map(Number)).toEqual(expected.flat());
      }),
    );
  });
});
