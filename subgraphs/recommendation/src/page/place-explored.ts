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
      const slot = new Slot(row, place, placed);
      const drawn = explorer.draw((candidate) => slot.accepts(candidate));
      if (drawn === undefined) break;
      const stood = items.findIndex(({ id }) => id === drawn.candidate.id);
      if (stood !== -1) items.splice(stood, 1);
      items.splice(place, 0, { ...drawn.candidate, slot: 'explored', propensity: drawn.propensity });
      placed.add(drawn.candidate.id);
      if (items.length > plan.limit) placed.delete(items.pop()!.id);
    }
  }
}

/** One place that is given away. Hundreds of titles are asked about, so what the row says of all of them is worked out once. */
class Slot {
  readonly #row: FilledRow;
  readonly #place: number;
  readonly #placed: ReadonlySet<string>;
  /** Genres that have their share of the first ten; undefined where the cap does not hold. Whoever stands last of the ten makes room. */
  readonly #full: ReadonlySet<string> | undefined;
  #standsAt: ReadonlyMap<string, number> | undefined;

  constructor(row: FilledRow, place: number, placed: ReadonlySet<string>) {
    this.#row = row;
    this.#place = place;
    this.#placed = placed;
    this.#full =
      row.plan.capped && place < CAPPED_PLACES
        ? fullGenres(row.items.slice(0, CAPPED_PLACES - 1))
        : undefined;
  }

  /** A title that is not on the page, if the row is for such; or one from the row's own tail. */
  accepts(candidate: HomeCandidate): boolean {
    const { plan, items } = this.#row;
    if (this.#full?.has(primaryGenre(candidate))) return false;
    if (!this.#placed.has(candidate.id)) return plan.explores?.(candidate) === true;
    this.#standsAt ??= new Map(items.map(({ id }, at) => [id, at]));
    const stands = this.#standsAt.get(candidate.id) ?? -1;
    return stands >= Math.max(TAIL, this.#place + 1) && items[stands]!.slot === 'ranked';
  }
}

function fullGenres(items: readonly HomeCandidate[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const genre = primaryGenre(item);
    counts.set(genre, (counts.get(genre) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count >= MAX_PER_GENRE).map(([genre]) => genre));
}

function placesIn(rows: readonly FilledRow[]): number {
  return rows.reduce((sum, { items }) => sum + items.length, 0);
}
