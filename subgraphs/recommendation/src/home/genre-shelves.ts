/**
 * Genres and their titles in an order that is the same for everybody: by size, and within a genre by rating and popularity. Sorting is
 * work, and nobody's page depends on its being of this minute, so shelves are made ahead in small steps: all of them at the start, each
 * again before it is old. A page makes one itself only where nobody could have: for a genre that has just come, for a catalogue that has
 * grown a lot since, and where the background was not heard of for twice as long as a shelf is good for.
 */
import { type Clock, type GenreId, MINUTE_MS, type TitleId } from '@marquee/domain';
import type { TitleTable } from '@marquee/features';
import { type Component, type Logger, READY } from '@marquee/service-kit';
import { BackgroundSteps } from './background-steps.ts';
import type { RankedEntry } from './home-query.ts';
import { LruMap } from './lru-map.ts';
import { ratingOf } from './rating.ts';

const KEPT_MS = 10 * MINUTE_MS;
/** From then on a shelf is made again in the background. */
const RENEWED_AFTER_MS = 4 * MINUTE_MS;
const LOOK_EVERY_MS = MINUTE_MS;
const MAX_SHELVES = 500;
/** Newest titles of a genre that are looked at: bounds the sort. */
const MAX_TITLES = 5_000;
/** Titles rated between two looks at the time. */
const PIECE = 100;

interface Kept<T> {
  readonly madeAt: number;
  /** Of the catalogue when it was made: one that has grown a lot is another catalogue. */
  readonly size: number;
  readonly value: T;
}

interface GenreShelvesOptions {
  readonly titles: TitleTable;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The popular list of everybody, best first. */
  popular(): readonly RankedEntry[];
}

export class GenreShelves implements Component {
  readonly name = 'genre-shelves';
  readonly #titles: TitleTable;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #popular: () => readonly RankedEntry[];
  readonly #shelves = new LruMap<GenreId, Kept<readonly TitleId[]>>(MAX_SHELVES);
  #bySize: Kept<readonly GenreId[]> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> | undefined;
  #stopped = false;

  constructor({ titles, clock, logger, popular }: GenreShelvesOptions) {
    this.#titles = titles;
    this.#clock = clock;
    this.#logger = logger;
    this.#popular = popular;
  }

  /** Genres with the most titles first. */
  genresBySize(): readonly GenreId[] {
    if (!this.#isYounger(this.#bySize, KEPT_MS)) this.#bySize = this.#keep(this.#sortedBySize());
    return this.#bySize!.value;
  }

  /** Titles of a genre, best first. */
  shelf(genreId: GenreId): readonly TitleId[] {
    let kept = this.#shelves.get(genreId);
    if (!this.#isYounger(kept, KEPT_MS)) {
      const shelf = new Shelf(this.#titles, genreId, this.#popular());
      for (let more = true; more; ) more = shelf.rate();
      kept = this.#keep(shelf.inOrder());
      this.#shelves.set(genreId, kept);
    }
    return kept!.value;
  }

  /** Makes them all: the first pages ask for any of them. */
  async start(): Promise<void> {
    this.#stopped = false;
    await this.#renew(new BackgroundSteps({ hurried: true }));
    this.#timer = setInterval(() => {
      this.#renewing ??= this.#renew(new BackgroundSteps())
        .catch((error) => this.#logger.warn({ err: error }, 'genre shelves were not made again'))
        .finally(() => {
          this.#renewing = undefined;
        });
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#renewing;
  }

  readiness() {
    return READY;
  }

  async #renew(steps: BackgroundSteps): Promise<void> {
    if (!this.#isYounger(this.#bySize, RENEWED_AFTER_MS)) {
      for (const genreId of this.#titles.genreIds()) {
        // Its titles are put in order when they are first read.
        this.#titles.titlesOfGenre(genreId);
        await steps.breathe();
      }
      this.#bySize = this.#keep(this.#sortedBySize());
    }
    for (const genreId of this.#bySize!.value.slice(0, MAX_SHELVES)) {
      if (this.#isYounger(this.#shelves.peek(genreId), RENEWED_AFTER_MS)) continue;
      const shelf = new Shelf(this.#titles, genreId, this.#popular());
      for (let more = true; more && !this.#stopped; ) {
        more = shelf.rate();
        await steps.breathe();
      }
      if (this.#stopped) return;
      this.#shelves.set(genreId, this.#keep(shelf.inOrder()));
      await steps.breathe();
    }
  }

  #sortedBySize(): readonly GenreId[] {
    const sizes = new Map(this.#titles.genreIds().map((id) => [id, this.#titles.titlesOfGenre(id).length]));
    return [...sizes].sort(([idA, a], [idB, b]) => b - a || (idA < idB ? -1 : 1)).map(([id]) => id);
  }

  #keep<T>(value: T): Kept<T> {
    return { madeAt: this.#clock.now(), size: this.#titles.size, value };
  }

  #isYounger(kept: Kept<unknown> | undefined, ms: number): boolean {
    if (kept === undefined) return false;
    const age = this.#clock.now() - kept.madeAt;
    return age >= 0 && age < ms && this.#titles.size < kept.size * 1.1 + 1;
  }
}

/** One shelf in the making. */
class Shelf {
  readonly #titles: TitleTable;
  readonly #ids: readonly TitleId[];
  readonly #popularity: ReadonlyMap<TitleId, number>;
  readonly #rated: TitleId[] = [];
  readonly #values: number[] = [];
  #next = 0;

  constructor(titles: TitleTable, genreId: GenreId, popular: readonly RankedEntry[]) {
    this.#titles = titles;
    this.#ids = titles.titlesOfGenre(genreId);
    this.#popularity = popularityOf(popular);
  }

  /** Rates a few more. @returns whether there are others left. */
  rate(): boolean {
    const end = Math.min(this.#next + PIECE, this.#ids.length, MAX_TITLES);
    for (; this.#next < end; this.#next++) {
      const id = this.#ids[this.#next]!;
      const facts = this.#titles.get(id);
      if (facts === undefined) continue;
      this.#rated.push(id);
      this.#values.push(ratingOf(facts) + (this.#popularity.get(id) ?? 0));
    }
    return this.#next < this.#ids.length && this.#next < MAX_TITLES;
  }

  /** Best first. */
  inOrder(): readonly TitleId[] {
    const values = Float64Array.from(this.#values);
    const places = Uint32Array.from(values.keys());
    places.sort((a, b) => values[b]! - values[a]! || (this.#rated[a]! < this.#rated[b]! ? -1 : 1));
    return Array.from(places, (place) => this.#rated[place]!);
  }
}

const popularities = new WeakMap<readonly RankedEntry[], ReadonlyMap<TitleId, number>>();

/** From 1 for the most popular down to nearly 0; the same for all shelves of a list. */
function popularityOf(popular: readonly RankedEntry[]): ReadonlyMap<TitleId, number> {
  let known = popularities.get(popular);
  if (known === undefined) {
    known = new Map(popular.map(({ titleId }, i) => [titleId, 1 - i / popular.length]));
    popularities.set(popular, known);
  }
  return known;
}
