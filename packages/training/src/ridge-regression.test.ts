import { createRandom } from '@marquee/domain';
import { describe, expect, it } from 'vitest';
import { fitRidge } from './ridge-regression.ts';

const random = createRandom(5);
const rows = 400;
const columns = 3;
/** The last column is constant. */
const matrix = Float32Array.from({ length: rows * columns }, (_, i) =>
  i % columns === 2 ? 7 : random.normal(i % columns, 2),
);
const targets = Float32Array.from(
  { length: rows },
  (_, row) => 1.5 + 2 * matrix[row * columns]! - 0.5 * matrix[row * columns + 1]!,
);

describe('fitRidge', () => {
  it('finds a line that is there, in the columns’ own units, and learns nothing from a constant', async () => {
    const { weights, intercept } = await fitRidge({ matrix, rows, columns, targets, l2: 1e-9 });
    expect(weights[0]).toBeCloseTo(2, 4);
    expect(weights[1]).toBeCloseTo(-0.5, 4);
    expect(weights[2]).toBeCloseTo(0, 12);
    expect(intercept).toBeCloseTo(1.5, 4);
  });

  it('says the mean where the penalty outweighs everything', async () => {
    const { weights, intercept } = await fitRidge({ matrix, rows, columns, targets, l2: 1e9 });
    expect(Math.abs(weights[0]!)).toBeLessThan(1e-6);
    expect(intercept).toBeCloseTo(targets.reduce((sum, y) => sum + y, 0) / rows, 4);
  });
});
