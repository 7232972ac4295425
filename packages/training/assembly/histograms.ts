// @ts-nocheck AssemblyScript, not TypeScript: compiled by `npm run build:wasm`, whose result is checked in.
/**
 * Binned columns and their histograms, for gradient-boosted trees. src/gbdt/plain/histograms.ts is the same in plain
 * TypeScript, bit for bit.
 *
 * A row's bins lie together, a byte per column; eight columns make a group. A row's
 * gradient, hessian and count are whole numbers packed into one i64 (see boosting-gradients.ts), so adding a row to a bin
 * is one addition, and a group's packed histograms (16 KiB) stay in the first-level cache. After at most PACKED_ROWS rows the
 * fields would overflow; they are then added to sums in doubles, which hold whole numbers exactly, so that the order
 * of additions changes nothing.
 */
const PACKED_ROWS: u32 = 16_384;
/** Bytes of a group's packed histograms: 8 columns × 256 bins × 8. */
const PACKED_BYTES: usize = 16_384;
/** Bytes of a group's sums: 8 columns × 256 bins × (gradient, hessian, count) × 8. */
const GROUP_BYTES: usize = 49_152;
/** Groups whose rows are gathered together: up to a cache line of each row. */
const BAND_GROUPS: u32 = 8;
/** Rows that are gathered at once, a divisor of PACKED_ROWS. */
const BLOCK_ROWS: u32 = 512;
const BLOCK_BYTES: usize = 4_096;
/** Cut points per column, padded with infinity. */
const CUTS: usize = 256;

/**
 * Bins of staged rows. A number's bin is 1 + how many cut points lie below it, a category's 1 + its place, 0 where it is
 * missing or unknown. They are kept twice: row by row for histograms, column by column for partitions.
 * @param categorical address of a byte per column
 */
export function binRows(
  chunk: u32,
  _scratch: usize,
  perChunk: u32,
  staged: u32,
  columns: u32,
  stage: usize,
  cuts: usize,
  categorical: usize,
  firstRow: u32,
  stride: u32,
  bins: usize,
  rows: u32,
  columnBins: usize,
): u32 {
  const last = min((chunk + 1) * perChunk, staged);
  for (let group: u32 = 0; group << 3 < columns; group++) {
    const first = group << 3;
    const end = min(first + 8, columns);
    for (let row = chunk * perChunk; row < last; row++) {
      let packed: u64 = 0;
      for (let column = first; column < end; column++) {
        const value = load<f32>(stage + ((<usize>row * columns + column) << 2));
        const table = cuts + ((<usize>column * CUTS) << 2);
        // Branchless: how many of 256 sorted cut points are less. The last one is infinite, so at most 255.
        let below: usize = 0;
        below += (<usize>(load<f32>(table + ((below + 127) << 2)) < value)) << 7;
        below += (<usize>(load<f32>(table + ((below + 63) << 2)) < value)) << 6;
        below += (<usize>(load<f32>(table + ((below + 31) << 2)) < value)) << 5;
        below += (<usize>(load<f32>(table + ((below + 15) << 2)) < value)) << 4;
        below += (<usize>(load<f32>(table + ((below + 7) << 2)) < value)) << 3;
        below += (<usize>(load<f32>(table + ((below + 3) << 2)) < value)) << 2;
        below += (<usize>(load<f32>(table + ((below + 1) << 2)) < value)) << 1;
        below += <usize>(load<f32>(table + (below << 2)) < value);
        let bin = <u64>below + 1;
        if (load<u8>(categorical + column) !== 0) {
          if (load<f32>(table + (below << 2)) !== value || value === f32.POSITIVE_INFINITY) bin = 0;
        } else if (!(value <= f32.POSITIVE_INFINITY)) {
          // NaN alone is not comparable.
          bin = 0;
        }
        packed |= bin << ((<u64>(column - first)) << 3);
        store<u8>(columnBins + <usize>column * rows + firstRow + row, <u8>bin);
      }
      store<u64>(bins + <usize>(firstRow + row) * stride + ((<usize>group) << 3), packed);
    }
  }
  return 0;
}

function addTo(at: usize, value: i64): void {
  store<i64>(at, load<i64>(at) + value);
}

/** Adds packed histograms to sums and clears them. */
function unpackInto(sums: usize, packed: usize): void {
  let to = sums;
  for (let at = packed; at < packed + PACKED_BYTES; at += 8, to += 24) {
    const value = load<i64>(at);
    if (value === 0) continue;
    store<i64>(at, 0);
    const pair = f64x2(<f64>(<i32>(value >> 37)), <f64>(<i32>((value >> 15) & 0x3fffff)));
    v128.store(to, f64x2.add(v128.load(to), pair));
    store<f64>(to, load<f64>(to, 16) + <f64>(<i32>(value & 0x7fff)), 16);
  }
}

/**
 * Gathers what a block of rows needs, their packed gradients and then the bins of each group: in short loops many fetches
 * are under way at once, and the groups after the first find the rows in the cache.
 */
