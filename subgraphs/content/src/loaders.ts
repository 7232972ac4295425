/** One read per request and kind, however many fields ask; none for what was read lately. */
import { type Catalogue, MAX_IDS } from '@marquee/catalogue';
import type { Clock, Genre, Person, Title } from '@marquee/domain';
import { beforeDeadline, deadlineAfter, isMarqueeError } from '@marquee/service-kit';
import DataLoader from 'dataloader';
import { isPossibleId } from './input-bounds.ts';
import { createFilmographyLoader, type FilmographyLoader } from './modules/person/filmography-loader.ts';
import { RecordCache } from './record-cache.ts';
import type { ViewerLimit } from './viewer-limit.ts';

const MAX_TITLES = 20_000;
const MAX_PEOPLE = 20_000;
const MAX_GENRES = 1_000;
/** Some 1.5 KB a title with its people. */
export const MAX_LAST_KNOWN = 100_000;
/** A catalogue that has not answered by then is taken for one that will not, where there is something else to serve. */
const CATALOGUE_MS = 1_000;

/** Shared by all requests. */
export interface ContentCaches {
  readonly titles: RecordCache<Title>;
  readonly people: RecordCache<Person>;
  readonly genres: RecordCache<Genre>;
}

export interface CacheOptions {
  /** How long a record is served without looking again; 0: never. */
  readonly maxAgeMs: number;
  /** Records of each kind for when the catalogue cannot be read. */
  readonly maxLastKnown: number;
  readonly clock: Clock;
}

export function createCaches(options: CacheOptions): ContentCaches {
  return {
    titles: new RecordCache({ ...options, maxRecords: MAX_TITLES }),
    people: new RecordCache({ ...options, maxRecords: MAX_PEOPLE }),
    genres: new RecordCache({ ...options, maxRecords: MAX_GENRES }),
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
export function createLoaders(
  catalogue: Catalogue,
  caches: ContentCaches,
  now: number,
  limit: ViewerLimit,
): ContentLoaders {
  return {
    titles: new RecordLoader(caches.titles, (ids) => catalogue.titlesByIds(ids)),
    people: new RecordLoader(caches.people, (ids) => catalogue.peopleByIds(ids)),
    genres: new RecordLoader(caches.genres, (ids) => catalogue.genresByIds(ids)),
    filmographies: createFilmographyLoader(catalogue, now, limit),
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
    this.#batches = new DataLoader<string, T | undefined>(
      async (ids) => {
        const possible = ids.filter(isPossibleId);
        const known = possible.map((id) => cache.lastKnown(id));
        try {
          const reading = possible.length === 0 ? Promise.resolve([]) : read(possible);
          const hasKnown = known.some((record) => record !== undefined);
          const bound = deadlineAfter(CATALOGUE_MS);
          return inOrder(
            ids,
            keep(
              cache,
              possible,
              await (hasKnown ? beforeDeadline(reading, bound, 'the catalogue') : reading),
            ),
          );
        } catch (error) {
          if (!isMarqueeError(error) || error.definition.party === 'client') throw error;
          // An id of which nothing is known cannot be told from one that does not exist.
          return inOrder(ids, known).map(
            (record, i) => record ?? (isPossibleId(ids[i] as string) ? error : undefined),
          );
        }
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

function keep<T extends { readonly id: string }>(
  cache: RecordCache<T>,
  ids: readonly string[],
  records: readonly (T | undefined)[],
): readonly (T | undefined)[] {
  for (const [i, record] of records.entries()) {
    if (record === undefined) cache.forget(ids[i] as string);
    else cache.set(record);
  }
  return records;
}

function inOrder<T extends { readonly id: string }>(
  ids: readonly string[],
  records: readonly (T | undefined)[],
): (T | undefined)[] {
  const byId = new Map(
    records.flatMap((record) => (record === undefined ? [] : [[record.id, record] as const])),
  );
  return ids.map((id) => byId.get(id));
}

function withoutUnknown<T>(records: readonly (T | undefined)[]): readonly T[] {
  return records.filter((record) => record !== undefined);
}
