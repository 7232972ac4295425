/**
 * Genres and their titles in an order that is the same for everybody: by size, and within a genre by rating and
 * popularity. Sorting is work, and nobody's page depends on its being of this minute, so a shelf is kept for a
 * while and shared by all requests of the process.
 */
import { type Clock, type GenreId, MINUTE_MS, type TitleId } from '@marquee/domain';
import type { TitleTable } from '@marquee/features';
import type { RankedEntry } from './home-query.ts';
import { LruMap } from './lru-map.ts';
import { ratingOf } from './rating.ts';

const KEPT_MS = 5 * MINUTE_MS;
const MAX_SHELVES = 500;
/** Newest titles of a genre that are looked at: bounds the sort. */
const MAX_TITLES = 5_000;

interface Kept<T> {
  readonly madeAt: number;
  /** Of the catalogue when it was made: one that has grown a lot is another catalogue. */
  readonly size: number;
  readonly value: T;
}

export class GenreShelves {
  readonly #titles: TitleTable;
  readonly #clock: Clock;
  readonly #shelves = new LruMap<GenreId, Kept<readonly TitleId[]>>(MAX_SHELVES);
  #bySize: Kept<readonly GenreId[]> | undefined;

  constructor(titles: TitleTable, clock: Clock) {
    this.#titles = titles;
    this.#clock = clock;
  }

  /** Genres with the most titles first. */
  genresBySize(): readonly GenreId[] {
    if (!this.#isFresh(this.#bySize)) {
      const size = (id: GenreId): number => this.#titles.titlesOfGenre(id).length;
      this.#bySize = this.#keep(
        [...this.#titles.genreIds()].sort((a, b) => size(b) - size(a) || (a < b ? -1 : 1)),
      );
    }
    return this.#bySize!.value;
  }

  /** Titles of a genre, best first. @param popular the popular list, best first. */
  shelf(genreId: GenreId, popular: readonly RankedEntry[]): readonly TitleId[] {
    let kept = this.#shelves.get(genreId);
    if (!this.#isFresh(kept)) {
      kept = this.#keep(this.#sorted(genreId, popular));
      this.#shelves.set(genreId, kept);
    }
    return kept!.value;
  }

  #sorted(genreId: GenreId, popular: readonly RankedEntry[]): readonly TitleId[] {
    const popularity = new Map(popular.map(({ titleId }, i) => [titleId, 1 - i / popular.length]));
    const rated: { id: TitleId; value: number }[] = [];
    for (const id of this.#titles.titlesOfGenre(genreId).slice(0, MAX_TITLES)) {
      const facts = this.#titles.get(id);
      if (facts !== undefined) rated.push({ id, value: ratingOf(facts) + (popularity.get(id) ?? 0) });
    }
    return rated.sort((a, b) => b.value - a.value || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
  }

  #keep<T>(value: T): Kept<T> {
    return { madeAt: this.#clock.now(), size: this.#titles.size, value };
  }

  #isFresh(kept: Kept<unknown> | undefined): boolean {
    if (kept === undefined) return false;
    const age = this.#clock.now() - kept.madeAt;
    return age >= 0 && age < KEPT_MS && this.#titles.size < kept.size * 1.1 + 1;
  }
}
