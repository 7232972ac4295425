/**
 * Gives some places of the open rows to titles from the exploration pool. The pool comes in an order that was
 * drawn uniformly, and a slot takes the first title of it that the row accepts and that is not placed yet: a
 * uniform draw from those n titles, so the propensity of the placement, given those before it, is 1/n.
 */
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { FilledRow } from './allocate-titles.ts';

/** Of all places on the page; some slots stay empty for want of titles that their row accepts. */
const SHARE = 0.075;
/** Where the first slot of a row is, from 0. Under the genre cap the first ten places are its own. */
const FIRST_SLOT = 6;
const FIRST_SLOT_UNDER_CAP = 10;
/** A row with more than one explored title in four would not be what its headline says. */
const LEAST_DISTANCE = 4;
/** Shorter rows have no place to give away. */
const LEAST_ITEMS = 10;

/** @param pool in drawn order. Changes the rows' items. */
export function placeExplored(rows: readonly FilledRow[], pool: readonly HomeCandidate[]): void {
  const open = rows.filter(({ plan, items }) => plan.explores !== undefined && items.length >= LEAST_ITEMS);
  const wanted = SHARE * placesIn(rows);
  const distance = Math.max(LEAST_DISTANCE, Math.floor(placesIn(open) / Math.max(1, wanted)));
  const left = new Set(pool);
  for (const { plan, items } of open) {
    const first = plan.capped ? FIRST_SLOT_UNDER_CAP : FIRST_SLOT;
    for (let place = first; place <= items.length && place < plan.limit; place += distance) {
      const accepted = [...left].filter((candidate) => plan.explores?.(candidate));
      const [drawn] = accepted;
      if (drawn === undefined) break;
      left.delete(drawn);
      items.splice(place, 0, { ...drawn, slot: 'explored', propensity: 1 / accepted.length });
      if (items.length > plan.limit) items.pop();
    }
  }
}

function placesIn(rows: readonly FilledRow[]): number {
  return rows.reduce((sum, { items }) => sum + items.length, 0);
}
