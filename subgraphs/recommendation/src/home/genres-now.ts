/**
 * In which order a segment watches genres now. Of its own watches there may be few: where they say nothing, what everybody watches is
 * expected of it, at its own pace. A function of the two documents alone, so that all processes put genres in one order.
 */
import { type Clock, DEFAULT_SEGMENT, type GenreId } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import {
  genresWatchedView,
  type SubjectWatches,
  type WatchedSubjects,
  watchRateNow,
} from '@marquee/features';
import { SharedRead } from './shared-read.ts';

const MAX_SEGMENTS = 200;

interface GenresNow {
  readonly order: readonly GenreId[];
}

export type GenresNowReader = SharedRead<GenresNow>;

/** By segment; both documents with one read. */
export function createGenresNowReader(store: Pick<KeyValueStore, 'getMany'>, clock: Clock): GenresNowReader {
  return new SharedRead({
    ...{ what: 'genres watched', clock, capacity: MAX_SEGMENTS },
    async read(segment, known) {
      const blobs = await store.getMany([
        genresWatchedView.key(DEFAULT_SEGMENT),
        genresWatchedView.key(segment),
      ]);
      const [everybody, inSegment] = blobs.map((blob) => genresWatchedView.decode(blob));
      // A store that has lost its documents has them again with the next refresh.
      if (everybody === undefined && known !== undefined) return known;
      return { order: genresNow(everybody, segment === DEFAULT_SEGMENT ? undefined : inSegment) };
    },
  });
}

/** Most watched first, equal ones by id. @param inSegment undefined, or without entries: everybody's order */
export function genresNow(
  everybody: WatchedSubjects | undefined,
  inSegment: WatchedSubjects | undefined,
): readonly GenreId[] {
  const rates = ratesOf(everybody?.entries ?? []);
  const own = inSegment?.entries ?? [];
  if (own.length === 0) return inOrder(rates);
  const inAll = sum(rates.values());
  const inOwn = sum(own.map((watches) => ratesOver30Days(watches)));
  const known = new Map(own.map((watches) => [watches.id, watches]));
  const shares = new Map<GenreId, number>();
  for (const id of new Set([...known.keys(), ...rates.keys()])) {
    const expected = inAll > 0 ? ((rates.get(id) ?? 0) / inAll) * inOwn : 0;
    shares.set(id, watchRateNow(known.get(id) ?? UNWATCHED, expected));
  }
  return inOrder(shares);
}

const UNWATCHED = { watches5m: 0, watches1h: 0, watches1d: 0, watches7d: 0, watches30d: 0 } as const;

const ratesOf = (entries: readonly SubjectWatches[]): Map<GenreId, number> =>
  new Map(entries.map((watches) => [watches.id, watchRateNow(watches)]));

/** Watches a day: a count that halves in h days is `rate × h / ln 2` on average. */
const ratesOver30Days = ({ watches30d }: SubjectWatches): number => (watches30d * Math.LN2) / 30;

function inOrder(rates: ReadonlyMap<GenreId, number>): readonly GenreId[] {
  return [...rates].sort(([idA, a], [idB, b]) => b - a || (idA < idB ? -1 : 1)).map(([id]) => id);
}

function sum(values: Iterable<number>): number {
  let all = 0;
  for (const value of values) all += value;
  return all;
}
