import { isMarqueeError } from '@marquee/service-kit';
import { expect, it } from 'vitest';
import { solveSymmetric } from './cholesky.ts';

it('solves by hand, and a singular matrix as if it had a ridge', () => {
  // 4x + 2y = 10, 2x + 3y = 11.
  const solved = solveSymmetric(Float64Array.of(4, 2, 2, 3), Float64Array.of(10, 11), 2);
  expect(solved[0]).toBeCloseTo(1, 12);
  expect(solved[1]).toBeCloseTo(3, 12);
  const [x, y] = solveSymmetric(Float64Array.of(1, 1, 1, 1), Float64Array.of(2, 2), 2);
  expect(x! + y!).toBeCloseTo(2, 6);
});

it('a matrix with something that is no number is refused; it was tried for ever', () => {
  let thrown: unknown;
  try {
    solveSymmetric(Float64Array.of(1, Number.NaN, Number.NaN, 1), Float64Array.of(1, 1), 2);
  } catch (error) {
    thrown = error;
  }
  expect(isMarqueeError(thrown, 'DATA_CORRUPT')).toBe(true);
});
