import type { ServedSlate } from '../../slates/stored-slate.ts';

/** The same slate, of which only the first items are wanted. Places and cursors stay as they are. */
export function firstItems(served: ServedSlate, first: number): ServedSlate {
  const { slate } = served;
  return {
    ...served,
    slate: { ...slate, rows: slate.rows.map((row) => ({ ...row, items: row.items.slice(0, first) })) },
  };
}
