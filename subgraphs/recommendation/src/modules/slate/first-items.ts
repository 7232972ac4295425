import type { StoredSlate } from '../../slates/stored-slate.ts';

/** The same slate, of which only the first items are wanted. Places and cursors stay as they are. */
export function firstItems(slate: StoredSlate, first: number): StoredSlate {
  return { ...slate, rows: slate.rows.map((row) => ({ ...row, items: row.items.slice(0, first) })) };
}
