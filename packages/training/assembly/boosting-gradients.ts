// @ts-nocheck AssemblyScript, not TypeScript: compiled by `npm run build:wasm`, whose result is checked in.
/**
 * Gradients and hessians of the boosted objectives, and their rounding to whole numbers. src/gbdt/plain/gradients.ts is the
 * same in plain TypeScript, bit for bit; so `exp` is written out, in operations that IEEE 754 defines to the last bit.
 *
 * Gradient pairs are two float32 per row. Packed they are one i64: gradient × 2³⁷ + hessian × 2¹⁵ + count, with
 * |gradient| ≤ 4095, hessian ≤ 255, count 1 (0 for a row that is not in the sample), so that 16,384 rows can be
 * added before a field overflows. Rounding is random and without bias (Shi et al. 2022, Quantized training of
 * gradient boosting decision trees).
 */
const LOG2_E: f64 = Math.LOG2E;
const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;
/** Adding and subtracting it rounds to a whole number, ties to even. */
const ROUNDER: f64 = 6755399441055744;
const MIN_HESSIAN: f64 = 1e-16;

/** e^x within 40 ulp (1e-14) for |x| ≤ 700, beyond that of ±700. */
function exp(x: f64): f64 {
  const y: f64 = x > 700 ? 700 : x < -700 ? -700 : x;
  const n: f64 = y * LOG2_E + ROUNDER - ROUNDER;
  const r: f64 = y - n * LN2_HIGH - n * LN2_LOW;
  let p: f64 = 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1;
  p = p * r + 1;
  return p * reinterpret<f64>((<i64>n + 1023) << 52);
}

/** Keeps the greatest absolute gradient and hessian of a chunk, which the rounding scales by. */
function storeGreatest(greatest: usize, chunk: u32, gradient: f32, hessian: f32): void {
  store<f32>(greatest + ((<usize>chunk) << 3), gradient);
  store<f32>(greatest + ((<usize>chunk) << 3), hessian, 4);
}

/** Log loss of the logistic function of the score. Labels 0 to 1. @param weights address, or 0 for all 1 */
export function logisticGradients(
  chunk: u32,
  _scratch: usize,
  perChunk: u32,
  rows: u32,
  scores: usize,
  labels: usize,
  weights: usize,
  pairs: usize,
  greatest: usize,
): u32 {
  const last = min((chunk + 1) * perChunk, rows);
  let maxGradient: f32 = 0;
  let maxHessian: f32 = 0;
  for (let row = chunk * perChunk; row < last; row++) {
    const at = (<usize>row) << 2;
    const probability: f64 = 1 / (1 + exp(-(<f64>load<f32>(scores + at))));
    const weight: f64 = weights === 0 ? 1 : <f64>load<f32>(weights + at);
    const gradient = <f32>(weight * (probability - <f64>load<f32>(labels + at)));
    const hessian = <f32>(weight * max(MIN_HESSIAN, probability * (1 - probability)));
    store<f32>(pairs + ((<usize>row) << 3), gradient);
    store<f32>(pairs + ((<usize>row) << 3), hessian, 4);
    maxGradient = max(maxGradient, abs(gradient));
    maxHessian = max(maxHessian, hessian);
  }
  storeGreatest(greatest, chunk, maxGradient, maxHessian);
  return 0;
}

/** Half the squared difference. @param weights address, or 0 for all 1 */
export function squaredGradients(
  chunk: u32,
  _scratch: usize,
  perChunk: u32,
  rows: u32,
  scores: usize,
  labels: usize,
  weights: usize,
  pairs: usize,
  greatest: usize,
): u32 {
  const last = min((chunk + 1) * perChunk, rows);
  let maxGradient: f32 = 0;
  let maxHessian: f32 = 0;
  for (let row = chunk * perChunk; row < last; row++) {
    const at = (<usize>row) << 2;
    const weight: f64 = weights === 0 ? 1 : <f64>load<f32>(weights + at);
    const gradient = <f32>(weight * (<f64>load<f32>(scores + at) - <f64>load<f32>(labels + at)));
    const hessian = <f32>weight;
    store<f32>(pairs + ((<usize>row) << 3), gradient);
    store<f32>(pairs + ((<usize>row) << 3), hessian, 4);
    maxGradient = max(maxGradient, abs(gradient));
    maxHessian = max(maxHessian, hessian);
  }
  storeGreatest(greatest, chunk, maxGradient, maxHessian);
  return 0;
}

