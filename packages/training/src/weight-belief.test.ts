import { createRandom } from '@marquee/domain';
import { isMarqueeError } from '@marquee/service-kit';
import { describe, expect, it } from 'vitest';
import { type LabelledMatrix, trainLogisticRegression } from './logistic-regression.ts';
import { whereZero } from './weight-belief.ts';

const TRUTH = [0.8, -1.2, 0.02];

/** Columns on very different scales, off centre, and correlated. */
function drawn(rows: number, seed: number, truth: readonly number[] = TRUTH): LabelledMatrix {
  const random = createRandom(seed);
  const columns = truth.length;
  const matrix = new Float32Array(rows * columns);
  const labels = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const shared = random.normal(0, 1);
    const values = [shared + random.normal(0, 0.5), 3 + shared, random.normal(100, 40)];
    matrix.set(values, row * columns);
    const z = values.reduce((sum, value, c) => sum + value * truth[c]!, -2);
    labels[row] = Number(random.next() < 1 / (1 + Math.exp(-z)));
  }
  return { matrix, rows, columns, labels };
}

function both(a: LabelledMatrix, b: LabelledMatrix): LabelledMatrix {
  return {
    ...{ rows: a.rows + b.rows, columns: a.columns },
    matrix: Float32Array.of(...a.matrix, ...b.matrix),
    labels: Float32Array.of(...a.labels, ...b.labels),
  };
}

describe('what earlier rows told of the weights', () => {
  const [first, second] = [drawn(3_000, 1), drawn(600, 2)];
  const noPenalty = { l2: 0 };

  it('goes into a later fit, which ends where one fit on all rows does', async () => {
    const { belief } = await trainLogisticRegression(first, noPenalty);
    const goneOn = await trainLogisticRegression(second, { ...noPenalty, prior: belief });
    const whole = await trainLogisticRegression(both(first, second), noPenalty);
    const alone = await trainLogisticRegression(second, noPenalty);
    for (const [c, weight] of whole.weights.entries()) {
      const off = Math.abs(goneOn.weights[c]! - weight);
      expect(off).toBeLessThan(0.15 * Math.abs(alone.weights[c]! - weight) + 0.003 * Math.abs(weight));
      // And it is as sure of it.
      const at = c * 4;
      expect(goneOn.belief.precision[at]! / whole.belief.precision[at]!).toBeGreaterThan(0.95);
      expect(goneOn.belief.precision[at]! / whole.belief.precision[at]!).toBeLessThan(1.05);
    }
  });

  it('does not hang on where the columns lie or how often a row is counted', async () => {
    const shifted = {
      ...second,
      matrix: second.matrix.map((value, at) => (at % 3 === 2 ? value + 500 : value)),
    };
    const [a, b] = [
      (await trainLogisticRegression(second, noPenalty)).belief,
      (await trainLogisticRegression(shifted, noPenalty)).belief,
    ];
    for (const [at, value] of a.precision.entries()) expect(b.precision[at]! / value).toBeCloseTo(1, 2);
    const twice = { ...second, weights: new Float32Array(second.rows).fill(2) };
    const { belief } = await trainLogisticRegression(twice, noPenalty);
    for (const [at, value] of a.precision.entries()) expect(belief.precision[at]! / value).toBeCloseTo(2, 4);
  });

  it('knows nothing of a column that never varied, and nothing of it is lost in a set where it does not vary', async () => {
    const constant = { ...second, matrix: second.matrix.map((value, at) => (at % 3 === 0 ? 7 : value)) };
    const { belief } = await trainLogisticRegression(constant, { l2: 1e-2 });
    expect([...belief.precision.subarray(0, 3)].every((value) => Math.abs(value) < 1e-9)).toBe(true);
    const known = (await trainLogisticRegression(first, noPenalty)).belief;
    const goneOn = await trainLogisticRegression(constant, { ...noPenalty, prior: known });
    expect(goneOn.weights[0]).toBeGreaterThan(0.4);
    expect(goneOn.belief.precision[0]! / known.precision[0]!).toBeCloseTo(1, 3);
  });

  it('without a column is what it says where that one weighs nothing', async () => {
    const { belief, weights } = await trainLogisticRegression(first, noPenalty);
    const withoutFirst = { ...second, matrix: second.matrix.map((value, at) => (at % 3 === 0 ? 0 : value)) };
    const goneOn = await trainLogisticRegression(withoutFirst, { l2: 1e-9, prior: whereZero(belief, [0]) });
    expect(goneOn.weights[0]).toBeCloseTo(0, 9);
    // The second column is correlated with the first and takes over what it said.
    expect(goneOn.weights[1]).toBeGreaterThan(weights[1]! + 0.2);
  });

  it('is refused where it is of other columns', async () => {
    const prior = { precision: new Float64Array(4), precisionMean: new Float64Array(2) };
    const error = await trainLogisticRegression(second, { prior }).catch((e: unknown) => e);
    expect(isMarqueeError(error, 'BAD_USER_INPUT')).toBe(true);
  });
});
