/**
 * Who chose what, and when, in columns: what retrieval models learn from and protocols split. 16 bytes per row, so 10
 * million rows take 160 MB; objects would take several gigabytes.
 *
 * Rows are grouped by user and in time order within one. Indices of users and items follow the order of their ids
 * (by code units), so a tie broken by index is broken by id.
 */
export interface Interactions {
  /** Ids by index. Parts of one data set share both tables, so indices mean the same in all of them. */
  readonly users: readonly string[];
  readonly items: readonly string[];
  /** User u's rows are `start[u] .. start[u + 1]`. */
  readonly start: Uint32Array;
  readonly item: Uint32Array;
  /** NaN where there is none. */
  readonly rating: Float32Array;
  /** Epoch milliseconds; NaN where unknown. */
  readonly at: Float64Array;
}

export function rowCount(interactions: Interactions): number {
  return interactions.item.length;
}

/** Some of the rows, in order; tables are shared. */
export function rowsWhere(interactions: Interactions, keep: (row: number) => boolean): Interactions {
  const { users, items, start, item, rating, at } = interactions;
  const rows = new Uint32Array(item.length);
  const partStart = new Uint32Array(start.length);
  let count = 0;
  for (let user = 0; user < users.length; user++) {
    for (let row = start[user]!; row < start[user + 1]!; row++) if (keep(row)) rows[count++] = row;
    partStart[user + 1] = count;
  }
  const part = {
    users,
    items,
    start: partStart,
    item: new Uint32Array(count),
    rating: new Float32Array(count),
    at: new Float64Array(count),
  };
  for (let i = 0; i < count; i++) {
    part.item[i] = item[rows[i]!]!;
    part.rating[i] = rating[rows[i]!]!;
    part.at[i] = at[rows[i]!]!;
  }
  return part;
}

/** Number of users per item. */
export function itemCounts({ items, item }: Interactions): Uint32Array {
  const counts = new Uint32Array(items.length);
  for (let row = 0; row < item.length; row++) counts[item[row]!]!++;
  return counts;
}

/** Users who have rows. */
export function activeUsers({ start }: Interactions): number {
  let count = 0;
  for (let user = 1; user < start.length; user++) if (start[user] !== start[user - 1]) count++;
  return count;
}

/** First and last known instant; both NaN where no row has one. */
export function timeSpan({ at }: Interactions): { readonly first: number; readonly last: number } {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < at.length; row++) {
    if (at[row]! < first) first = at[row]!;
    if (at[row]! > last) last = at[row]!;
  }
  return first > last ? { first: Number.NaN, last: Number.NaN } : { first, last };
}

/** The same rows by item: users of item i are `user[start[i] .. start[i + 1]]`, ascending, in rows `row[…]`. */
export interface ItemIndex {
  readonly start: Uint32Array;
  readonly user: Uint32Array;
  readonly row: Uint32Array;
}

export function byItem(interactions: Interactions): ItemIndex {
  const { users, items, start, item } = interactions;
  const itemStart = new Uint32Array(items.length + 1);
  for (let row = 0; row < item.length; row++) itemStart[item[row]! + 1]!++;
  for (let i = 0; i < items.length; i++) itemStart[i + 1]! += itemStart[i]!;
  const next = itemStart.slice();
  const user = new Uint32Array(item.length);
  const rows = new Uint32Array(item.length);
  for (let u = 0; u < users.length; u++) {
    for (let row = start[u]!; row < start[u + 1]!; row++) {
      const at = next[item[row]!]!++;
      user[at] = u;
      rows[at] = row;
    }
  }
  return { start: itemStart, user, row: rows };
}
