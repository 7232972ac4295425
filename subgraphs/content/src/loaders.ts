/** One read per request and kind, however many fields ask; none for what was read lately. */
import { type Catalogue, MAX_IDS } from '@marquee/catalogue';
import type { Clock, Genre, Person, Title } from '@marquee/domain';
import DataLoader from 'dataloader';
import { isPossibleId } from './input-bounds.ts';
import { createFilmographyLoader, type FilmographyLoader } from './modules/person/filmography-loader.ts';
import { RecordCache } from './record-cache.ts';

const MAX_TITLES = 20_000;
const MAX_PEOPLE = 20_000;
const MAX_GENRES = 1_000;

/** Shared by all requests. */
export interface ContentCaches {
  readonly titles: RecordCache<Title>;
  readonly people: RecordCache<Person>;
  readonly genres: RecordCache<Genre>;
}

/** @param maxAgeMs how long a record is served without looking again; 0: never. */
export function createCaches(maxAgeMs: number, clock: Clock): ContentCaches {
  return {
    titles: new RecordCache({ maxAgeMs, maxRecords: MAX_TITLES, clock }),
    people: new RecordCache({ maxAgeMs, maxRecords: MAX_PEOPLE, clock }),
    genres: new RecordCache({ maxAgeMs, maxRecords: MAX_GENRES, clock }),
  };
}

/** Of one request. */
export interface ContentLoaders {
  readonly titles: RecordLoader<Title>;
  readonly people: RecordLoader<Person>;
  readonly genres: RecordLoader<Genre>;
  readonly filmographies: FilmographyLoader;
}

/** @param now the instant that availability is judged at, the same throughout the request. */
export function createLoaders(catalogue: Catalogue, caches: ContentCaches, now: number): ContentLoaders {
  return {
    titles: new RecordLoader(caches.titles, (ids) => catalogue.titlesByIds(ids)),
    people: new RecordLoader(caches.people, (ids) => catalogue.peopleByIds(ids)),
    genres: new RecordLoader(caches.genres, (ids) => catalogue.genresByIds(ids)),
    filmographies: createFilmographyLoader(catalogue, now),
  };
}

/** At once for what is at hand: 200 titles with their genres and people would be a thousand promises. */
type Loaded<T> = T | Promise<T>;

export class RecordLoader<T extends { readonly id: string }> {
  readonly #cache: RecordCache<T>;
  readonly #batches: DataLoader<string, T | undefined>;

  /** @param read at most MAX_IDS ids per call. Ids that cannot exist are not read at all. */
  constructor(cache: RecordCache<T>, read: (ids: readonly string[]) => Promise<readonly (T | undefined)[]>) {
    cache.expire();
    this.#cache = cache;
    this.#batches = new DataLoader(
      async (ids) => {
        const possible = ids.filter(isPossibleId);
        const byId = new Map<string, T>();
        for (const record of possible.length === 0 ? [] : await read(possible)) {
          if (record === undefined) continue;
          byId.set(record.id, record);
          cache.set(record);
        }
        return ids.map((id) => byId.get(id));
      },
      { maxBatchSize: MAX_IDS },
    );
  }

  load(id: string): Loaded<T | undefined> {
    return this.#cache.get(id) ?? this.#batches.load(id);
  }

  /** The records that exist, in the order of the ids. */
  loadKnown(ids: readonly string[]): Loaded<readonly T[]> {
    const loaded = ids.map((id) => this.load(id));
    return loaded.some((record) => record instanceof Promise)
      ? Promise.all(loaded).then(withoutUnknown)
      : withoutUnknown(loaded as (T | undefined)[]);
  }

  /** Takes over a record that was read otherwise. */
  prime(record: T): void {
    this.#cache.set(record);
    this.#batches.prime(record.id, record);
  }
}

function withoutUnknown<T>(records: readonly (T | undefined)[]): readonly T[] {
  return records.filter((record) => record !== undefined);
}
