// @ts-nocheck AssemblyScript, not TypeScript: compiled by `npm run build:wasm`, whose result is checked in.
/**
 * Regularised least squares for many rows that share a Gramian (one half of an iALS iteration):
 *
 *     (weight · G + Σ x xᵀ + λ I) w = Σ x        over the row's vectors x
 *
 * where λ is the row's own. Vectors are d float32, d a multiple of 8. The matrix's upper triangle is summed in registers, four rows by eight columns, over up to BATCH gathered vectors that stay in the first-level cache; then
 * it is factorised as UᵀU by the same four rows at a time.
 */
const BATCH: u32 = 96;

/**
 * Gathers vectors eight columns together, as `addOuterProducts` reads them.
 * @param places address of the numbers of vectors, or 0 for `first`, `first + 1`, …
 */
function gather(buffer: usize, vectors: usize, d: u32, places: usize, first: u32, count: u32): void {
  const bytes: usize = (<usize>d) << 2;
  const strip: usize = (<usize>count) << 5;
  for (let k: u32 = 0; k < count; k++) {
    const place = places === 0 ? first + k : load<u32>(places + ((<usize>k) << 2));
    const end = vectors + (<usize>place + 1) * bytes;
    let to = buffer + ((<usize>k) << 5);
    for (let from = end - bytes; from < end; from += 32) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      to += strip;
    }
  }
}

/** Adds Σ x xᵀ to the upper triangle of a d × d matrix. */
function addOuterProducts(matrix: usize, buffer: usize, d: u32, count: u32): void {
  const row: usize = (<usize>d) << 2;
  const strip: usize = (<usize>count) << 5;
  for (let r: u32 = 0; r < d; r += 4) {
    const rows = buffer + <usize>(r >> 3) * strip + ((<usize>(r & 4)) << 2);
    for (let c: u32 = r & ~7; c < d; c += 8) {
      const out = matrix + <usize>r * row + ((<usize>c) << 2);
      let c00 = v128.load(out);
      let c01 = v128.load(out, 16);
      let c10 = v128.load(out + row);
      let c11 = v128.load(out + row, 16);
      let c20 = v128.load(out + 2 * row);
      let c21 = v128.load(out + 2 * row, 16);
      let c30 = v128.load(out + 3 * row);
      let c31 = v128.load(out + 3 * row, 16);
      let left = rows;
      let right = buffer + <usize>(c >> 3) * strip;
      for (const end = right + strip; right < end; right += 32) {
        const b0 = v128.load(right);
        const b1 = v128.load(right, 16);
        const a0 = v128.load32_splat(left);
        c00 = f32x4.relaxed_madd(a0, b0, c00);
        c01 = f32x4.relaxed_madd(a0, b1, c01);
        const a1 = v128.load32_splat(left, 4);
        c10 = f32x4.relaxed_madd(a1, b0, c10);
        c11 = f32x4.relaxed_madd(a1, b1, c11);
        const a2 = v128.load32_splat(left, 8);
        c20 = f32x4.relaxed_madd(a2, b0, c20);
        c21 = f32x4.relaxed_madd(a2, b1, c21);
        const a3 = v128.load32_splat(left, 12);
        c30 = f32x4.relaxed_madd(a3, b0, c30);
        c31 = f32x4.relaxed_madd(a3, b1, c31);
        left += 32;
      }
      v128.store(out, c00);
      v128.store(out, c01, 16);
      v128.store(out + row, c10);
      v128.store(out + row, c11, 16);
      v128.store(out + 2 * row, c20);
      v128.store(out + 2 * row, c21, 16);
      v128.store(out + 3 * row, c30);
      v128.store(out + 3 * row, c31, 16);
    }
  }
}

/** row ← row − factor × other, from column `from` (rounded down to four) to d. */
function subtractRow(row: usize, other: usize, factor: f32, from: u32, d: u32): void {
  const factors = f32x4.splat(-factor);
  for (let at = (<usize>(from & ~3)) << 2; at < (<usize>d) << 2; at += 16) {
    v128.store(row + at, f32x4.relaxed_madd(factors, v128.load(other + at), v128.load(row + at)));
  }
}

