/** Genres, years and names of MovieLens' films, from `movies.csv` or `movies.dat`: what the models that know content read. */
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { embedTitle } from '@marquee/features';
import { yearFeatures } from '@marquee/training';

export interface Movies {
  /** By film id. */
  readonly features: ReadonlyMap<string, readonly string[]>;
  /** Content vectors, as serving has them. */
  readonly vectors: ReadonlyMap<string, Float32Array>;
}

/** Nothing when the folder has neither file. Lines that do not look like a film are passed over. */
export async function readMovies(folder: string): Promise<Movies> {
  const features = new Map<string, readonly string[]>();
  const vectors = new Map<string, Float32Array>();
  for (const [name, encoding, parse] of [
    ['movies.csv', 'utf8', csvFilm],
    ['movies.dat', 'latin1', datFilm],
  ] as const) {
    const path = join(folder, name);
    if (
      !(await access(path).then(
        () => true,
        () => false,
      ))
    )
      continue;
    const lines = createInterface({
      input: createReadStream(path, { encoding }),
      crlfDelay: Number.POSITIVE_INFINITY,
    });
    for await (const line of lines) {
      const film = parse(line);
      if (film === undefined) continue;
      features.set(film.id, filmFeatures(film));
      vectors.set(film.id, filmVector(film));
    }
    break;
  }
  return { features, vectors };
}

interface Film {
  readonly id: string;
  readonly title: string;
  readonly genres: string;
}

/** Titles hold commas and then stand in quotes; ids and genres do not. */
function csvFilm(line: string): Film | undefined {
  const [, id, title, genres] = /^(\d+),(.*),([^,]*)$/.exec(line) ?? [];
  return id === undefined ? undefined : { id, title: title!, genres: genres! };
}

function datFilm(line: string): Film | undefined {
  const [id, title, genres] = line.split('::');
  return id === undefined || title === undefined || genres === undefined ? undefined : { id, title, genres };
}

function filmFeatures(film: Film): string[] {
  const year = yearOf(film);
  return [
    ...genresOf(film).map((genre) => `genre:${genre}`),
    ...(year === undefined ? [] : yearFeatures(year)),
  ];
}

function filmVector(film: Film): Float32Array {
  const year = yearOf(film);
  return embedTitle({
    kind: 'MOVIE',
    name: film.title.replace(/^"|"$/g, '').replace(/\s*\(\d{4}\)\s*$/, ''),
    genreIds: genresOf(film),
    directorIds: [],
    castIds: [],
    ...(year !== undefined && { releaseYear: year }),
  });
}

function yearOf({ title }: Film): number | undefined {
  const year = /\((\d{4})\)"?\s*$/.exec(title)?.[1];
  return year === undefined ? undefined : Number(year);
}

function genresOf({ genres }: Film): string[] {
  return genres.split('|').filter((genre) => genre !== '' && !genre.startsWith('('));
}
