/** Counts by key that end by themselves: the port behind quotas, and the adapter that needs no server. */

export interface UsageCounter {
  /**
   * Adds atomically and returns the sum. A key that nobody has counted on begins at 0.
   * @param amount below 0 gives back what was added. @param ttlMs after which the key may be forgotten.
   */
  add(key: string, amount: number, ttlMs: number): Promise<number>;
}

/** Keys that are kept at once: quotas of so many partners. */
const MAX_KEYS = 100_000;

/** Of this process alone. @param now milliseconds since 1970. */
export function memoryCounter(now: () => number): UsageCounter {
  const counts = new Map<string, { sum: number; endsAt: number }>();

  function forgetEnded(): void {
    const time = now();
    for (const [key, { endsAt }] of counts) if (endsAt <= time) counts.delete(key);
  }

  return {
    async add(key, amount, ttlMs) {
      const known = counts.get(key);
      if (known !== undefined) {
        known.sum += amount;
        return known.sum;
      }
      if (counts.size >= MAX_KEYS) forgetEnded();
      // Still full of counts that hold: the oldest goes, so that memory stays bounded.
      if (counts.size >= MAX_KEYS) counts.delete(counts.keys().next().value as string);
      counts.set(key, { sum: amount, endsAt: now() + ttlMs });
      return amount;
    },
  };
}
