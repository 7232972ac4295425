// @ts-nocheck AssemblyScript, not TypeScript: compiled by `npm run build:wasm`, whose result is checked in.
/**
 * The two steps of a scan. The first reads one byte per dimension and finds the rows whose score could reach a
 * threshold; the second computes the float32 scores of those alone. `src/exact/codes.ts` says why the first
 * leaves out nothing. A row's upper bound for a query is
 *
 *     (codes of the row · codes of the query) × row scale × query scale  +  row reach × query reach
 *
 * Codes of rows are int8, those of queries int16, summed in int32. Rows go four at a time, because they share
 * the loads of the query and the end of the sums; a second query shares the loads of the rows.
 */

/** [Σa, Σb, Σc, Σd] as floats. */
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return f32x4.convert_i32x4_s(
    i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7)),
  );
}

function addProduct(total: v128, a: v128, b: v128): v128 {
  return i32x4.add(total, i32x4.dot_i16x8_s(a, b));
}

/** Which of four rows reach a query's threshold. @param limits address of scale, reach and threshold */
function reached(products: v128, scales: v128, reaches: v128, limits: usize): v128 {
  const bounds = f32x4.add(
    f32x4.mul(f32x4.mul(products, scales), v128.load32_splat(limits)),
    f32x4.mul(reaches, v128.load32_splat(limits, 4)),
  );
  return f32x4.ge(bounds, v128.load32_splat(limits, 8));
}

function keep(mask: v128, row: u32, place: usize): usize {
  if (!v128.any_true(mask)) return place;
  const bits = <u32>i32x4.bitmask(mask);
  for (let lane: u32 = 0; lane < 4; lane++) {
    if ((bits & (1 << lane)) === 0) continue;
    store<u32>(place, row + lane);
    place += 4;
  }
  return place;
}

/**
 * Rows that can reach the threshold of the first query of a pair.
 *
 * @param queries address of the pair's codes: 8 int16 of the first query, 8 of the second, and so on
 * @param limits address of the first query's scale, reach and threshold, three floats
 * @param codes address of `count × stride` int8
 * @param scales address of `count` floats
 * @param reaches address of `count` floats
 * @param stride codes per row, a multiple of 8
 * @param count a multiple of four
 * @param places address for up to `count` u32: numbers of rows, ascending
 * @returns how many
 */
export function findForOne(
  queries: usize,
  limits: usize,
  codes: usize,
  scales: usize,
  reaches: usize,
  stride: u32,
  count: u32,
  places: usize,
): u32 {
  const second: usize = stride;
  const third: usize = second << 1;
  const fourth: usize = second + third;
  let place = places;
  for (let row: u32 = 0; row < count; row += 4) {
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    let query = queries;
    for (const end = codes + stride; codes < end; codes += 8) {
      const q = v128.load(query);
      a = addProduct(a, q, v128.load8x8_s(codes));
      b = addProduct(b, q, v128.load8x8_s(codes + second));
      c = addProduct(c, q, v128.load8x8_s(codes + third));
      d = addProduct(d, q, v128.load8x8_s(codes + fourth));
      query += 32;
    }
    codes += fourth;
    place = keep(reached(sums(a, b, c, d), v128.load(scales), v128.load(reaches), limits), row, place);
    scales += 16;
    reaches += 16;
  }
  return <u32>((place - places) >> 2);
}

/**
 * The same for both queries of a pair in one pass. The second query's limits follow the first's, its places
 * begin `count` after the first's.
 *
 * @returns how many for the first query in the lower, for the second in the upper 16 bits
 */
export function findForTwo(
  queries: usize,
  limits: usize,
  codes: usize,
  scales: usize,
  reaches: usize,
  stride: u32,
  count: u32,
  places: usize,
): u32 {
  const second: usize = stride;
  const third: usize = second << 1;
  const fourth: usize = second + third;
  const otherPlaces = places + ((<usize>count) << 2);
  let place = places;
  let otherPlace = otherPlaces;
  for (let row: u32 = 0; row < count; row += 4) {
    let a = i32x4.splat(0);
    let b = i32x4.splat(0);
    let c = i32x4.splat(0);
    let d = i32x4.splat(0);
    let e = i32x4.splat(0);
    let f = i32x4.splat(0);
    let g = i32x4.splat(0);
    let h = i32x4.splat(0);
    let query = queries;
    for (const end = codes + stride; codes < end; codes += 8) {
      const q = v128.load(query);
      const r = v128.load(query, 16);
      const v = v128.load8x8_s(codes);
      a = addProduct(a, q, v);
      e = addProduct(e, r, v);
      const w = v128.load8x8_s(codes + second);
      b = addProduct(b, q, w);
      f = addProduct(f, r, w);
      const x = v128.load8x8_s(codes + third);
      c = addProduct(c, q, x);
      g = addProduct(g, r, x);
      const y = v128.load8x8_s(codes + fourth);
      d = addProduct(d, q, y);
      h = addProduct(h, r, y);
      query += 32;
    }
    codes += fourth;
    const rowScales = v128.load(scales);
    const rowReaches = v128.load(reaches);
    place = keep(reached(sums(a, b, c, d), rowScales, rowReaches, limits), row, place);
    otherPlace = keep(reached(sums(e, f, g, h), rowScales, rowReaches, limits + 12), row, otherPlace);
    scales += 16;
    reaches += 16;
  }
  return <u32>((place - places) >> 2) | ((<u32>((otherPlace - otherPlaces) >> 2)) << 16);
}

/**
 * The float32 scores of some rows. Every row is summed in the same order, wherever it stands, so equal vectors
 * get equal scores.
 *
 * @param query address of `stride` floats
 * @param rows address of rows of `stride` floats
 * @param stride floats per row, a multiple of four
 * @param places address of `count` u32, numbers of rows
 * @param scores address of `count` floats to write
 */
export function score(
  query: usize,
  rows: usize,
  stride: u32,
  places: usize,
  count: u32,
  scores: usize,
): void {
  const bytes: usize = (<usize>stride) << 2;
  for (let i: u32 = 0; i < count; i++) {
    const row = rows + <usize>load<u32>(places) * bytes;
    let lanes = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) {
      lanes = f32x4.add(lanes, f32x4.mul(v128.load(query + at), v128.load(row + at)));
    }
    f32.store(
      scores,
      f32x4.extract_lane(lanes, 0) +
        f32x4.extract_lane(lanes, 1) +
        (f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3)),
    );
    places += 4;
    scores += 4;
  }
}