/** The upper triangle becomes U with UᵀU = A; what is below the diagonal is not kept. 1 when A is not positive definite. */
function factorise(matrix: usize, d: u32): u32 {
  const row: usize = (<usize>d) << 2;
  for (let r: u32 = 0; r < d; r += 4) {
    // Four rows minus what the rows above them contribute.
    if (r > 0) {
      for (let c: u32 = r & ~7; c < d; c += 8) {
        const out = matrix + <usize>r * row + ((<usize>c) << 2);
        let c00 = v128.load(out);
        let c01 = v128.load(out, 16);
        let c10 = v128.load(out + row);
        let c11 = v128.load(out + row, 16);
        let c20 = v128.load(out + 2 * row);
        let c21 = v128.load(out + 2 * row, 16);
        let c30 = v128.load(out + 3 * row);
        let c31 = v128.load(out + 3 * row, 16);
        let left = matrix + ((<usize>r) << 2);
        let right = matrix + ((<usize>c) << 2);
        for (const end = left + <usize>r * row; left < end; left += row) {
          const b0 = v128.load(right);
          const b1 = v128.load(right, 16);
          const a0 = v128.load32_splat(left);
          c00 = f32x4.relaxed_nmadd(a0, b0, c00);
          c01 = f32x4.relaxed_nmadd(a0, b1, c01);
          const a1 = v128.load32_splat(left, 4);
          c10 = f32x4.relaxed_nmadd(a1, b0, c10);
          c11 = f32x4.relaxed_nmadd(a1, b1, c11);
          const a2 = v128.load32_splat(left, 8);
          c20 = f32x4.relaxed_nmadd(a2, b0, c20);
          c21 = f32x4.relaxed_nmadd(a2, b1, c21);
          const a3 = v128.load32_splat(left, 12);
          c30 = f32x4.relaxed_nmadd(a3, b0, c30);
          c31 = f32x4.relaxed_nmadd(a3, b1, c31);
          right += row;
        }
        v128.store(out, c00);
        v128.store(out, c01, 16);
        v128.store(out + row, c10);
        v128.store(out + row, c11, 16);
        v128.store(out + 2 * row, c20);
        v128.store(out + 2 * row, c21, 16);
        v128.store(out + 3 * row, c30);
        v128.store(out + 3 * row, c31, 16);
      }
    }
    for (let i: u32 = 0; i < 4; i++) {
      const own = matrix + <usize>(r + i) * row;
      for (let j: u32 = 0; j < i; j++) {
        const above = matrix + <usize>(r + j) * row;
        subtractRow(own, above, f32.load(above + ((<usize>(r + i)) << 2)), r + i, d);
      }
      const value = f32.load(own + ((<usize>(r + i)) << 2));
      if (!(value > 0)) return 1;
      const factors = f32x4.splat(<f32>(1.0 / Math.sqrt(<f64>value)));
      for (let at = (<usize>((r + i) & ~3)) << 2; at < row; at += 16) {
        v128.store(own + at, f32x4.mul(v128.load(own + at), factors));
      }
    }
  }
  return 0;
}

