/** The two layouts MovieLens data sets come in, told apart by their file names. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { importFailure } from '../import-failure.ts';
import { textLines } from '../rows/text-lines.ts';

export interface MovieLensLayout {
  readonly moviesFile: string;
  readonly ratingsFile: string;
  readonly encoding: 'utf8' | 'latin1';
  readonly separator: ',' | '::';
  /** Column of each field, and whether line 1 is a header. */
  readonly movies: { readonly id: number; readonly title: number; readonly genres: number };
  readonly ratings: {
    readonly user: number;
    readonly movie: number;
    readonly rating: number;
    readonly time: number;
  };
  readonly hasHeader: boolean;
}

/** ml-latest, ml-20m and later: comma-separated with a header, UTF-8. */
async function csvLayout(moviesFile: string, ratingsFile: string): Promise<MovieLensLayout> {
  const movies = await headerOf(moviesFile);
  const ratings = await headerOf(ratingsFile);
  const column = (file: string, header: readonly string[], name: string): number => {
    const index = header.indexOf(name);
    if (index < 0) {
      throw importFailure(
        'folder',
        `${file} has no column ${name}; its header is: ${header.join(',') || '(empty)'}`,
      );
    }
    return index;
  };
  return {
    moviesFile,
    ratingsFile,
    encoding: 'utf8',
    separator: ',',
    movies: {
      id: column(moviesFile, movies, 'movieId'),
      title: column(moviesFile, movies, 'title'),
      genres: column(moviesFile, movies, 'genres'),
    },
    ratings: {
      user: column(ratingsFile, ratings, 'userId'),
      movie: column(ratingsFile, ratings, 'movieId'),
      rating: column(ratingsFile, ratings, 'rating'),
      time: column(ratingsFile, ratings, 'timestamp'),
    },
    hasHeader: true,
  };
}

/** ml-1m and ml-10m: `::` between fields, no header, Latin-1. */
function datLayout(moviesFile: string, ratingsFile: string): MovieLensLayout {
  return {
    moviesFile,
    ratingsFile,
    encoding: 'latin1',
    separator: '::',
    movies: { id: 0, title: 1, genres: 2 },
    ratings: { user: 0, movie: 1, rating: 2, time: 3 },
    hasHeader: false,
  };
}

/** @throws MarqueeError BAD_USER_INPUT when the folder holds neither layout, or a header lacks a column. */
export async function detectLayout(folder: string): Promise<MovieLensLayout> {
  const file = (name: string): string => join(folder, name);
  if ((await readable(file('ratings.csv'))) && (await readable(file('movies.csv')))) {
    return csvLayout(file('movies.csv'), file('ratings.csv'));
  }
  if ((await readable(file('ratings.dat'))) && (await readable(file('movies.dat')))) {
    return datLayout(file('movies.dat'), file('ratings.dat'));
  }
  throw importFailure(
    'folder',
    `${folder} is no MovieLens folder: it needs ratings.csv and movies.csv, or ratings.dat and movies.dat`,
  );
}

async function headerOf(file: string): Promise<readonly string[]> {
  for await (const lines of textLines({ path: file, encoding: 'utf8', phase: 'header' })) {
    const [first] = lines;
    if (first !== undefined) return first.text.split(',').map((name) => name.trim().replace(/^"|"$/g, ''));
  }
  return [];
}

async function readable(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
