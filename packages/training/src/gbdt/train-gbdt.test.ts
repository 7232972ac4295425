import { createRandom } from '@marquee/domain';
import { describe, expect, it } from 'vitest';
import { encodeGbdt } from './gbdt-file.ts';
import { gbdtFigure } from './gbdt-metric.ts';
import { predictGbdt, scoreGbdt, treeCount } from './gbdt-model.ts';
import type { GbdtObjective, GbdtOptions } from './gbdt-options.ts';
import type { GbdtRows } from './gbdt-rows.ts';
import { CATEGORICAL, COLUMNS, CONSTANT, generatedRows, groupSizes } from './test/generated-rows.ts';
import { trainGbdt } from './train-gbdt.ts';

const SMALL = { seed: 3, trees: 12, leaves: 15, categorical: [CATEGORICAL] } as const;
const LABELS = { logistic: 'class', squared: 'number', 'lambda-rank': 'relevance' } as const;

function rowsFor(objective: GbdtObjective, rows: number, seed: number): GbdtRows {
  const data = generatedRows(rows, seed, LABELS[objective]);
  return objective === 'lambda-rank' ? { ...data, groupSizes: groupSizes(rows, seed) } : data;
}

/** One column that decides the label. */
function steps(values: readonly number[], labels: readonly number[]): GbdtRows {
  return {
    matrix: Float32Array.from(values),
    rows: values.length,
    columns: 1,
    labels: Float32Array.from(labels),
  };
}

const FREE: GbdtOptions = {
  ...{ objective: 'squared', seed: 1, trees: 1, leaves: 2, learningRate: 1, l2: 0, minChildRows: 1 },
};

