// @ts-nocheck AssemblyScript, not TypeScript: compiled by `npm run build:wasm`, whose result is checked in.
/**
 * The inverse of a symmetric positive definite matrix of doubles, in place, by block sweeps. Only tiles on and below
 * the diagonal are stored, each TILE × TILE by rows, tile (i, j) at number i (i + 1) / 2 + j. Sweeping block k means
 *
 *     D = Aₖₖ⁻¹,   Aᵢⱼ ← Aᵢⱼ − Aᵢₖ D Aₖⱼ,   Aᵢₖ ← Aᵢₖ D,   Aₖₖ ← −D
 *
 * and after all blocks the matrix is −A⁻¹. It takes n³ operations like Cholesky's way (factor, invert, multiply), but
 * nearly all of them in one product of tiles that any thread can do, with three barriers per block.
 *
 * Panels hold Aₖᵢ and −D Aₖᵢ packed as the product reads them: four columns together, by rows.
 */
const TILE: usize = 128;
const ROW: usize = TILE * 8;
const BYTES: usize = TILE * ROW;
/** Of four packed columns. */
const STRIP: usize = TILE * 32;

function tileAt(tiles: usize, i: usize, j: usize): usize {
  return tiles + (((i * (i + 1)) >> 1) + j) * BYTES;
}

/** Where row k, column c of a packed panel is. */
function packed(panel: usize, k: usize, c: usize): usize {
  return panel + (c >> 2) * STRIP + (k << 5) + ((c & 3) << 3);
}

/**
 * One row of tiles of XᵀX + λI for a 0/1 matrix X; rows from n on are the identity's. Chunk: the tile row.
 * @param scratch room for a row of the matrix
 * @param itemStart, itemUsers the users of each item
 * @param userStart, userItems the items of each user, ascending
 */
export function gramRows(
  chunk: u32,
  scratch: usize,
  tiles: usize,
  n: u32,
  lambda: f64,
  itemStart: usize,
  itemUsers: usize,
  userStart: usize,
  userItems: usize,
): u32 {
  const first: usize = <usize>chunk * TILE;
  for (let r: usize = 0; r < TILE; r++) {
    const i: u32 = <u32>(first + r);
    memory.fill(scratch, 0, (first + TILE) << 3);
    if (i < n) {
      const end = load<u32>(itemStart + ((<usize>i + 1) << 2));
      for (let p = load<u32>(itemStart + ((<usize>i) << 2)); p < end; p++) {
        const user = <usize>load<u32>(itemUsers + ((<usize>p) << 2));
        const last = userItems + ((<usize>load<u32>(userStart + ((user + 1) << 2))) << 2);
        for (let q = userItems + ((<usize>load<u32>(userStart + (user << 2))) << 2); q < last; q += 4) {
          const j = load<u32>(q);
          if (j > i) break;
          const at = scratch + ((<usize>j) << 3);
          f64.store(at, f64.load(at) + 1.0);
        }
      }
    }
    const diagonal = scratch + ((<usize>i) << 3);
    f64.store(diagonal, i < n ? f64.load(diagonal) + lambda : 1.0);
    for (let j: usize = 0; j <= <usize>chunk; j++) {
      memory.copy(tileAt(tiles, chunk, j) + r * ROW, scratch + j * ROW, ROW);
    }
  }
  // The diagonal tile is kept whole.
  const tile = tileAt(tiles, chunk, chunk);
  for (let r: usize = 0; r < TILE; r++) {
    for (let c: usize = r + 1; c < TILE; c++)
      f64.store(tile + r * ROW + (c << 3), f64.load(tile + c * ROW + (r << 3)));
  }
  return 0;
}

/** Writes −D packed. One chunk. Gauss-Jordan on one tile, without pivoting: the matrix is positive definite. */
export function invertPivot(_chunk: u32, scratch: usize, tiles: usize, k: u32, pivot: usize): u32 {
  memory.copy(scratch, tileAt(tiles, k, k), BYTES);
  for (let p: usize = 0; p < TILE; p++) {
    const row = scratch + p * ROW;
    const value = f64.load(row + (p << 3));
    // Also when it is not a number.
    if (!(value > 0.0)) return 1;
    const factor = 1.0 / value;
    f64.store(row + (p << 3), 1.0);
    const factors = f64x2.splat(factor);
    for (let at: usize = 0; at < ROW; at += 16) v128.store(row + at, f64x2.mul(v128.load(row + at), factors));
    for (let i: usize = 0; i < TILE; i++) {
      if (i === p) continue;
      const other = scratch + i * ROW;
      const multiple = f64x2.splat(-f64.load(other + (p << 3)));
      f64.store(other + (p << 3), 0.0);
      for (let at: usize = 0; at < ROW; at += 16) {
        v128.store(other + at, f64x2.relaxed_madd(multiple, v128.load(row + at), v128.load(other + at)));
      }
    }
  }
  for (let r: usize = 0; r < TILE; r++) {
    for (let c: usize = 0; c < TILE; c++)
      f64.store(packed(pivot, r, c), -f64.load(scratch + r * ROW + (c << 3)));
  }
  return 0;
}

