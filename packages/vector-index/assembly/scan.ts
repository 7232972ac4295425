// @ts-nocheck AssemblyScript, not TypeScript: compiled by `npm run build:wasm`, whose result is checked in.
/**
 * Dot products of queries with consecutive rows of float32, four lanes at a time, and the search of the scores
 * for those that matter.
 *
 * Every row is summed in one accumulator in the same order, wherever it stands and however many queries are
 * scanned together, so equal vectors get equal scores. Four rows at a time share the loads of the query; they
 * stand a quarter of the block apart, because four streams keep the memory busier than one (measured: 9 ms
 * instead of 14 ms for 128 MB).
 */

function sum(lanes: v128): f32 {
  return (
    f32x4.extract_lane(lanes, 0) +
    f32x4.extract_lane(lanes, 1) +
    (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3))
  );
}

function addProduct(total: v128, a: v128, b: v128): v128 {
  return f32x4.add(total, f32x4.mul(a, b));
}

/**
 * @param query address of `stride` floats
 * @param rows address of `count × stride` floats
 * @param stride floats per row, a multiple of four
 * @param scores address of `count` floats to write
 */
export function scan(query: usize, rows: usize, stride: u32, count: u32, scores: usize): void {
  const bytes: usize = (<usize>stride) << 2;
  const quarter = count >> 2;
  const rowsApart: usize = <usize>quarter * bytes;
  const scoresApart: usize = (<usize>quarter) << 2;
  let first = rows;
  let score = scores;
  for (let row: u32 = 0; row < quarter; row++) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    const second = first + rowsApart;
    const third = second + rowsApart;
    const fourth = third + rowsApart;
    for (let i: usize = 0; i < bytes; i += 16) {
      const q = v128.load(query + i);
      a = addProduct(a, q, v128.load(first + i));
      b = addProduct(b, q, v128.load(second + i));
      c = addProduct(c, q, v128.load(third + i));
      d = addProduct(d, q, v128.load(fourth + i));
    }
    f32.store(score, sum(a));
    f32.store(score + scoresApart, sum(b));
    f32.store(score + scoresApart * 2, sum(c));
    f32.store(score + scoresApart * 3, sum(d));
    score += 4;
    first += bytes;
  }
  for (let row = quarter << 2; row < count; row++) {
    const at = rows + <usize>row * bytes;
    let a = f32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) {
      a = addProduct(a, v128.load(query + i), v128.load(at + i));
    }
    f32.store(scores + ((<usize>row) << 2), sum(a));
  }
}

/**
 * Two queries in one pass: each load of a row serves both, which is what the processor waits for once the rows
 * are in its cache. The second query stands right after the first, its scores `count` floats after the first's.
 */
export function scanTwo(queries: usize, rows: usize, stride: u32, count: u32, scores: usize): void {
  const bytes: usize = (<usize>stride) << 2;
  const other = queries + bytes;
  const otherScores: usize = (<usize>count) << 2;
  const quarter = count >> 2;
  const rowsApart: usize = <usize>quarter * bytes;
  const scoresApart: usize = (<usize>quarter) << 2;
  let first = rows;
  let score = scores;
  for (let row: u32 = 0; row < quarter; row++) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    let e = f32x4.splat(0);
    let f = f32x4.splat(0);
    let g = f32x4.splat(0);
    let h = f32x4.splat(0);
    const second = first + rowsApart;
    const third = second + rowsApart;
    const fourth = third + rowsApart;
    for (let i: usize = 0; i < bytes; i += 16) {
      const q = v128.load(queries + i);
      const r = v128.load(other + i);
      const v = v128.load(first + i);
      a = addProduct(a, q, v);
      e = addProduct(e, r, v);
      const w = v128.load(second + i);
      b = addProduct(b, q, w);
      f = addProduct(f, r, w);
      const x = v128.load(third + i);
      c = addProduct(c, q, x);
      g = addProduct(g, r, x);
      const y = v128.load(fourth + i);
      d = addProduct(d, q, y);
      h = addProduct(h, r, y);
    }
    f32.store(score, sum(a));
    f32.store(score + scoresApart, sum(b));
    f32.store(score + scoresApart * 2, sum(c));
    f32.store(score + scoresApart * 3, sum(d));
    const twin = score + otherScores;
    f32.store(twin, sum(e));
    f32.store(twin + scoresApart, sum(f));
    f32.store(twin + scoresApart * 2, sum(g));
    f32.store(twin + scoresApart * 3, sum(h));
    score += 4;
    first += bytes;
  }
  for (let row = quarter << 2; row < count; row++) {
    const at = rows + <usize>row * bytes;
    let a = f32x4.splat(0);
    let e = f32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) {
      const v = v128.load(at + i);
      a = addProduct(a, v128.load(queries + i), v);
      e = addProduct(e, v128.load(other + i), v);
    }
    f32.store(scores + ((<usize>row) << 2), sum(a));
    f32.store(scores + otherScores + ((<usize>row) << 2), sum(e));
  }
}

/**
 * Writes the places of all scores that are at least `threshold`, ascending; NaN never is.
 * @param scores address of `count` floats
 * @param places address for up to `count` u32
 * @returns how many
 */
export function atLeast(scores: usize, count: u32, threshold: f32, places: usize): u32 {
  const limit = f32x4.splat(threshold);
  let found = places;
  let i: u32 = 0;
  for (; i + 4 <= count; i += 4) {
    const at = scores + ((<usize>i) << 2);
    if (!v128.any_true(f32x4.ge(v128.load(at), limit))) continue;
    for (let lane: u32 = 0; lane < 4; lane++) {
      if (f32.load(at + ((<usize>lane) << 2)) >= threshold) {
        store<u32>(found, i + lane);
        found += 4;
      }
    }
  }
  for (; i < count; i++) {
    if (f32.load(scores + ((<usize>i) << 2)) >= threshold) {
      store<u32>(found, i);
      found += 4;
    }
  }
  return <u32>((found - places) >> 2);
}