describe('training', () => {
  for (const objective of ['logistic', 'squared', 'lambda-rank'] as const) {
    it(`${objective}: the same model, bit for bit, on any number of threads and in plain TypeScript`, async () => {
      const data = rowsFor(objective, 20_000, 1);
      const options: GbdtOptions = {
        ...{ ...SMALL, objective, trees: 3, rowFraction: 0.8, columnFraction: 0.7 },
        monotone: { 0: 1 },
      };
      const plain = encodeGbdt((await trainGbdt(data, options, { kernels: 'plain' })).model);
      for (const threads of [1, 3]) {
        const { model } = await trainGbdt(data, options, { threads });
        expect(treeCount(model)).toBe(3);
        expect(Buffer.from(encodeGbdt(model)).equals(plain)).toBe(true);
      }
    });

    it(`${objective}: rows it has not seen are told better than by the mean`, async () => {
      const heldOut = rowsFor(objective, 4_000, 2);
      const settings = { objective, truncation: 30 };
      const { model } = await trainGbdt(rowsFor(objective, 8_000, 1), {
        ...{ ...SMALL, objective, trees: 60, minChildWeight: 0.01 },
      });
      const figure = gbdtFigure(settings, scoreGbdt(model, heldOut.matrix, heldOut.rows), heldOut);
      const mean = gbdtFigure(settings, new Float64Array(heldOut.rows).fill(model.baseScore), heldOut);
      if (objective === 'lambda-rank') expect(figure).toBeGreaterThan(mean + 0.1);
      else expect(figure).toBeLessThan(0.8 * mean);
    });
  }

  it('finds the split with the least squared error, at a value that both sides are told apart by', async () => {
    const { model } = await trainGbdt(steps([1, 2, 3, 10, 11, 12], [0, 0, 0, 5, 5, 5]), FREE);
    expect(model.threshold[0]).toBe(6.5);
    expect([...predictGbdt(model, Float32Array.of(-9, 3, 6.5, 6.6, 99), 5)]).toEqual([0, 0, 0, 5, 5]);
  });

  it('missing values go where they belong, also against all numbers', async () => {
    const low = await trainGbdt(steps([1, 2, Number.NaN, 10, 11, Number.NaN], [0, 0, 0, 5, 5, 0]), FREE);
    expect([...predictGbdt(low.model, Float32Array.of(Number.NaN, 1, 10), 3)]).toEqual([0, 0, 5]);
    const high = await trainGbdt(steps([1, 2, Number.NaN, 10, 11, Number.NaN], [0, 0, 5, 5, 5, 5]), FREE);
    expect([...predictGbdt(high.model, Float32Array.of(Number.NaN, 1, 10), 3)]).toEqual([5, 0, 5]);
    const apart = await trainGbdt(steps([1, 2, Number.NaN, 10, 11, Number.NaN], [0, 0, 5, 0, 0, 5]), FREE);
    expect([...predictGbdt(apart.model, Float32Array.of(Number.NaN, 1, 1e9), 3)]).toEqual([5, 0, 0]);
  });

  it('infinities are beyond all numbers, and are told from them', async () => {
    const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;
    const data = steps([NEGATIVE_INFINITY, 1, 2, 3, POSITIVE_INFINITY], [9, 0, 0, 0, -9]);
    const { model } = await trainGbdt(data, { ...FREE, leaves: 3 });
    const asked = Float32Array.of(NEGATIVE_INFINITY, -1e30, 1e30, POSITIVE_INFINITY);
    expect([...predictGbdt(model, asked, 4)]).toEqual([9, 0, 0, -9]);
  });

  it('categories that belong together are split off together; unknown and missing ones go with the others', async () => {
    const values: number[] = [];
    const labels: number[] = [];
    for (let i = 0; i < 400; i++) {
      values.push(i % 8);
      labels.push([1, 4, 6].includes(i % 8) ? 1 : 0);
    }
    const options = { ...FREE, categorical: [0], categoryL2: 0, categorySmoothing: 0 };
    const { model } = await trainGbdt(steps(values, labels), options);
    const asked = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7);
    expect([...predictGbdt(model, asked, 8)]).toEqual([0, 1, 0, 0, 1, 0, 1, 0]);
    const listed = predictGbdt(model, Float32Array.of(model.categories[0]!), 1)[0]!;
    expect([...predictGbdt(model, Float32Array.of(99, Number.NaN), 2)]).toEqual([1 - listed, 1 - listed]);
  });

  it('a monotone column never lowers the score as it rises, whatever the others are', async () => {
    const random = createRandom(5);
    const rows = 4_000;
    const matrix = Float32Array.from({ length: 3 * rows }, () => random.normal());
    // Rises and falls again.
    const labels = Float32Array.from({ length: rows }, (_, row) => {
      const [a, b] = [matrix[3 * row]!, matrix[3 * row + 1]!];
      return Math.sin(3 * a) + a * b + random.normal(0, 0.2);
    });
    const data: GbdtRows = { matrix, rows, columns: 3, labels };
    const options = { objective: 'squared', seed: 1, trees: 40, leaves: 31 } as const;
    const free = await trainGbdt(data, options);
    const bound = await trainGbdt(data, { ...options, monotone: { 0: 1 } });
    const falls = (model: typeof free.model): number => {
      let count = 0;
      for (let i = 0; i < 100; i++) {
        const [b, c] = [random.normal(), random.normal()];
        let before = Number.NEGATIVE_INFINITY;
        for (let a = -4; a <= 4; a += 0.05) {
          const score = scoreGbdt(model, Float32Array.of(a, b, c), 1)[0]!;
          if (score < before - 1e-9) count++;
          before = score;
        }
      }
      return count;
    };
    expect(falls(free.model)).toBeGreaterThan(0);
    expect(falls(bound.model)).toBe(0);
  });

  it('a row of weight 2 counts as two rows, one of weight 0 as none', async () => {
    const twice = await trainGbdt(steps([1, 1, 2, 2, 2], [0, 3, 6, 8, 8]), FREE);
    const weighed = await trainGbdt(
      { ...steps([1, 1, 2, 2, 2], [0, 3, 6, 8, 99]), weights: Float32Array.of(1, 1, 1, 2, 0) },
      FREE,
    );
    expect([...weighed.model.value]).toEqual([...twice.model.value]);
  });

  it('leaves have the rows and weight they must have, and depth its limit', async () => {
    const data = rowsFor('squared', 3_000, 1);
    const { model } = await trainGbdt(data, {
      ...{ ...SMALL, objective: 'squared', minChildRows: 100, maxDepth: 3 },
    });
    for (const [node, column] of model.column.entries()) {
      if (column < 0) expect(model.cover[node]).toBeGreaterThanOrEqual(100);
    }
    for (let tree = 0; tree < treeCount(model); tree++) {
      expect(model.treeStart[tree + 1]! - model.treeStart[tree]!).toBeLessThanOrEqual(15);
    }
    expect([...model.column]).not.toContain(CONSTANT);
  });

  it('L1 and L2 draw leaves to 0', async () => {
    const data = steps([1, 2, 3, 4], [-4, -4, 4, 4]);
    const value = async (options: Partial<GbdtOptions>) =>
      Math.max(...(await trainGbdt(data, { ...FREE, ...options })).model.value);
    expect(await value({})).toBe(4);
    // Σ of gradients 8 over 2 rows: 8 / (2 + 2), and (8 − 2) / 2.
    expect(await value({ l2: 2 })).toBe(2);
    expect(await value({ l1: 2 })).toBe(3);
  });

  it('early stopping keeps the trees that were best on the validation set', async () => {
    const data = rowsFor('logistic', 600, 1);
    const validation = rowsFor('logistic', 600, 2);
    const seen: number[] = [];
    const result = await trainGbdt(
      data,
      { ...SMALL, objective: 'logistic', trees: 400, learningRate: 0.3, earlyStopping: 10 },
      { validation, onProgress: ({ trees }) => seen.push(trees) },
    );
    const best = result.validation.indexOf(Math.min(...result.validation)) + 1;
    expect(treeCount(result.model)).toBe(best);
    expect(result.validation).toHaveLength(best + 10);
    expect(seen.at(-1)).toBe(best + 10);
    const settings = { objective: 'logistic', truncation: 1 } as const;
    const own = gbdtFigure(settings, scoreGbdt(result.model, validation.matrix, 600), validation);
    expect(own).toBeCloseTo(result.validation[best - 1]!, 9);
  });

  it('interrupted, it ends with the reason and leaves no model', async () => {
    for (const kernels of ['plain', 'webassembly'] as const) {
      const abort = new AbortController();
      const training = trainGbdt(
        rowsFor('logistic', 20_000, 1),
        { ...SMALL, objective: 'logistic', trees: 1_000 },
        {
          kernels,
          signal: abort.signal,
          onProgress: ({ trees }) => trees === 2 && abort.abort(new Error('no longer wanted')),
        },
      );
      await expect(training).rejects.toThrow('no longer wanted');
    }
  });
});

