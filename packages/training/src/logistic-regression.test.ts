import { createRandom } from '@marquee/domain';
import { isMarqueeError } from '@marquee/service-kit';
import { describe, expect, it } from 'vitest';
import { type LabelledMatrix, predict, trainLogisticRegression } from './logistic-regression.ts';
import { auc } from './metrics/index.ts';

/** Examples whose labels are drawn from a known model. */
function generated(rows: number, truth: readonly number[], intercept: number, seed = 1): LabelledMatrix {
  const random = createRandom(seed);
  const columns = truth.length;
  const matrix = new Float32Array(rows * columns);
  const labels = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    let z = intercept;
    for (let c = 0; c < columns; c++) {
      // Columns on very different scales and off centre: fitting must not depend on either.
      const value = random.normal(c * 10, 10 ** (c - 1));
      matrix[r * columns + c] = value;
      z += truth[c]! * value;
    }
    labels[r] = random.next() < 1 / (1 + Math.exp(-z)) ? 1 : 0;
  }
  return { matrix, rows, columns, labels };
}

const matrixOf = (rows: number[][], labels: number[]): LabelledMatrix => ({
  matrix: Float32Array.from(rows.flat()),
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
  labels: Float32Array.from(labels),
});

describe('trainLogisticRegression', () => {
  it('recovers the model that made the data', async () => {
    const data = generated(20_000, [8, -1, 0.05], 9);
    const model = await trainLogisticRegression(data, { l2: 1e-6 });
    expect(model.weights[0]).toBeCloseTo(8, 0);
    expect(model.weights[1]! / -1).toBeGreaterThan(0.9);
    expect(model.weights[1]! / -1).toBeLessThan(1.1);
    expect(model.weights[2]! / 0.05).toBeGreaterThan(0.9);
    expect(model.weights[2]! / 0.05).toBeLessThan(1.1);
    expect(auc(predict(model, data.matrix, data.rows), data.labels)).toBeGreaterThan(0.75);
  });

  it('agrees with the closed form for one binary column: log odds of the two groups', async () => {
    // 3 of 4 positive where the column is 1, 1 of 4 where it is 0: weight ln 9, intercept -ln 3.
    const data = matrixOf([[1], [1], [1], [1], [0], [0], [0], [0]], [1, 1, 1, 0, 1, 0, 0, 0]);
    const model = await trainLogisticRegression(data, { l2: 0 });
    expect(model.weights[0]).toBeCloseTo(Math.log(9), 4);
    expect(model.intercept).toBeCloseTo(-Math.log(3), 4);
  });

  it('stays finite on separable data and on a constant column', async () => {
    const model = await trainLogisticRegression(
      matrixOf(
        [
          [1, 5],
          [2, 5],
          [8, 5],
          [9, 5],
        ],
        [0, 0, 1, 1],
      ),
    );
    expect([...model.weights, model.intercept].every(Number.isFinite)).toBe(true);
    expect(model.weights[1]).toBe(0);
    expect(model.weights[0]).toBeGreaterThan(0);
  });

  it('counts a sample of weight two like the sample twice', async () => {
    const once = matrixOf([[1], [2], [3], [4], [2]], [0, 1, 0, 1, 1]);
    const weighted = {
      ...matrixOf([[1], [2], [3], [4]], [0, 1, 0, 1]),
      weights: Float32Array.from([1, 2, 1, 1]),
    };
    const a = await trainLogisticRegression(once, { l2: 0 });
    const b = await trainLogisticRegression(weighted, { l2: 0 });
    expect(b.weights[0]).toBeCloseTo(a.weights[0]!, 4);
    expect(b.intercept).toBeCloseTo(a.intercept, 4);
  });

  it.each([
    ['no examples', { matrix: new Float32Array(0), rows: 0, columns: 3, labels: new Float32Array(0) }],
    ['one class', matrixOf([[1], [2]], [1, 1])],
    ['a value that is no number', matrixOf([[1], [Number.NaN]], [0, 1])],
    ['a label that is no number', matrixOf([[1], [2], [3]], [0, 1, Number.NaN])],
    ['a label beyond 1', matrixOf([[1], [2], [3]], [0, 1, 2])],
    ['a matrix that is too small', { ...matrixOf([[1], [2]], [0, 1]), columns: 2 }],
    ['weights of 0', { ...matrixOf([[1], [2]], [0, 1]), weights: new Float32Array(2) }],
    ['a negative weight', { ...matrixOf([[1], [2], [3]], [0, 1, 0]), weights: Float32Array.of(1, 1, -1) }],
    [
      'a weight that is no number',
      { ...matrixOf([[1], [2]], [0, 1]), weights: Float32Array.of(1, Number.NaN) },
    ],
    [
      'one class among the rows that weigh anything',
      { ...matrixOf([[1], [2]], [0, 1]), weights: Float32Array.of(1, 0) },
    ],
  ])('refuses %s', async (_, data) => {
    const error = await trainLogisticRegression(data).catch((e: unknown) => e);
    expect(isMarqueeError(error, 'BAD_USER_INPUT')).toBe(true);
  });
});
