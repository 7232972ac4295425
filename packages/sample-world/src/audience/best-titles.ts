/** The `k` best of very many titles, without sorting them all. */
export interface ValuedTitle {
  /** Index in the film world. */
  readonly title: number;
  readonly value: number;
}

/** Keeps the `k` highest values offered, best first; the first offered wins a tie. */
export function createBestTitles(k: number): {
  /** Whether a title of this value would be kept. */
  wants(value: number): boolean;
  offer(title: number, value: number): void;
  readonly list: readonly ValuedTitle[];
} {
  const list: ValuedTitle[] = [];
  const wants = (value: number): boolean => k > 0 && (list.length < k || value > list.at(-1)!.value);
  return {
    wants,
    list,
    offer(title, value) {
      if (!wants(value)) return;
      let low = 0;
      let high = list.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (list[middle]!.value >= value) low = middle + 1;
        else high = middle;
      }
      list.splice(low, 0, { title, value });
      if (list.length > k) list.pop();
    },
  };
}
