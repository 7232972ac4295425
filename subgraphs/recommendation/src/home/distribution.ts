/** A weighted sample, for asking how much of it lies below a value. Pure. */

export interface Distribution {
  /** Ascending. */
  readonly values: Float64Array;
  /** Weight of all values before each place; one longer than `values`. */
  readonly weightBefore: Float64Array;
}

/** @param weights not negative; absent: all 1. */
export function distribution(values: readonly number[], weights?: readonly number[]): Distribution {
  const places = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const weightBefore = new Float64Array(values.length + 1);
  for (const [at, i] of places.entries()) weightBefore[at + 1] = weightBefore[at]! + (weights?.[i] ?? 1);
  return { values: Float64Array.from(places, (i) => values[i]!), weightBefore };
}

/** In [0, 1], growing with the value; equal values count by half, and of an empty sample nothing lies below. */
export function shareBelow({ values, weightBefore }: Distribution, value: number): number {
  const all = weightBefore[values.length]!;
  if (all === 0) return 0;
  const from = partitionPoint(values, (entry) => entry < value);
  const to = partitionPoint(values, (entry) => entry <= value);
  return (weightBefore[from]! + weightBefore[to]!) / 2 / all;
}

/** The first place whose entry is not before. */
function partitionPoint(sorted: Float64Array, isBefore: (entry: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(sorted[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
