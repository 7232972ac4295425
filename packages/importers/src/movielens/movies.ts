/** The films of a MovieLens folder. */
import { parse } from 'csv-parse/sync';
import type { OnProgress } from '../progress.ts';
import type { Rejects } from '../rejects.ts';
import { textLines } from '../rows/text-lines.ts';
import type { MovieLensLayout } from './layout.ts';
import { parseMovieName } from './movie-name.ts';

export interface MovieLensMovie {
  readonly movieId: number;
  readonly name: string;
  readonly year?: number;
  readonly genres: readonly string[];
}

const NO_GENRES = '(no genres listed)';
export const UNLISTED = 'Unlisted';

export async function readMovies(
  layout: MovieLensLayout,
  rejects: Rejects,
  onProgress: OnProgress | undefined,
): Promise<readonly MovieLensMovie[]> {
  const movies = new Map<number, MovieLensMovie>();
  const { moviesFile: file, encoding, hasHeader } = layout;
  for await (const lines of textLines({
    path: file,
    encoding,
    phase: 'titles',
    ...(onProgress && { onProgress }),
  })) {
    for (const { number, text } of lines) {
      if (hasHeader && number === 1) continue;
      const movie = parseMovie(text, layout);
      if (typeof movie === 'string') rejects.add({ file, line: number, text, reason: movie });
      else if (movies.has(movie.movieId)) {
        rejects.add({
          file,
          line: number,
          text,
          reason: `movie ${movie.movieId} stands there twice; the first is kept`,
        });
      } else movies.set(movie.movieId, movie);
    }
    await rejects.flush();
  }
  return [...movies.values()];
}

/** The reason, where the line is not a film. */
function parseMovie(line: string, layout: MovieLensLayout): MovieLensMovie | string {
  const fields = fieldsOf(line, layout);
  if (fields === undefined) return 'not a valid CSV record';
  const { id, title, genres } = layout.movies;
  const [idText, nameText, genresText] = [fields[id], fields[title], fields[genres]];
  if (idText === undefined || nameText === undefined || genresText === undefined) return 'too few fields';
  const movieId = Number(idText);
  if (!/^\d+$/.test(idText) || movieId > 0xffffffff) return `movie id "${idText}" is not a whole number`;
  const { name, year } = parseMovieName(nameText);
  if (name === '') return 'no title';
  const listed = genresText === NO_GENRES ? [] : genresText.split('|').map((genre) => genre.trim());
  const known = [...new Set(listed.filter((genre) => genre !== ''))];
  return {
    movieId,
    name,
    ...(year === undefined ? {} : { year }),
    genres: known.length === 0 ? [UNLISTED] : known,
  };
}

function fieldsOf(line: string, { separator }: MovieLensLayout): readonly string[] | undefined {
  if (separator === '::') return line.split('::');
  if (!line.includes('"')) return line.split(',');
  try {
    return parse(line, { relax_column_count: true })[0] as string[];
  } catch {
    return undefined;
  }
}
