/**
 * Pages of rows and of items, cut from a stored slate. What the viewer must not be shown now is left out here,
 * whatever the slate says; places keep their numbers, so that cursors and tokens stay true.
 */
import type { PlacedItem, PlacedRow, ServedSlate } from './stored-slate.ts';

export interface SlatePage<T> {
  readonly entries: readonly { readonly entry: T; readonly place: number }[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** @param after index of the row after which to go on; -1 from the start. Rows left without items are left out. */
export function pageOfRows(served: ServedSlate, first: number, after: number): SlatePage<PlacedRow> {
  const { slate, guard } = served;
  const isVisible = (index: number): boolean =>
    slate.rows[index]!.items.some(({ titleId }) => guard.allows(titleId));
  return cut(slate.rows.length, first, after, isVisible, (index) => ({
    served,
    index,
    row: slate.rows[index]!,
  }));
}

/** @param after position of the item after which to go on; -1 from the start. */
export function pageOfItems(
  served: ServedSlate,
  row: number,
  first: number,
  after: number,
): SlatePage<PlacedItem> {
  const items = served.slate.rows[row]?.items ?? [];
  return cut(
    items.length,
    first,
    after,
    (position) => served.guard.allows(items[position]!.titleId),
    (position) => ({ served, row, position, item: items[position]! }),
  );
}

function cut<T>(
  count: number,
  first: number,
  after: number,
  isVisible: (place: number) => boolean,
  entryAt: (place: number) => T,
): SlatePage<T> {
  const entries: { entry: T; place: number }[] = [];
  let place = after + 1;
  for (; place < count && entries.length < first; place++) {
    if (isVisible(place)) entries.push({ entry: entryAt(place), place });
  }
  let hasNextPage = false;
  for (; place < count && !hasNextPage; place++) hasNextPage = isVisible(place);
  let hasPreviousPage = false;
  for (let i = Math.min(after, count - 1); i >= 0 && !hasPreviousPage; i--) hasPreviousPage = isVisible(i);
  return { entries, hasNextPage, hasPreviousPage };
}