describe('what cannot be learned from', () => {
  it('one row, constant columns or too few rows: the mean, and no trees', async () => {
    const one = await trainGbdt(steps([1], [4]), FREE);
    expect([treeCount(one.model), one.model.baseScore]).toEqual([0, 4]);
    const constant = await trainGbdt(steps([7, 7, 7, 7], [1, 2, 3, 4]), FREE);
    expect([...predictGbdt(constant.model, Float32Array.of(7, 8), 2)]).toEqual([2.5, 2.5]);
    const few = await trainGbdt(steps([1, 2, 3, 4], [1, 2, 3, 4]), { ...FREE, minChildRows: 3 });
    expect(treeCount(few.model)).toBe(0);
    const missing = await trainGbdt(steps([Number.NaN, Number.NaN], [1, 2]), FREE);
    expect(treeCount(missing.model)).toBe(0);
  });

  const good = steps([1, 2, 3, 4], [0, 1, 0, 1]);
  const logistic: GbdtOptions = { ...FREE, objective: 'logistic' };
  const ranking: GbdtOptions = { ...FREE, objective: 'lambda-rank' };
  for (const [what, data, options, message] of [
    ['no rows', steps([], []), FREE, /there are no training rows/],
    ['no columns', { ...good, columns: 0 }, FREE, /there are no training rows/],
    ['a matrix that is too small', { ...good, columns: 3 }, FREE, /4 values for 4 × 3/],
    ['too few labels', { ...good, labels: new Float32Array(3) }, FREE, /3 labels for 4 rows/],
    ['one class', steps([1, 2], [1, 1]), logistic, /all labels are of one class/],
    [
      'one class among the rows that weigh anything',
      { ...good, weights: Float32Array.of(1, 0, 2, 0) },
      logistic,
      /all labels are of one class/,
    ],
    ['a label beyond 1', steps([1, 2], [0, 2]), logistic, /the label 2 of row 1/],
    ['a label that is no number', steps([1, 2], [0, Number.NaN]), FREE, /the label NaN of row 1/],
    ['an infinite label', steps([1, 2], [Number.POSITIVE_INFINITY, 0]), FREE, /the label Infinity of row 0/],
    ['a negative weight', { ...good, weights: Float32Array.of(1, -1, 1, 1) }, FREE, /row 1 weighs -1/],
    ['weights of 0', { ...good, weights: new Float32Array(4) }, FREE, /all weights are 0/],
    ['no groups', good, ranking, /needs the sizes of groups/],
    ['groups of other rows', { ...good, groupSizes: Uint32Array.of(2, 3) }, ranking, /groups have 5 rows/],
    [
      'a category that is no whole number',
      steps([1, 2.5], [0, 1]),
      { ...FREE, categorical: [0] },
      /holds 2.5/,
    ],
    ['a categorical column that is not there', good, { ...FREE, categorical: [4] }, /categorical must be/],
    ['an option out of range', good, { ...FREE, learningRate: 0 }, /learningRate must be above 0/],
    ['early stopping alone', good, { ...FREE, earlyStopping: 5 }, /needs a validation set/],
  ] as const) {
    it(`${what}: refused with the reason`, async () => {
      await expect(trainGbdt(data, options)).rejects.toThrow(message);
    });
  }

  it('a validation set that does not fit is named as that', async () => {
    const validation = { ...good, weights: new Float32Array(4) };
    await expect(trainGbdt(good, { ...FREE, earlyStopping: 5 }, { validation })).rejects.toThrow(
      'validation data: all weights are 0',
    );
  });

  it('queries whose rows are all alike teach no order: no trees', async () => {
    for (const labels of [
      [1, 1, 1, 1],
      [0, 0, 0, 0],
    ]) {
      const data = { ...steps([1, 2, 3, 4], labels), groupSizes: Uint32Array.of(2, 2) };
      expect(treeCount((await trainGbdt(data, ranking)).model)).toBe(0);
    }
  });

  it('rows of other columns are not scored', async () => {
    const { model } = await trainGbdt(generatedRows(200, 1, 'number'), { ...FREE, trees: 2 });
    expect(() => scoreGbdt(model, new Float32Array(COLUMNS - 1), 1)).toThrow(/10 values are not 1 rows/);
  });
});
