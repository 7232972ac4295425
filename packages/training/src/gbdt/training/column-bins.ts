/**
 * Turns columns into at most 255 bins of about as many rows each. Cut points are float32, and a value belongs to the first bin
 * whose cut point is not less: exactly what a tree's `value ≤ threshold` asks later, here and in onnxruntime.
 *
 * Cut points come from a sample of rows: of 262,144, a bin's share is off by some 3 % of itself. A quarter of that was too little where steps lie
 * between cut points: it cost .35 % of the log loss of a million generated rows.
 */
import { setImmediate as nextTick } from 'node:timers/promises';
import { createRandom } from '@marquee/domain';
import type { GbdtRows } from '../gbdt-rows.ts';

const SAMPLE_ROWS = 262_144;
const SLICE_ROWS = 16_384;
const MAX_BINS = 255;
const MAX_FLOAT32 = 3.4028234663852886e38;

export interface ColumnBins {
  readonly categorical: boolean;
  /**
   * Numbers: ascending, bin b + 1 ends at edges[b]; one more bin follows the last. Categories: ascending, bin b + 1 is edges[b].
   */
  readonly edges: Float32Array;
  /** Without the bin of missing values, which is 0. */
  readonly bins: number;
}

/** Cut points of all columns. @param maxBins at most 255 */
export async function findBins(
  data: GbdtRows,
  maxBins: number,
  categorical: readonly number[],
  seed: number,
): Promise<ColumnBins[]> {
  const { columns } = data;
  const sampled = Math.min(data.rows, SAMPLE_ROWS);
  const sample = await sampleColumns(data, sampled, seed);
  const names = new Set(categorical);
  const found: ColumnBins[] = [];
  for (let column = 0; column < columns; column++) {
    const values = sample.subarray(column * sampled, (column + 1) * sampled);
    found.push(names.has(column) ? await categoryBins(data, column) : numberBins(values.sort(), maxBins));
    await nextTick();
  }
  return found;
}

/** Column-major; every row when there are few, else one drawn from each of as many equal stretches. */
async function sampleColumns(data: GbdtRows, sampled: number, seed: number): Promise<Float32Array> {
  const { matrix, rows, columns } = data;
  const random = createRandom(seed).fork('bins');
  const sample = new Float32Array(sampled * columns);
  const stretch = rows / sampled;
  for (let i = 0; i < sampled; i++) {
    const row = sampled === rows ? i : Math.min(rows - 1, Math.floor((i + random.next()) * stretch));
    for (let column = 0; column < columns; column++) {
      sample[column * sampled + i] = matrix[row * columns + column]!;
    }
    if (i % SLICE_ROWS === SLICE_ROWS - 1) await nextTick();
  }
  return sample;
}

/** @param values ascending, NaN last (as typed arrays sort) */
export function numberBins(values: Float32Array, maxBins: number): ColumnBins {
  let count = values.length;
  while (count > 0 && Number.isNaN(values[count - 1]!)) count--;
  const edges: number[] = [];
  // A value that fills a bin alone gets one; the others share what is left evenly.
  let restRows = count;
  let restBins = maxBins;
  for (let i = 0; i < count; ) {
    const end = endOfRun(values, i, count);
    if (end - i >= count / maxBins) {
      restRows -= end - i;
      restBins--;
    }
    i = end;
  }
  const share = Math.max(1, restRows / Math.max(1, restBins));
  let inBin = 0;
  for (let i = 0; i < count && edges.length < maxBins - 1; ) {
    const end = endOfRun(values, i, count);
    if (end === count) break;
    const own = end - i;
    inBin += own;
    const next = endOfRun(values, end, count) - end;
    if (inBin >= share || own >= count / maxBins || next >= count / maxBins) {
      edges.push(between(values[i]!, values[end]!));
      inBin = 0;
    }
    i = end;
  }
  return { categorical: false, edges: Float32Array.from(edges), bins: edges.length + 1 };
}

function endOfRun(values: Float32Array, from: number, count: number): number {
  let end = from + 1;
  while (end < count && values[end] === values[from]) end++;
  return end;
}

/** A float32 c with low ≤ c < high; below infinity, all that is finite. */
function between(low: number, high: number): number {
  if (high === Number.POSITIVE_INFINITY) return MAX_FLOAT32;
  const middle = Math.fround(low + (high - low) / 2);
  return middle >= low && middle < high ? middle : low;
}

/** The most frequent 255 of all rows, ties to the smaller; the others have no bin. */
async function categoryBins({ matrix, rows, columns }: GbdtRows, column: number): Promise<ColumnBins> {
  let greatest = -1;
  for (let row = 0; row < rows; row++) greatest = Math.max(greatest, matrix[row * columns + column]! || 0);
  const counts = new Uint32Array(greatest + 1);
  for (let row = 0; row < rows; row++) {
    const value = matrix[row * columns + column]!;
    if (!Number.isNaN(value)) counts[value]!++;
    if (row % SLICE_ROWS === SLICE_ROWS - 1) await nextTick();
  }
  const present = Uint32Array.from(counts.keys()).filter((value) => counts[value]! > 0);
  const frequent = present.sort((a, b) => counts[b]! - counts[a]! || a - b).subarray(0, MAX_BINS);
  const edges = Float32Array.from(frequent).sort();
  return { categorical: true, edges, bins: Math.max(1, edges.length) };
}