/** Whether row a of a group comes before row b: higher score first, ties by row. */
function before(scores: usize, a: u32, b: u32): bool {
  const left = load<f32>(scores + ((<usize>a) << 2));
  const right = load<f32>(scores + ((<usize>b) << 2));
  return left > right || (left === right && a < b);
}

/** Moves the row at `root` down a heap whose top comes last in the order. */
function siftDown(order: usize, scores: usize, root: u32, count: u32): void {
  const row = load<u32>(order + ((<usize>root) << 2));
  let hole = root;
  for (;;) {
    let child: u32 = 2 * hole + 1;
    if (child >= count) break;
    if (
      child + 1 < count &&
      before(scores, load<u32>(order + ((<usize>child) << 2)), load<u32>(order + ((<usize>child) << 2), 4))
    ) {
      child++;
    }
    const lower = load<u32>(order + ((<usize>child) << 2));
    if (!before(scores, row, lower)) break;
    store<u32>(order + ((<usize>hole) << 2), lower);
    hole = child;
  }
  store<u32>(order + ((<usize>hole) << 2), row);
}

function sortByScore(order: usize, scores: usize, first: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(order + ((<usize>i) << 2), first + i);
  for (let root = count >> 1; root > 0; root--) siftDown(order, scores, root - 1, count);
  for (let end = count - 1; end > 0; end--) {
    const lowest = load<u32>(order);
    store<u32>(order, load<u32>(order + ((<usize>end) << 2)));
    store<u32>(order + ((<usize>end) << 2), lowest);
    siftDown(order, scores, 0, end);
  }
}

/**
 * LambdaRank (Burges 2010): over pairs of a group with different labels, one of them among the first `truncation`,
 * |ΔNDCG| × log(1 + e^(lower − higher)). Chunk = `perChunk` groups. A group's pairs are weighted by the weight of its
 * first row.
 * @param groupStart address of first rows, one more than groups
 * @param ideal address of 1 / best possible DCG by group, 0 where all labels are 0
 * @param gains address of gains by row, @param discounts address of discounts by rank, doubles both
 */
