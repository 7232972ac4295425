/**
 * Vectors as one byte per dimension, and what that leaves out: how a scan may read a quarter of the memory and
 * still find exactly what reading all of it would find.
 *
 * A row v is written as scale × codes + e, a query q as scale × codes + d. With the codes' vectors v' and q'
 *
 *     q·v = q'·v' + q·e + d·v'  ≤  q'·v' + ‖q‖‖e‖ + ‖d‖‖v'‖                    (Cauchy–Schwarz)
 *
 * ‖e‖ is known when the row is written. ‖d‖ is at most √n/2 of the query's scale, which is at most ‖q‖ divided
 * by its largest code, so ‖d‖ ≤ δ‖q‖ for a δ that depends on the number of dimensions alone. Rounding in the
 * float32 scores and in the bound itself is at most a small multiple of 2⁻²⁴‖q‖‖v‖ (Higham, Accuracy and
 * Stability of Numerical Algorithms, section 3.1). All together, with the row's reach
 *
 *     r = ‖e‖ + (δ + rounding) (‖v‖ + ‖e‖)
 *
 * no float32 score is above q'·v' + ‖q‖ r. A row whose bound is below the worst of the k best so far cannot
 * enter; every other row gets its float32 score. Vectors so large or small that products would overflow or
 * vanish get an infinite reach: they are always scored.
 */
import type { MemoryLayout } from './memory-layout.ts';

const ROW_CODES = 127;
/** Norms between which products of two neither overflow nor come near the smallest float32. */
const SMALLEST_NORM = 1e-12;
const LARGEST_NORM = 1e12;
/** Above zero, so that it is infinite when multiplied by infinity. */
const SMALLEST_REACH = 1e-30;
const FLOAT_ERROR = 2 ** -24;
/** For the rounding of norms, and of the results to float32. */
const UPWARDS = 1 + 1e-6;

/** What the kernel multiplies codes with, and adds to their product. */
export interface Coded {
  readonly scale: number;
  readonly reach: number;
}

/** The largest code of a query: products of all dimensions fit into int32. */
function queryCodes(stride: number): number {
  return Math.min(32_767, Math.floor((2 ** 31 - 1) / (ROW_CODES * stride)));
}

/** Writes a row's codes to `codes[at ..]`. The vector's values are finite. */
export function encodeRow(vector: Float32Array, codes: Int8Array, at: number, layout: MemoryLayout): Coded {
  const { largest, norm } = measure(vector);
  const scale = Math.fround(largest / ROW_CODES);
  if (!isRegular(norm) || scale === 0) {
    codes.fill(0, at, at + vector.length);
    return { scale: 0, reach: norm === 0 ? SMALLEST_REACH : Number.POSITIVE_INFINITY };
  }
  let squares = 0;
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i]!;
    const code = nearestCode(value / scale, ROW_CODES);
    codes[at + i] = code;
    const left = value - scale * code;
    squares += left * left;
  }
  const error = Math.sqrt(squares);
  return { scale, reach: Math.fround((error + slack(layout) * (norm + error)) * UPWARDS) };
}

/**
 * Writes a query's codes to `codes[at ..]`, eight side by side and then a gap of eight, where the other query
 * of the pair has its own.
 */
export function encodeQuery(
  vector: Float32Array,
  codes: Int16Array,
  at: number,
  { codeStride }: MemoryLayout,
): Coded {
  const { largest, norm } = measure(vector);
  const top = queryCodes(codeStride);
  const scale = Math.fround(largest / top);
  const regular = isRegular(norm) && scale > 0;
  for (let i = 0; i < codeStride; i++) {
    const value = vector[i] ?? 0;
    codes[at + (i >>> 3) * 16 + (i & 7)] = regular ? nearestCode(value / scale, top) : 0;
  }
  if (regular) return { scale, reach: Math.fround(norm * UPWARDS) };
  return { scale: 0, reach: Number.POSITIVE_INFINITY };
}

/** δ and all rounding, relative to ‖q‖‖v‖. */
function slack({ dimensions, codeStride, stride }: MemoryLayout): number {
  const queryError = (1.01 * Math.sqrt(dimensions)) / (2 * queryCodes(codeStride));
  // One product and a chain of additions per lane, two more for the lanes; the rest is the bound's arithmetic.
  return queryError + (stride / 4 + 32) * FLOAT_ERROR;
}

function nearestCode(value: number, largest: number): number {
  return Math.max(-largest, Math.min(largest, Math.round(value)));
}

function isRegular(norm: number): boolean {
  return norm >= SMALLEST_NORM && norm <= LARGEST_NORM;
}

function measure(vector: Float32Array): { largest: number; norm: number } {
  let largest = 0;
  let squares = 0;
  for (let i = 0; i < vector.length; i++) {
    const value = vector[i]!;
    largest = Math.max(largest, Math.abs(value));
    squares += value * value;
  }
  return { largest, norm: Math.sqrt(squares) };
}
