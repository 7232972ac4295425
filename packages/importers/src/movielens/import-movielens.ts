/** A MovieLens folder as a catalogue and a history. */
import type { Genre, MarqueeEvent, Person, Title } from '@marquee/domain';
import { genreIdOf } from '../ids.ts';
import { importFailure } from '../import-failure.ts';
import type { OnProgress } from '../progress.ts';
import { createRejects } from '../rejects.ts';
import { detectLayout } from './layout.ts';
import { type MovieLensMovie, readMovies } from './movies.ts';
import { ratingBehaviour } from './rating-behaviour.ts';
import type { RatingColumns } from './rating-columns.ts';
import { ratingEvents } from './rating-events.ts';
import { readRatings } from './ratings.ts';

export interface MovieLensOptions {
  readonly folder: string;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Moves the whole time line by one constant so that the last rating falls on `now`. Default true. */
  readonly rebase?: boolean;
  /** JSON Lines file for the rows that cannot be used. Default: they are counted only. */
  readonly rejectsFile?: string;
  readonly onProgress?: OnProgress;
}

export interface MovieLensSummary {
  readonly titles: number;
  readonly ratings: number;
  readonly users: number;
  readonly rejected: number;
  /** Exactly as many events will come. */
  readonly expectedEvents: number;
  /** What was added to every time, in milliseconds; 0 without `rebase`. */
  readonly shiftMs: number;
  /** After the shift, epoch milliseconds. */
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface MovieLensImport {
  readonly catalogue: {
    readonly titles: readonly Title[];
    readonly people: readonly Person[];
    readonly genres: readonly Genre[];
  };
  /** In order of time; can be read once more by asking for another iterator. */
  readonly events: AsyncIterable<MarqueeEvent[]>;
  readonly summary: MovieLensSummary;
}

/**
 * Reads both files; the events are made while they are read. Memory: about 20 bytes per rating plus the titles.
 * @throws MarqueeError BAD_USER_INPUT when the folder holds neither layout, or no usable rating.
 */
export async function importMovieLens(options: MovieLensOptions): Promise<MovieLensImport> {
  const { folder, now, rebase = true, onProgress } = options;
  const layout = await detectLayout(folder);
  const rejects = await createRejects(options.rejectsFile);
  const movies = await readMovies(layout, rejects, onProgress);
  const movieIndex = new Map(movies.map(({ movieId }, i) => [movieId, i]));
  const ratings = await readRatings(layout, movieIndex, rejects, onProgress);
  if (ratings.length === 0) {
    throw importFailure(
      'folder',
      `${layout.ratingsFile} holds no usable rating (${rejects.count} rows rejected)`,
    );
  }
  const facts = ratingFacts(ratings, movies.length);
  const shiftMs = rebase ? now - facts.lastSeconds * 1_000 : 0;
  const toInstant = (seconds: number): number => seconds * 1_000 + shiftMs;
  const titles = movies.map((movie, i) => toTitle(movie, toInstant(facts.firstOfMovie[i]!)));
  const genreNames = [...new Set(movies.flatMap(({ genres }) => genres))].sort();
  return {
    catalogue: {
      titles,
      people: [],
      genres: genreNames.map((name) => ({ id: genreIdOf(name), name })),
    },
    events: {
      [Symbol.asyncIterator]: () =>
        ratingEvents({
          ratings,
          titleIds: titles.map(({ id }) => id),
          shiftMs,
          ...(onProgress && { onProgress }),
        }),
    },
    summary: {
      titles: titles.length,
      ratings: ratings.length,
      users: facts.users,
      rejected: rejects.count,
      expectedEvents: facts.users + 2 * ratings.length + facts.reactions,
      shiftMs,
      firstAt: toInstant(facts.firstSeconds),
      lastAt: toInstant(facts.lastSeconds),
    },
  };
}

/** `averageScore` stays empty: the mean of ratings would tell a model of the past what the future thinks. */
function toTitle({ movieId, name, year, genres }: MovieLensMovie, addedAt: number): Title {
  return {
    id: `ml-movie-${movieId}`,
    name,
    kind: 'MOVIE',
    ...(year === undefined ? {} : { releaseYear: year }),
    addedAt,
    maturityRating: 'NOT_RATED',
    genreIds: genres.map(genreIdOf),
    directorIds: [],
    castIds: [],
    availability: [{ from: addedAt }],
  };
}

interface RatingFacts {
  readonly users: number;
  readonly reactions: number;
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** Per movie the time of its first rating, or of the data set's first where it has none. */
  readonly firstOfMovie: Float64Array;
}

function ratingFacts(
  { length, user, movie, halfStars, seconds }: RatingColumns,
  movieCount: number,
): RatingFacts {
  const firstOfMovie = new Float64Array(movieCount).fill(Number.POSITIVE_INFINITY);
  const users = new Set<number>();
  let firstSeconds = Number.POSITIVE_INFINITY;
  let lastSeconds = 0;
  let reactions = 0;
  for (let i = 0; i < length; i++) {
    const at = seconds[i]!;
    firstSeconds = Math.min(firstSeconds, at);
    lastSeconds = Math.max(lastSeconds, at);
    firstOfMovie[movie[i]!] = Math.min(firstOfMovie[movie[i]!]!, at);
    users.add(user[i]!);
    if (ratingBehaviour(halfStars[i]!).reaction !== undefined) reactions++;
  }
  for (let i = 0; i < movieCount; i++) {
    if (!Number.isFinite(firstOfMovie[i]!)) firstOfMovie[i] = firstSeconds;
  }
  return { users: users.size, reactions, firstSeconds, lastSeconds, firstOfMovie };
}
