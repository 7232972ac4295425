import type { RowKind } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidateOf } from '../test/candidates.ts';
import type { FilledRow } from './allocate-titles.ts';
import { orderRows } from './order-rows.ts';

interface Given {
  readonly kind: RowKind;
  readonly value: number;
  readonly turn?: number | undefined;
}

const rowsOf = (given: readonly Given[]): FilledRow[] =>
  given.map(({ kind, value, turn }, i) => ({
    plan: {
      ...{ key: `row-${i}`, kind, headline: '', pool: [], minimum: 1, limit: 40, weight: 1 },
      ...(turn === undefined ? {} : { turn }),
    },
    items: [candidateOf(`t${i}`, [{}], { score: value })],
  }));
const kinds = (rows: readonly FilledRow[]) => rows.map(({ plan }) => plan.kind);

describe('rows that have turns', () => {
  it('stand in their order at the places that rows of their worth would have', () => {
    const ordered = orderRows(
      rowsOf([
        { kind: 'TOP_PICKS', value: 1 },
        { kind: 'GENRE', value: 0.1, turn: 0 },
        { kind: 'GENRE', value: 0.9, turn: 1 },
        { kind: 'TRENDING', value: 0.5 },
      ]),
      14,
    );
    expect(ordered.map(({ plan }) => plan.key)).toEqual(['row-0', 'row-1', 'row-3', 'row-2']);
  });

  it('lose and invent nothing, and leave every other row where it was', () => {
    const given = fc.record({
      kind: fc.constantFrom('GENRE' as const, 'TRENDING' as const, 'EDITORIAL' as const),
      value: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(given, { maxLength: 14 }),
        fc.array(fc.nat(20), { minLength: 14 }),
        (list, turns) => {
          const byWorth = orderRows(rowsOf(list), 14);
          const inTurns = orderRows(
            rowsOf(list.map((row, i) => ({ ...row, turn: row.kind === 'GENRE' ? turns[i] : undefined }))),
            14,
          );
          expect(kinds(inTurns)).toEqual(kinds(byWorth));
          const others = (rows: readonly FilledRow[]) =>
            rows.map(({ plan }) => (plan.kind === 'GENRE' ? '' : plan.key));
          expect(others(inTurns)).toEqual(others(byWorth));
          expect(inTurns.map(({ plan }) => plan.key).sort()).toEqual(
            byWorth.map(({ plan }) => plan.key).sort(),
          );
          const taken = inTurns.flatMap(({ plan }) => plan.turn ?? []);
          expect(taken).toEqual(taken.toSorted((a, b) => a - b));
        },
      ),
    );
  });
});
