/**
 * The ranked lists of the materialiser, and the order of genres, decoded once and shared by all requests of the process. They change
 * every few minutes; a copy is good for a quarter of a minute. The last copy that could be read is kept for
 * ever: it is what the ladder falls back to when the store is away.
 */
import { type Clock, DEFAULT_SEGMENT, SECOND_MS, type Segment } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { listIds, type TitleList, titleListView } from '@marquee/features';
import { beforeDeadline, deadlineAfter } from '@marquee/service-kit';
import { createGenresNowReader, type GenresNowReader } from './genres-now.ts';
import type { HomeLists, RankedEntry } from './home-query.ts';
import { LruMap } from './lru-map.ts';

const FRESH_MS = 15 * SECOND_MS;
const READ_TIMEOUT_MS = 200;
/** Four lists per segment read together; of segments there are few. */
const MAX_LISTS = 1_000;

interface KnownList {
  readonly readAt: number;
  readonly blob: Uint8Array | undefined;
  readonly entries: readonly RankedEntry[];
}

const NOTHING: readonly RankedEntry[] = Object.freeze([]);

export class TitleLists {
  readonly #store: KeyValueStore;
  readonly #clock: Clock;
  readonly #genres: GenresNowReader;
  readonly #known = new LruMap<string, KnownList>(MAX_LISTS);
  readonly #reading = new Map<string, Promise<void>>();

  constructor(store: KeyValueStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#genres = createGenresNowReader(store, clock);
  }

  /** One read for those of the four lists that are not fresh; requests that come meanwhile share it. */
  async read(segment: Segment): Promise<HomeLists> {
    const now = this.#clock.now();
    const genres = this.#genres.read(segment);
    // Should the lists fail first, nobody waits for it any more.
    genres.catch(() => undefined);
    const stale = idsFor(segment).filter(
      (id) => !((this.#known.get(id)?.readAt ?? -Infinity) > now - FRESH_MS),
    );
    if (stale.length > 0) {
      const key = stale.join('\n');
      let reading = this.#reading.get(key);
      if (reading === undefined) {
        // Bounded, so that requests never join a read that hangs for ever.
        reading = beforeDeadline(
          this.#readLists(stale, now),
          deadlineAfter(READ_TIMEOUT_MS),
          'title lists',
        ).finally(() => this.#reading.delete(key));
        this.#reading.set(key, reading);
      }
      await reading;
    }
    await genres;
    return this.lastKnown(segment);
  }

  /** Without asking anybody; empty lists where none was ever read. */
  lastKnown(segment: Segment): HomeLists {
    const entries = (id: string): readonly RankedEntry[] => this.#known.get(id)?.entries ?? NOTHING;
    return {
      popular: entries(listIds.popular(DEFAULT_SEGMENT)),
      popularInSegment: entries(listIds.popular(segment)),
      trending: entries(listIds.trending(DEFAULT_SEGMENT)),
      trendingInSegment: entries(listIds.trending(segment)),
      genresNow: this.#genres.lastKnown(segment)?.order ?? [],
    };
  }

  async #readLists(ids: readonly string[], readAt: number): Promise<void> {
    const blobs = await this.#store.getMany(ids.map((id) => titleListView.key(id)));
    for (const [i, id] of ids.entries()) {
      const blob = blobs[i];
      const known = this.#known.get(id);
      if (known !== undefined && isSame(blob, known.blob)) {
        // The same array: what others have found out about its titles goes on being true.
        this.#known.set(id, { ...known, readAt });
        continue;
      }
      const list: TitleList | undefined = titleListView.decode(blob);
      // A copy: a value may be a view of much more memory than its own.
      this.#known.set(id, {
        readAt,
        blob: blob && Uint8Array.from(blob),
        entries: list?.entries ?? known?.entries ?? NOTHING,
      });
    }
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && Buffer.compare(a, b) === 0);
}

function idsFor(segment: Segment): readonly string[] {
  return [
    ...new Set([
      listIds.popular(DEFAULT_SEGMENT),
      listIds.popular(segment),
      listIds.trending(DEFAULT_SEGMENT),
      listIds.trending(segment),
    ]),
  ];
}