/** Solves UᵀU w = b in place of b. */
function solve(matrix: usize, b: usize, d: u32): void {
  const row: usize = (<usize>d) << 2;
  for (let k: u32 = 0; k < d; k++) {
    const own = matrix + <usize>k * row;
    const at = b + ((<usize>k) << 2);
    const value = f32.load(at) / f32.load(own + ((<usize>k) << 2));
    f32.store(at, value);
    let c: u32 = k + 1;
    for (; c < d && (c & 3) !== 0; c++) {
      const other = b + ((<usize>c) << 2);
      f32.store(other, f32.load(other) - value * f32.load(own + ((<usize>c) << 2)));
    }
    if (c < d) subtractRow(b, own, value, c, d);
  }
  for (let k: i32 = <i32>d - 1; k >= 0; k--) {
    const own = matrix + <usize>k * row;
    let value = f32.load(b + ((<usize>k) << 2));
    let c: u32 = <u32>k + 1;
    for (; c < d && (c & 3) !== 0; c++)
      value -= f32.load(own + ((<usize>c) << 2)) * f32.load(b + ((<usize>c) << 2));
    let sums = f32x4.splat(0);
    for (; c < d; c += 4) {
      sums = f32x4.relaxed_madd(v128.load(own + ((<usize>c) << 2)), v128.load(b + ((<usize>c) << 2)), sums);
    }
    value -=
      f32x4.extract_lane(sums, 0) +
      f32x4.extract_lane(sums, 1) +
      (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
    f32.store(b + ((<usize>k) << 2), value / f32.load(own + ((<usize>k) << 2)));
  }
}

/**
 * Solves `perChunk` rows. Rows without vectors become zero.
 * @param scratch BATCH × d + d × d floats
 * @param gram upper triangle of G, d × d
 * @param start, places which vectors each row has
 * @param lambdas a float per row
 */
export function solveRows(
  chunk: u32,
  scratch: usize,
  perChunk: u32,
  rows: u32,
  d: u32,
  gram: usize,
  start: usize,
  places: usize,
  vectors: usize,
  results: usize,
  lambdas: usize,
  weight: f32,
): u32 {
  const bytes: usize = (<usize>d) << 2;
  const matrix = scratch;
  const buffer = scratch + bytes * <usize>d;
  const weights = f32x4.splat(weight);
  const first = chunk * perChunk;
  const last = min(first + perChunk, rows);
  for (let row = first; row < last; row++) {
    const b = results + <usize>row * bytes;
    memory.fill(b, 0, bytes);
    const begin = load<u32>(start + ((<usize>row) << 2));
    const end = load<u32>(start + ((<usize>row) << 2), 4);
    if (begin === end) continue;
    for (let at: usize = 0; at < bytes * <usize>d; at += 16) {
      v128.store(matrix + at, f32x4.mul(v128.load(gram + at), weights));
    }
    const regularisation = f32.load(lambdas + ((<usize>row) << 2));
    for (let i: u32 = 0; i < d; i++) {
      const at = matrix + <usize>i * (bytes + 4);
      f32.store(at, f32.load(at) + regularisation);
    }
    for (let from = begin; from < end; from += BATCH) {
      const count = min(BATCH, end - from);
      const batch = places + ((<usize>from) << 2);
      gather(buffer, vectors, d, batch, 0, count);
      addOuterProducts(matrix, buffer, d, count);
      for (let k: u32 = 0; k < count; k++) {
        const vector = vectors + <usize>load<u32>(batch + ((<usize>k) << 2)) * bytes;
        for (let at: usize = 0; at < bytes; at += 16) {
          v128.store(b + at, f32x4.add(v128.load(b + at), v128.load(vector + at)));
        }
      }
    }
    if (factorise(matrix, d) !== 0) return 1;
    solve(matrix, b, d);
  }
  return 0;
}

/** The part of the Gramian that `perChunk` vectors make; part `chunk` of `parts`, d × d each, upper triangles. */
export function gramChunk(
  chunk: u32,
  scratch: usize,
  perChunk: u32,
  rows: u32,
  d: u32,
  vectors: usize,
  parts: usize,
): u32 {
  const size: usize = ((<usize>d) << 2) * <usize>d;
  const part = parts + <usize>chunk * size;
  memory.fill(part, 0, size);
  const last = min((chunk + 1) * perChunk, rows);
  for (let from = chunk * perChunk; from < last; from += BATCH) {
    const count = min(BATCH, last - from);
    gather(scratch, vectors, d, 0, from, count);
    addOuterProducts(part, scratch, d, count);
  }
  return 0;
}