function gatherRows(
  buffer: usize,
  list: usize,
  count: u32,
  gradients: usize,
  bins: usize,
  stride: u32,
  groupList: usize,
  groups: u32,
): void {
  const end = list + ((<usize>count) << 2);
  let to = buffer;
  for (let at = list; at < end; at += 4, to += 8) {
    store<u64>(to, load<u64>(gradients + ((<usize>load<u32>(at)) << 3)));
  }
  for (let g: u32 = 0; g < groups; g++) {
    const from = bins + ((<usize>load<u32>(groupList + ((<usize>g) << 2))) << 3);
    to = buffer + <usize>(g + 1) * BLOCK_BYTES;
    for (let at = list; at < end; at += 4, to += 8) {
      store<u64>(to, load<u64>(from + <usize>load<u32>(at) * stride));
    }
  }
}

/** Adds a gathered block to one group's packed histograms. */
function addBlock(packed: usize, buffer: usize, block: usize, count: u32): void {
  const end = buffer + ((<usize>count) << 3);
  for (let at = buffer; at < end; at += 8, block += 8) {
    const value = load<i64>(at);
    const low = load<u32>(block);
    const high = load<u32>(block, 4);
    addTo(packed + ((low << 3) & 0x7f8), value);
    addTo(packed + ((low >> 5) & 0x7f8) + 2048, value);
    addTo(packed + ((low >> 13) & 0x7f8) + 4096, value);
    addTo(packed + ((low >> 21) & 0x7f8) + 6144, value);
    addTo(packed + ((high << 3) & 0x7f8) + 8192, value);
    addTo(packed + ((high >> 5) & 0x7f8) + 10240, value);
    addTo(packed + ((high >> 13) & 0x7f8) + 12288, value);
    addTo(packed + ((high >> 21) & 0x7f8) + 14336, value);
  }
}

/**
 * Histograms of a list of rows: chunk = part × bands + band; a part is `perPart` rows, a band eight groups of the list.
 * @param stride bytes from one row's bins to the next one's
 * @param groupList address of the groups' numbers
 * @param into address of the parts' sums, each `groups × GROUP_BYTES` in the order of the list
 */
export function histogramRows(
  chunk: u32,
  scratch: usize,
  perPart: u32,
  begin: u32,
  end: u32,
  rowList: usize,
  gradients: usize,
  bins: usize,
  stride: u32,
  groups: u32,
  groupList: usize,
  into: usize,
): u32 {
  const bands = (groups + BAND_GROUPS - 1) / BAND_GROUPS;
  const part = chunk / bands;
  const firstGroup = (chunk - part * bands) * BAND_GROUPS;
  const own = min(BAND_GROUPS, groups - firstGroup);
  const list = groupList + ((<usize>firstGroup) << 2);
  const sums = into + <usize>(part * groups + firstGroup) * GROUP_BYTES;
  const first = begin + part * perPart;
  const last = min(first + perPart, end);
  const buffer = scratch + BAND_GROUPS * PACKED_BYTES;
  memory.fill(sums, 0, <usize>own * GROUP_BYTES);
  memory.fill(scratch, 0, <usize>own * PACKED_BYTES);
  let unpacked = first;
  for (let from = first; from < last; from += BLOCK_ROWS) {
    const count = min(BLOCK_ROWS, last - from);
    gatherRows(buffer, rowList + ((<usize>from) << 2), count, gradients, bins, stride, list, own);
    for (let g: u32 = 0; g < own; g++) {
      addBlock(scratch + <usize>g * PACKED_BYTES, buffer, buffer + <usize>(g + 1) * BLOCK_BYTES, count);
    }
    const to = from + count;
    if (to - unpacked < PACKED_ROWS && to < last) continue;
    for (let g: u32 = 0; g < own; g++) {
      unpackInto(sums + <usize>g * GROUP_BYTES, scratch + <usize>g * PACKED_BYTES);
    }
    unpacked = to;
  }
  return 0;
}

/**
 * A leaf's histograms from its parts, and what is left of the parent's, in the parent's place: chunk = place of a group.
 * @param parent address of the parent's sums, 0 for none
 */
export function mergeHistograms(
  chunk: u32,
  _scratch: usize,
  parts: u32,
  groups: u32,
  from: usize,
  into: usize,
  parent: usize,
): u32 {
  const offset = <usize>chunk * GROUP_BYTES;
  const step = <usize>groups * GROUP_BYTES;
  for (let at = offset; at < offset + GROUP_BYTES; at += 16) {
    let sum = v128.load(from + at);
    let next = from + at + step;
    for (let part: u32 = 1; part < parts; part++, next += step) sum = f64x2.add(sum, v128.load(next));
    v128.store(into + at, sum);
    if (parent !== 0) v128.store(parent + at, f64x2.sub(v128.load(parent + at), sum));
  }
  return 0;
}
