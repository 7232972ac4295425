/** Binary search, apart from all else: threads that scan import this file and nothing of the domain's schemas. */

/** Index of the first element that is not below `value`; the length where all are. */
export function lowerBound(ascending: Float64Array | Uint32Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