/**
 * The panels of one block row, and the swept tile itself. Chunk: the block row i.
 * @param pivot −D packed
 * @param columns, products packed panels of all block rows: Aₖᵢ, and −D Aₖᵢ
 */
export function makePanel(
  chunk: u32,
  _scratch: usize,
  tiles: usize,
  k: u32,
  pivot: usize,
  columns: usize,
  products: usize,
): u32 {
  const i: usize = chunk;
  if (chunk === k) {
    const tile = tileAt(tiles, k, k);
    for (let r: usize = 0; r < TILE; r++) {
      for (let c: usize = 0; c < TILE; c++)
        f64.store(tile + r * ROW + (c << 3), f64.load(packed(pivot, r, c)));
    }
    return 0;
  }
  const below = chunk > k;
  const tile = below ? tileAt(tiles, i, k) : tileAt(tiles, k, i);
  const column = columns + i * BYTES;
  for (let r: usize = 0; r < TILE; r++) {
    for (let c: usize = 0; c < TILE; c++) {
      const value = f64.load(tile + r * ROW + (c << 3));
      f64.store(below ? packed(column, c, r) : packed(column, r, c), value);
    }
  }
  const product = products + i * BYTES;
  memory.fill(product, 0, BYTES);
  // −D is symmetric, so packed it is also its own transpose.
  addProduct(product, 32, STRIP, pivot, column);
  for (let r: usize = 0; r < TILE; r++) {
    for (let c: usize = 0; c < TILE; c++) {
      const value = below ? f64.load(packed(product, c, r)) : f64.load(packed(product, r, c));
      f64.store(tile + r * ROW + (c << 3), -value);
    }
  }
  return 0;
}

/** Adds what a sweep of block k changes in one tile. Chunk: the tile's number. */
export function updateTile(
  chunk: u32,
  _scratch: usize,
  tiles: usize,
  k: u32,
  columns: usize,
  products: usize,
): u32 {
  let i = <u32>((Math.sqrt(8.0 * <f64>chunk + 1.0) - 1.0) / 2.0);
  while ((i * (i + 1)) >> 1 > chunk) i--;
  while (((i + 1) * (i + 2)) >> 1 <= chunk) i++;
  const j = chunk - ((i * (i + 1)) >> 1);
  if (i === k || j === k) return 0;
  addProduct(tileAt(tiles, i, j), ROW, 32, products + <usize>i * BYTES, columns + <usize>j * BYTES);
  return 0;
}

/**
 * C ← C + AᵀB for packed A and B.
 * @param row distance of rows of C in bytes
 * @param strip distance of groups of four columns of C
 */
function addProduct(c: usize, row: usize, strip: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < TILE; i += 4) {
    let out = c + i * row;
    let right = b;
    for (let j: usize = 0; j < TILE; j += 4) {
      let c00 = v128.load(out);
      let c01 = v128.load(out, 16);
      let c10 = v128.load(out + row);
      let c11 = v128.load(out + row, 16);
      let c20 = v128.load(out + 2 * row);
      let c21 = v128.load(out + 2 * row, 16);
      let c30 = v128.load(out + 3 * row);
      let c31 = v128.load(out + 3 * row, 16);
      let left = a;
      for (const end = right + STRIP; right < end; right += 32) {
        const b0 = v128.load(right);
        const b1 = v128.load(right, 16);
        const a0 = v128.load64_splat(left);
        c00 = f64x2.relaxed_madd(a0, b0, c00);
        c01 = f64x2.relaxed_madd(a0, b1, c01);
        const a1 = v128.load64_splat(left, 8);
        c10 = f64x2.relaxed_madd(a1, b0, c10);
        c11 = f64x2.relaxed_madd(a1, b1, c11);
        const a2 = v128.load64_splat(left, 16);
        c20 = f64x2.relaxed_madd(a2, b0, c20);
        c21 = f64x2.relaxed_madd(a2, b1, c21);
        const a3 = v128.load64_splat(left, 24);
        c30 = f64x2.relaxed_madd(a3, b0, c30);
        c31 = f64x2.relaxed_madd(a3, b1, c31);
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
      out += strip;
    }
    a += STRIP;
  }
}
