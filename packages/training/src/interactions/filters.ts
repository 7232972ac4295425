/** What is left out before anything is split: masks by row, 1 to keep. */
import type { Interactions } from './interactions.ts';

/** Rows rated at least so high; rows without a rating stay. */
export function ratedAtLeast({ rating }: Interactions, minimum: number): Uint8Array {
  return Uint8Array.from(rating, (value) => (value < minimum ? 0 : 1));
}

/**
 * The k-core: users and items with fewer than k rows leave, again and again until none is left that has fewer. The
 * largest such part is unique, whatever the order.
 * @param among mask of the rows to begin with
 */
export function kCore({ users, items, start, item }: Interactions, k: number, among: Uint8Array): Uint8Array {
  const kept = among.slice();
  const perUser = new Uint32Array(users.length);
  const perItem = new Uint32Array(items.length);
  for (let user = 0; user < users.length; user++) {
    for (let row = start[user]!; row < start[user + 1]!; row++) {
      if (kept[row] === 0) continue;
      perUser[user]!++;
      perItem[item[row]!]!++;
    }
  }
  for (let dropped = 1; dropped > 0; ) {
    dropped = 0;
    for (let user = 0; user < users.length; user++) {
      for (let row = start[user]!; row < start[user + 1]!; row++) {
        if (kept[row] === 0 || (perUser[user]! >= k && perItem[item[row]!]! >= k)) continue;
        kept[row] = 0;
        perUser[user]!--;
        perItem[item[row]!]!--;
        dropped++;
      }
    }
  }
  return kept;
}
