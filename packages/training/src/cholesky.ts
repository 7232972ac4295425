import { MarqueeError } from '@marquee/service-kit';

/**
 * Solves A x = b for a symmetric positive definite A by Cholesky; a ridge is added where A is singular.
 * @throws MarqueeError DATA_CORRUPT where A holds what is no number: no ridge helps there
 */
export function solveSymmetric(a: Float64Array, b: Float64Array, size: number): Float64Array {
  for (let ridge = 0; ; ridge = ridge === 0 ? 1e-10 : ridge * 100) {
    if (ridge === Number.POSITIVE_INFINITY) {
      throw new MarqueeError('DATA_CORRUPT', 'a matrix to be solved holds values that are not numbers');
    }
    const factor = cholesky(a, size, ridge);
    if (factor === undefined) continue;
    const y = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      let sum = b[i]!;
      for (let j = 0; j < i; j++) sum -= factor[i * size + j]! * y[j]!;
      y[i] = sum / factor[i * size + i]!;
    }
    const solution = new Float64Array(size);
    for (let i = size - 1; i >= 0; i--) {
      let sum = y[i]!;
      for (let j = i + 1; j < size; j++) sum -= factor[j * size + i]! * solution[j]!;
      solution[i] = sum / factor[i * size + i]!;
    }
    return solution;
  }
}

function cholesky(a: Float64Array, size: number, ridge: number): Float64Array | undefined {
  const l = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j]! + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= l[i * size + k]! * l[j * size + k]!;
      if (i === j) {
        if (!(sum > 1e-14)) return undefined;
        l[i * size + i] = Math.sqrt(sum);
      } else {
        l[i * size + j] = sum / l[j * size + j]!;
      }
    }
  }
  return l;
}
