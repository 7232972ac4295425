/** Gini coefficient of counts: 0 when all have the same, towards 1 when one has everything. */

/**
 * @param counts those above 0, in any order
 * @param population how many there are with those that have nothing; at least `counts.length`
 * @returns NaN where nothing was counted
 */
export function gini(counts: readonly number[], population: number): number {
  const sorted = [...counts].sort((a, b) => a - b);
  const zeros = Math.max(0, population - sorted.length);
  const size = zeros + sorted.length;
  let total = 0;
  let weighted = 0;
  for (const [i, count] of sorted.entries()) {
    total += count;
    weighted += (zeros + i + 1) * count;
  }
  return total === 0 ? Number.NaN : (2 * weighted) / (size * total) - (size + 1) / size;
}
