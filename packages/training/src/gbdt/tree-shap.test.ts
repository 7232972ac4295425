import { describe, expect, it } from 'vitest';
import { type GbdtModel, goesLeft, scoreGbdt, treeCount } from './gbdt-model.ts';
import { permutationImportance, splitImportance } from './importance.ts';
import { CATEGORICAL, COLUMNS, CONSTANT, generatedRows } from './test/generated-rows.ts';
import { trainGbdt } from './train-gbdt.ts';
import { contributions, expectedScore } from './tree-shap.ts';

const data = generatedRows(3_000, 1, 'class');
const { model } = await trainGbdt(data, {
  ...{ objective: 'logistic', seed: 1, trees: 8, leaves: 20, categorical: [CATEGORICAL] },
});

/** The expected score when only these columns are known. */
function known(of: GbdtModel, row: Float32Array, columns: ReadonlySet<number>): number {
  const below = (node: number): number => {
    const column = of.column[node]!;
    if (column < 0) return of.value[node]!;
    const [left, right] = [of.left[node]!, of.right[node]!];
    if (columns.has(column)) return below(goesLeft(of, node, row[column]!) ? left : right);
    return (of.cover[left]! * below(left) + of.cover[right]! * below(right)) / of.cover[node]!;
  };
  let sum = of.baseScore;
  for (let tree = 0; tree < treeCount(of); tree++) sum += below(of.treeStart[tree]!);
  return sum;
}

/** Shapley's definition, over all sets of columns. */
function shapley(of: GbdtModel, row: Float32Array): number[] {
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const scores = Array.from({ length: 2 ** COLUMNS }, (_, set) =>
    known(of, row, new Set(Array.from({ length: COLUMNS }, (_, c) => c).filter((c) => set & (1 << c)))),
  );
  return Array.from({ length: COLUMNS }, (_, column) => {
    let sum = 0;
    for (let set = 0; set < scores.length; set++) {
      if (set & (1 << column)) continue;
      const size = set.toString(2).replaceAll('0', '').length;
      const weight = (factorial(size) * factorial(COLUMNS - size - 1)) / factorial(COLUMNS);
      sum += weight * (scores[set | (1 << column)]! - scores[set]!);
    }
    return sum;
  });
}

describe('contributions', () => {
  it('are the Shapley values, by their definition', () => {
    for (let row = 0; row < 6; row++) {
      const values = data.matrix.subarray(row * COLUMNS, (row + 1) * COLUMNS);
      const expected = shapley(model, values);
      for (const [column, value] of contributions(model, values).entries()) {
        expect(value).toBeCloseTo(expected[column]!, 9);
      }
    }
  });

  it('and the expected score add up to the score of every row', () => {
    const scores = scoreGbdt(model, data.matrix, 200);
    for (let row = 0; row < 200; row++) {
      const own = contributions(model, data.matrix.subarray(row * COLUMNS, (row + 1) * COLUMNS));
      expect(own.reduce((sum, value) => sum + value, expectedScore(model))).toBeCloseTo(scores[row]!, 9);
      expect(own[CONSTANT]).toBe(0);
    }
  });
});

describe('importance', () => {
  it('by gain and by number of splits, counts what the trees ask', () => {
    const { gain, splits } = splitImportance(model);
    const inner = model.column.filter((column) => column >= 0).length;
    expect(splits.reduce((sum, count) => sum + count, 0)).toBe(inner);
    expect([gain[CONSTANT], splits[CONSTANT]]).toEqual([0, 0]);
    for (const matters of [0, 2, CATEGORICAL]) expect(gain[matters]).toBeGreaterThan(5 * gain[9]!);
  });

  it('by permutation, is high where a column matters, and nothing where it is not asked', async () => {
    const heldOut = generatedRows(2_000, 2, 'class');
    const before = heldOut.matrix.slice();
    const importance = await permutationImportance(model, heldOut, { seed: 1 });
    expect(importance[0]).toBeGreaterThan(0.02);
    expect(importance[2]).toBeGreaterThan(0.02);
    expect(Math.abs(importance[9]!)).toBeLessThan(0.01);
    expect(importance[CONSTANT]).toBe(0);
    expect(heldOut.matrix).toEqual(before);
  });
});
