/** Rows in any order become `Interactions`. A row takes 21 bytes while they are collected and 45 at the end. */
import type { Interactions } from './interactions.ts';

export interface InteractionBuilder {
  /**
   * @param rating NaN where there is none
   * @param at epoch milliseconds, NaN where unknown
   * @param part of a data set that comes in several, from 0; given back by row
   * @throws RangeError for an empty id, an infinite rating or an infinite time
   */
  add(user: string, item: string, rating: number, at: number, part?: number): void;
  /**
   * Rows of one user by part, then in time order; rows of the same instant, and those without a time at the end, keep
   * the order in which they were added. Of several rows with one user and item the first in this order stays: repeats
   * are no discoveries.
   */
  build(): {
    readonly interactions: Interactions;
    readonly parts: Uint8Array;
    readonly duplicates: number;
  };
}

export function createInteractionBuilder(): InteractionBuilder {
  const users = idTable();
  const items = idTable();
  let length = 0;
  let columns = allocate(1 << 12);
  return {
    add(userId, itemId, rating, at, part = 0) {
      if (userId === '' || itemId === '') throw new RangeError('a user or item id is empty');
      if (Math.abs(rating) === Number.POSITIVE_INFINITY || Math.abs(at) === Number.POSITIVE_INFINITY) {
        throw new RangeError('a rating or a time is infinite');
      }
      if (length === columns.user.length) columns = grown(columns, Math.ceil(length * 1.5));
      columns.user[length] = users.indexOf(userId);
      columns.item[length] = items.indexOf(itemId);
      columns.rating[length] = rating;
      columns.at[length] = at;
      columns.part[length] = part;
      length++;
    },
    build() {
      const user = users.sorted();
      const item = items.sorted();
      const rows = rowsByUser(columns.user, length, user.rank);
      const kept = firstRows(rows, columns, item.rank);
      const count = kept.rows.length;
      const parts = new Uint8Array(count);
      const interactions = {
        users: user.ids,
        items: item.ids,
        start: kept.start,
        item: new Uint32Array(count),
        rating: new Float32Array(count),
        at: new Float64Array(count),
      };
      for (let i = 0; i < count; i++) {
        const row = kept.rows[i]!;
        interactions.item[i] = item.rank[columns.item[row]!]!;
        interactions.rating[i] = columns.rating[row]!;
        interactions.at[i] = columns.at[row]!;
        parts[i] = columns.part[row]!;
      }
      return { interactions, parts, duplicates: length - count };
    },
  };
}

interface Columns {
  readonly user: Uint32Array;
  readonly item: Uint32Array;
  readonly rating: Float32Array;
  readonly at: Float64Array;
  readonly part: Uint8Array;
}

function allocate(size: number): Columns {
  return {
    user: new Uint32Array(size),
    item: new Uint32Array(size),
    rating: new Float32Array(size),
    at: new Float64Array(size),
    part: new Uint8Array(size),
  };
}

function grown(from: Columns, size: number): Columns {
  const to = allocate(size);
  to.user.set(from.user);
  to.item.set(from.item);
  to.rating.set(from.rating);
  to.at.set(from.at);
  to.part.set(from.part);
  return to;
}

/** Numbers ids as they come, and by their order in the end. */
function idTable() {
  const indices = new Map<string, number>();
  return {
    indexOf(id: string): number {
      let index = indices.get(id);
      if (index === undefined) {
        index = indices.size;
        indices.set(id, index);
      }
      return index;
    },
    /** `rank` by number. */
    sorted(): { ids: readonly string[]; rank: Uint32Array } {
      const ids = [...indices.keys()].sort((a, b) => (a < b ? -1 : 1));
      const rank = new Uint32Array(ids.length);
      for (const [i, id] of ids.entries()) rank[indices.get(id)!] = i;
      return { ids, rank };
    },
  };
}

interface RowsByUser {
  readonly start: Uint32Array;
  readonly rows: Uint32Array;
}

function rowsByUser(user: Uint32Array, length: number, rank: Uint32Array): RowsByUser {
  const start = new Uint32Array(rank.length + 1);
  for (let row = 0; row < length; row++) start[rank[user[row]!]! + 1]!++;
  for (let u = 0; u < rank.length; u++) start[u + 1]! += start[u]!;
  const next = start.slice();
  const rows = new Uint32Array(length);
  for (let row = 0; row < length; row++) rows[next[rank[user[row]!]!]!++] = row;
  return { start, rows };
}

/** Sorts each user's rows by time and drops repeats. */
function firstRows(
  { start, rows }: RowsByUser,
  { item, at, part }: Columns,
  itemRank: Uint32Array,
): RowsByUser {
  const keptStart = new Uint32Array(start.length);
  // The last user + 1 that had the item.
  const seenBy = new Uint32Array(itemRank.length);
  let count = 0;
  for (let u = 0; u + 1 < start.length; u++) {
    const own = rows.subarray(start[u]!, start[u + 1]!);
    // Rows are numbered in the order of their coming.
    const ordered = own.slice().sort((a, b) => part[a]! - part[b]! || timeOrder(at[a]!, at[b]!) || a - b);
    for (const row of ordered) {
      if (seenBy[item[row]!] === u + 1) continue;
      seenBy[item[row]!] = u + 1;
      // Never ahead of what is still to be read: rows are only dropped.
      rows[count++] = row;
    }
    keptStart[u + 1] = count;
  }
  return { start: keptStart, rows: rows.slice(0, count) };
}

function timeOrder(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a - b;
}
