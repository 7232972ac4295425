/** Sums by item of which few are not zero; clearing costs what was touched. */
export interface SparseSums {
  /** Items with a sum, in the order of their first coming. */
  readonly touched: readonly number[];
  readonly sums: Float64Array;
  /** @param value above 0 */
  add(item: number, value: number): void;
  clear(): void;
}

export function createSparseSums(itemCount: number): SparseSums {
  const touched: number[] = [];
  const sums = new Float64Array(itemCount);
  return {
    touched,
    sums,
    add(item, value) {
      if (sums[item] === 0) touched.push(item);
      sums[item]! += value;
    },
    clear() {
      for (const item of touched) sums[item] = 0;
      touched.length = 0;
    },
  };
}
