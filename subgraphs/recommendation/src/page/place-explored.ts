/**
 * Gives some places of the open rows to titles that are tried out. The page's first row and what the viewer has begun
 * are protected; so are the first places of every row, which are its promise. Of every other row the first slot is the last
 * place that a television shows without scrolling: a title that nobody sees is not tried out.
 */
import { CAPPED_PLACES, MAX_PER_GENRE, primaryGenre } from '../home/genre-cap.ts';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { FilledRow } from './allocate-titles.ts';
import type { Explorer } from './explorer.ts';

/** Of all places on the page; some slots stay empty for want of titles that their row accepts. */
const SHARE = 0.075;
/** Place of a row's first slot, from 0. */
const FIRST_SLOT = 5;
/** A row with more than one explored title in four would not be what its headline says. */
const LEAST_DISTANCE = 4;
/** Shorter rows have no place to give away. */
const LEAST_ITEMS = 10;
/** What a row holds from here on is hardly ever looked at, and may be tried further up. */
const TAIL = 12;

/** @param rows in page order; their items are changed. */
export function placeExplored(rows: readonly FilledRow[], explorer: Explorer): void {
  const placed = new Set(rows.flatMap(({ items }) => items.map(({ id }) => id)));
  const open = rows.filter(
    ({ plan, items }, i) => i > 0 && plan.explores !== undefined && items.length >= LEAST_ITEMS,
  );
  const wanted = SHARE * placesIn(rows);
  const givenAway = open.reduce((sum, { items }) => sum + Math.max(0, items.length - FIRST_SLOT), 0);
  const distance = Math.max(LEAST_DISTANCE, Math.floor(givenAway / Math.max(1, wanted)));
  for (const row of open) {
    const { plan, items } = row;
    for (let place = FIRST_SLOT; place <= items.length && place < plan.limit; place += distance) {
      const drawn = explorer.draw((candidate) => accepts(row, candidate, place, placed));
      if (drawn === undefined) break;
      const stood = items.findIndex(({ id }) => id === drawn.candidate.id);
      if (stood !== -1) items.splice(stood, 1);
      items.splice(place, 0, { ...drawn.candidate, slot: 'explored', propensity: drawn.propensity });
      placed.add(drawn.candidate.id);
      if (items.length > plan.limit) placed.delete(items.pop()!.id);
    }
  }
}

/** A title that is not on the page, if the row is for such; or one from the row's own tail. */
function accepts(
  { plan, items }: FilledRow,
  candidate: HomeCandidate,
  place: number,
  placed: ReadonlySet<string>,
): boolean {
  if (placed.has(candidate.id)) {
    const stands = items.findIndex(({ id }) => id === candidate.id);
    if (stands < Math.max(TAIL, place + 1) || items[stands]!.slot !== 'ranked') return false;
  } else if (plan.explores?.(candidate) !== true) return false;
  return !plan.capped || place >= CAPPED_PLACES || keepsCap(items, candidate);
}

/** Whoever stands last of the first ten makes room. */
function keepsCap(items: readonly HomeCandidate[], candidate: HomeCandidate): boolean {
  const genre = primaryGenre(candidate);
  const alike = items.slice(0, CAPPED_PLACES - 1).filter((item) => primaryGenre(item) === genre);
  return alike.length < MAX_PER_GENRE;
}

function placesIn(rows: readonly FilledRow[]): number {
  return rows.reduce((sum, { items }) => sum + items.length, 0);
}
