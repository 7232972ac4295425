import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ScoreRows, shapleyOfGroups } from './group-contributions.ts';

const COLUMNS = 7;
const GROUPS = [[0, 1], [2], [3, 5]];
const numbers = (length: number) =>
  fc.array(fc.integer({ min: -20, max: 20 }), { minLength: length, maxLength: length });
const cases = fc.record({
  rows: fc.integer({ min: 1, max: 4 }).chain((rows) => numbers(rows * COLUMNS)),
  baseline: numbers(COLUMNS),
  weights: numbers(COLUMNS),
});

/** A model that is a function of one row. */
function modelOf(score: (row: Float32Array) => number): ScoreRows {
  return async (matrix, rows) =>
    Float32Array.from({ length: rows }, (_, i) => score(matrix.subarray(i * COLUMNS, (i + 1) * COLUMNS)));
}

/** Products, thresholds and a column that nobody groups: nothing additive about it. */
const crooked = (row: Float32Array): number =>
  row[0]! * row[2]! + (row[3]! > 2 ? 5 : row[5]!) * row[1]! + row[6]! * row[2]!;
const request = ({ rows, baseline }: { rows: number[]; baseline: number[] }) => ({
  matrix: Float32Array.from(rows),
  rows: rows.length / COLUMNS,
  columns: COLUMNS,
  baseline: Float32Array.from(baseline),
  groups: GROUPS,
});

describe('contributions of groups of columns', () => {
  test('and the base add up to the score, whatever the model is', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (given) => {
        const all = await shapleyOfGroups(request(given), modelOf(crooked));
        for (const [i, { base, score, byGroup }] of all.entries()) {
          const row = Float32Array.from(given.rows.slice(i * COLUMNS, (i + 1) * COLUMNS));
          expect(score).toBe(crooked(row));
          expect(base + byGroup.reduce((sum, one) => sum + one, 0)).toBeCloseTo(score, 6);
        }
      }),
    );
  });

  test('of a linear model are weight × (value − baseline)', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async (given) => {
        const linear = (row: Float32Array): number =>
          row.reduce((sum, value, i) => sum + 0.001 * given.weights[i]! * value, 0);
        const all = await shapleyOfGroups(request(given), modelOf(linear));
        for (const [i, { byGroup }] of all.entries()) {
          for (const [g, group] of GROUPS.entries()) {
            const expected = group.reduce(
              (sum, c) =>
                sum + 0.001 * given.weights[c]! * (given.rows[i * COLUMNS + c]! - given.baseline[c]!),
              0,
            );
            expect(byGroup[g]).toBeCloseTo(expected, 5);
          }
        }
      }),
    );
  });

  test('are alike for groups that do the same, and none for one that is as in the baseline, which costs nothing', async () => {
    let asked = 0;
    const matrix = Float32Array.of(1, 0, 1, 1, 0, 0, 9);
    const baseline = new Float32Array(COLUMNS);
    const given = { matrix, rows: 1, columns: COLUMNS, baseline, groups: [[0], [2], [3], [4]] };
    const [all] = await shapleyOfGroups(given, (coalitions, rows) => {
      asked += rows;
      return modelOf((row) => row[0]! * row[2]! * row[3]!)(coalitions, rows);
    });
    expect([...all!.byGroup].map((one) => one.toFixed(6))).toEqual([
      '0.333333',
      '0.333333',
      '0.333333',
      '0.000000',
    ]);
    expect(asked).toBe(8);
  });

  test('are refused for more groups than can be told apart', async () => {
    const groups = Array.from({ length: 9 }, (_, i) => [i % COLUMNS]);
    const given = { ...request({ rows: new Array(COLUMNS).fill(1), baseline: [] }), groups };
    await expect(shapleyOfGroups(given, modelOf(crooked))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});
