/**
 * Gives some places of the open rows to titles from the exploration pool. The page's first row and what the viewer has
 * begun are protected; so are the first places of every row, which are its promise.
 */
import type { FilledRow } from './allocate-titles.ts';
import type { Explorer } from './explorer.ts';

/** Of all places on the page; some slots stay empty for want of titles that their row accepts. */
const SHARE = 0.075;
/** Where the first slot of a row is, from 0. Under the genre cap the first ten places are its own. */
const FIRST_SLOT = 6;
const FIRST_SLOT_UNDER_CAP = 10;
/** A row with more than one explored title in four would not be what its headline says. */
const LEAST_DISTANCE = 4;
/** Shorter rows have no place to give away. */
const LEAST_ITEMS = 10;

/** @param rows in page order; their items are changed. */
export function placeExplored(rows: readonly FilledRow[], explorer: Explorer): void {
  const open = rows.filter(
    ({ plan, items }, i) => i > 0 && plan.explores !== undefined && items.length >= LEAST_ITEMS,
  );
  const wanted = SHARE * placesIn(rows);
  const givenAway = open.reduce((sum, row) => sum + Math.max(0, row.items.length - firstSlotOf(row)), 0);
  const distance = Math.max(LEAST_DISTANCE, Math.floor(givenAway / Math.max(1, wanted)));
  for (const row of open) {
    const { plan, items } = row;
    const first = firstSlotOf(row);
    for (let place = first; place <= items.length && place < plan.limit; place += distance) {
      const drawn = explorer.draw((candidate) => plan.explores?.(candidate) === true);
      if (drawn === undefined) break;
      items.splice(place, 0, { ...drawn.candidate, slot: 'explored', propensity: drawn.propensity });
      if (items.length > plan.limit) items.pop();
    }
  }
}

function firstSlotOf({ plan }: FilledRow): number {
  return plan.capped ? FIRST_SLOT_UNDER_CAP : FIRST_SLOT;
}

function placesIn(rows: readonly FilledRow[]): number {
  return rows.reduce((sum, { items }) => sum + items.length, 0);
}
