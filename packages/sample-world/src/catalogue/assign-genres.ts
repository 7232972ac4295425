/**
 * Genres of a film: its major genre, and a second one where the creative type or source says more
 * (a "Fantasy" adventure, a "True Story" drama). Films without a major genre get one, in this order, from
 * the editorial list, their creative type, their director's usual genre, and at last "Other".
 */
import { editorialGenres } from './editorial-genres.ts';
import type { MovieRow } from './movie-row.ts';

const MAJOR: Readonly<Record<string, string>> = {
  'Thriller/Suspense': 'Thriller',
  'Concert/Performance': 'Concert',
};
const BY_CREATIVE_TYPE: Readonly<Record<string, string>> = {
  'Science Fiction': 'Science Fiction',
  Fantasy: 'Fantasy',
  'Super Hero': 'Superhero',
  'Kids Fiction': 'Kids',
  'Historical Fiction': 'Historical',
  Dramatization: 'True Story',
};
const TRUE_STORY_SOURCES = new Set(['Based on Real Life Events', 'Based on Factual Book/Article']);
/** A director's films say something about the unlabelled ones when this many are labelled ... */
const MIN_LABELLED = 3;
/** ... and this share of them agrees. */
const MIN_SHARE = 0.6;

export const FALLBACK_GENRE = 'Other';

export type GenreOrigin = 'source' | 'editorial' | 'creative-type' | 'director' | 'fallback';

export function majorGenre(row: MovieRow): string | undefined {
  const genre = row['Major Genre'];
  return genre === null ? undefined : (MAJOR[genre] ?? genre);
}

function secondGenre(row: MovieRow): string | undefined {
  const byType = row['Creative Type'] === null ? undefined : BY_CREATIVE_TYPE[row['Creative Type']];
  if (byType !== undefined) return byType;
  return row.Source !== null && TRUE_STORY_SOURCES.has(row.Source) ? 'True Story' : undefined;
}

/** Director → the genre of most of their labelled films, where it is clear. */
export function usualGenres(rows: readonly MovieRow[]): ReadonlyMap<string, string> {
  const counts = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const genre = majorGenre(row);
    if (row.Director === null || genre === undefined) continue;
    const own = counts.get(row.Director) ?? new Map<string, number>();
    counts.set(row.Director, own);
    own.set(genre, (own.get(genre) ?? 0) + 1);
  }
  const usual = new Map<string, string>();
  for (const [director, own] of counts) {
    const [genre, count] = [...own].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]!;
    const total = [...own.values()].reduce((sum, n) => sum + n, 0);
    if (total >= MIN_LABELLED && count / total >= MIN_SHARE) usual.set(director, genre);
  }
  return usual;
}

export function assignGenres(
  row: MovieRow,
  name: string,
  usual: ReadonlyMap<string, string>,
): { readonly genres: readonly string[]; readonly origin: GenreOrigin } {
  const major = majorGenre(row);
  const second = secondGenre(row);
  if (major !== undefined) {
    // A documentary about real events is no "True Story" on top.
    const genres = second === undefined || major === 'Documentary' ? [major] : [major, second];
    return { genres, origin: 'source' };
  }
  const editorial = editorialGenres(name);
  if (editorial !== undefined)
    return { genres: [...new Set([...editorial, ...(second ? [second] : [])])], origin: 'editorial' };
  if (second === 'Science Fiction' || second === 'Fantasy')
    return { genres: [second], origin: 'creative-type' };
  const ofDirector = row.Director === null ? undefined : usual.get(row.Director);
  if (ofDirector !== undefined) {
    return { genres: second === undefined ? [ofDirector] : [ofDirector, second], origin: 'director' };
  }
  if (second !== undefined) return { genres: [second], origin: 'creative-type' };
  return { genres: [FALLBACK_GENRE], origin: 'fallback' };
}