export function lambdaRankGradients(
  chunk: u32,
  scratch: usize,
  perChunk: u32,
  groups: u32,
  scores: usize,
  labels: usize,
  weights: usize,
  pairs: usize,
  greatest: usize,
  groupStart: usize,
  ideal: usize,
  gains: usize,
  discounts: usize,
  truncation: u32,
): u32 {
  const lastGroup = min((chunk + 1) * perChunk, groups);
  let maxGradient: f32 = 0;
  let maxHessian: f32 = 0;
  for (let group = chunk * perChunk; group < lastGroup; group++) {
    const first = load<u32>(groupStart + ((<usize>group) << 2));
    const count = load<u32>(groupStart + ((<usize>group) << 2), 4) - first;
    memory.fill(pairs + ((<usize>first) << 3), 0, (<usize>count) << 3);
    const perfect = load<f64>(ideal + ((<usize>group) << 3));
    if (count < 2 || perfect === 0) continue;
    const weight: f64 = weights === 0 ? 1 : <f64>load<f32>(weights + ((<usize>first) << 2));
    sortByScore(scratch, scores, first, count);
    // Sums of a row in doubles, after the order in the scratch.
    const sums = scratch + (((((<usize>count) << 2) + 15) >> 4) << 4);
    memory.fill(sums, 0, (<usize>count) << 4);
    for (let i: u32 = 0; i < min(truncation, count - 1); i++) {
      const upper = load<u32>(scratch + ((<usize>i) << 2));
      const upperLabel = load<f32>(labels + ((<usize>upper) << 2));
      const upperScore = <f64>load<f32>(scores + ((<usize>upper) << 2));
      const upperGain = load<f64>(gains + ((<usize>upper) << 3));
      const upperDiscount = load<f64>(discounts + ((<usize>i) << 3));
      let upperGradient: f64 = 0;
      let upperHessian: f64 = 0;
      for (let j = i + 1; j < count; j++) {
        const lower = load<u32>(scratch + ((<usize>j) << 2));
        const lowerLabel = load<f32>(labels + ((<usize>lower) << 2));
        if (upperLabel === lowerLabel) continue;
        const lowerGain = load<f64>(gains + ((<usize>lower) << 3));
        const change =
          abs(upperGain - lowerGain) * (upperDiscount - load<f64>(discounts + ((<usize>j) << 3))) * perfect;
        const difference = upperScore - <f64>load<f32>(scores + ((<usize>lower) << 2));
        // The score of the better label minus that of the worse one.
        const margin = upperLabel > lowerLabel ? difference : -difference;
        const rho: f64 = 1 / (1 + exp(margin));
        const lambda = weight * change * rho;
        const gradient = upperLabel > lowerLabel ? -lambda : lambda;
        const hessian = weight * change * rho * (1 - rho);
        upperGradient += gradient;
        upperHessian += hessian;
        const at = sums + ((<usize>j) << 4);
        store<f64>(at, load<f64>(at) - gradient);
        store<f64>(at, load<f64>(at, 8) + hessian, 8);
      }
      const at = sums + ((<usize>i) << 4);
      store<f64>(at, load<f64>(at) + upperGradient);
      store<f64>(at, load<f64>(at, 8) + upperHessian, 8);
    }
    for (let i: u32 = 0; i < count; i++) {
      const out = pairs + ((<usize>load<u32>(scratch + ((<usize>i) << 2))) << 3);
      const gradient = <f32>load<f64>(sums + ((<usize>i) << 4));
      const hessian = <f32>load<f64>(sums + ((<usize>i) << 4), 8);
      store<f32>(out, gradient);
      store<f32>(out, hessian, 4);
      maxGradient = max(maxGradient, abs(gradient));
      maxHessian = max(maxHessian, hessian);
    }
  }
  storeGreatest(greatest, chunk, maxGradient, maxHessian);
  return 0;
}

/** 32 well-mixed bits of a row's number (Mueller's hash; a permutation). */
function mixed(row: u32, seed: u32): u32 {
  let x = row * 0x9e3779b1 + seed;
  x = ((x >>> 16) ^ x) * 0x45d9f3b;
  x = ((x >>> 16) ^ x) * 0x45d9f3b;
  return (x >>> 16) ^ x;
}

/**
 * Packs gradient pairs as whole multiples of 1 / scale.
 * @param sampled rows whose hash is below are in the sample; 2³² − 1 takes all
 */
export function packGradients(
  chunk: u32,
  _scratch: usize,
  perChunk: u32,
  rows: u32,
  pairs: usize,
  packed: usize,
  gradientScale: f64,
  hessianScale: f64,
  seed: u32,
  sampled: u32,
): u32 {
  const last = min((chunk + 1) * perChunk, rows);
  for (let row = chunk * perChunk; row < last; row++) {
    const at = (<usize>row) << 3;
    if (sampled !== 0xffffffff && mixed(row, seed ^ 0x5bd1e995) >= sampled) {
      store<i64>(packed + at, 0);
      continue;
    }
    const random = mixed(row, seed);
    const first: f64 = <f64>(random & 0xffff) * (1.0 / 65536);
    const second: f64 = <f64>(random >>> 16) * (1.0 / 65536);
    const gradient = <i64>floor(<f64>load<f32>(pairs + at) * gradientScale + first);
    const hessian = <i64>floor(<f64>load<f32>(pairs + at, 4) * hessianScale + second);
    store<i64>(packed + at, (gradient << 37) + (hessian << 15) + 1);
  }
  return 0;
}
