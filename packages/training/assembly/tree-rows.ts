// @ts-nocheck AssemblyScript, not TypeScript: compiled by `npm run build:wasm`, whose result is checked in.
/**
 * Which rows are in which leaf of a growing tree, and what the leaves are worth. src/gbdt/plain/tree-rows.ts is the same in
 * plain TypeScript, bit for bit. Rows of a leaf keep ascending order.
 */

/**
 * Divides a leaf's rows: the left ones of a chunk go to the chunk's place in `leftRows`, the right ones to its place in
 * `rightRows`; how many went left to `counts`.
 * @param bins address of the column's bins, a byte per row
 * @param table address of a byte per bin: 1 goes left
 */
export function partitionRows(
  chunk: u32,
  _scratch: usize,
  perChunk: u32,
  begin: u32,
  end: u32,
  rowList: usize,
  leftRows: usize,
  rightRows: usize,
  bins: usize,
  table: usize,
  counts: usize,
): u32 {
  const first = begin + chunk * perChunk;
  const last = min(first + perChunk, end);
  let left = leftRows + ((<usize>first) << 2);
  let right = rightRows + ((<usize>first) << 2);
  const start = left;
  for (let i = first; i < last; i++) {
    const row = load<u32>(rowList + ((<usize>i) << 2));
    const goesLeft = <usize>load<u8>(table + <usize>load<u8>(bins + row));
    // Written to both; only one place moves on.
    store<u32>(left, row);
    store<u32>(right, row);
    left += goesLeft << 2;
    right += (1 - goesLeft) << 2;
  }
  store<u32>(counts + ((<usize>chunk) << 2), <u32>((left - start) >> 2));
  return 0;
}

/** Copies a chunk's divided rows back to where its offset in the left and in the right leaf is. */
export function placeRows(
  chunk: u32,
  _scratch: usize,
  perChunk: u32,
  begin: u32,
  end: u32,
  rowList: usize,
  leftRows: usize,
  rightRows: usize,
  counts: usize,
  leftPlaces: usize,
): u32 {
  const first = begin + chunk * perChunk;
  const count = min(perChunk, end - first);
  const left = load<u32>(counts + ((<usize>chunk) << 2));
  // Places of the chunk's left rows, from the beginning of the list; one more holds where the right leaf begins.
  const leftAt = load<u32>(leftPlaces + ((<usize>chunk) << 2));
  const chunks = (end - begin + perChunk - 1) / perChunk;
  const middle = load<u32>(leftPlaces + ((<usize>chunks) << 2));
  const rightAt = middle + (first - begin) - (leftAt - begin);
  memory.copy(rowList + ((<usize>leftAt) << 2), leftRows + ((<usize>first) << 2), (<usize>left) << 2);
  memory.copy(
    rowList + ((<usize>rightAt) << 2),
    rightRows + ((<usize>first) << 2),
    (<usize>(count - left)) << 2,
  );
  return 0;
}

/**
 * Writes down which leaf the rows of a block are in: chunk = block.
 * @param blocks address of (first, end, leaf) per block
 * @param leaves address of two bytes per row
 */
export function markLeaves(chunk: u32, _scratch: usize, blocks: usize, rowList: usize, leaves: usize): u32 {
  const block = blocks + <usize>chunk * 12;
  const last = load<u32>(block, 4);
  const leaf = <u16>load<u32>(block, 8);
  for (let i = load<u32>(block); i < last; i++) {
    store<u16>(leaves + ((<usize>load<u32>(rowList + ((<usize>i) << 2))) << 1), leaf);
  }
  return 0;
}

/**
 * Sums of exact gradients and hessians by leaf, of a chunk of all rows.
 * @param packed address, to leave out rows that are not in the sample; 0 where all are
 * @param sums address of (gradient, hessian) per chunk and leaf, doubles
 */
export function sumLeaves(
  chunk: u32,
  _scratch: usize,
  perChunk: u32,
  rows: u32,
  pairs: usize,
  packed: usize,
  leaves: usize,
  count: u32,
  sums: usize,
): u32 {
  const own = sums + <usize>(chunk * count) * 16;
  const last = min((chunk + 1) * perChunk, rows);
  memory.fill(own, 0, (<usize>count) << 4);
  for (let row = chunk * perChunk; row < last; row++) {
    const at = (<usize>row) << 3;
    if (packed !== 0 && load<i64>(packed + at) === 0) continue;
    const sum = own + ((<usize>load<u16>(leaves + ((<usize>row) << 1))) << 4);
    v128.store(sum, f64x2.add(v128.load(sum), f64x2.promote_low_f32x4(v128.load64_zero(pairs + at))));
  }
  return 0;
}

/** Adds its leaf's value to the score of each row of a chunk. @param values address of a float32 per leaf */
export function addScores(
  chunk: u32,
  _scratch: usize,
  perChunk: u32,
  rows: u32,
  leaves: usize,
  values: usize,
  scores: usize,
): u32 {
  const last = min((chunk + 1) * perChunk, rows);
  for (let row = chunk * perChunk; row < last; row++) {
    const at = scores + ((<usize>row) << 2);
    const leaf = <usize>load<u16>(leaves + ((<usize>row) << 1));
    store<f32>(at, load<f32>(at) + load<f32>(values + (leaf << 2)));
  }
  return 0;
}
