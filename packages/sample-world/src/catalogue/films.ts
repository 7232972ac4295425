/** From raw rows to cleaned films: names, years, genres and scores settled, duplicates merged. */
import type { MaturityRating } from '@marquee/domain';
import { assignGenres, type GenreOrigin, usualGenres } from './assign-genres.ts';
import { cleanName, repairText } from './clean-name.ts';
import type { MovieRow } from './movie-row.ts';
import { type ReleaseYear, releaseYear } from './release-year.ts';
import { wronglyScored } from './shared-scores.ts';
import { slug } from './slug.ts';

export interface Film {
  readonly name: string;
  readonly year?: number;
  readonly yearRepair?: ReleaseYear['repair'];
  readonly genres: readonly string[];
  readonly genreOrigin: GenreOrigin;
  readonly director?: string;
  readonly studio?: string;
  readonly source?: string;
  readonly maturityRating: MaturityRating;
  readonly runtimeMinutes?: number;
  readonly score?: number;
  readonly votes?: number;
  readonly scoreWasAnothers: boolean;
}

const MATURITY: Readonly<Record<string, MaturityRating>> = {
  G: 'G',
  PG: 'PG',
  'PG-13': 'PG_13',
  R: 'R',
  'NC-17': 'NC_17',
};
const NO_STUDIO = new Set(['', 'Distributor Unknown']);

export function cleanFilms(rows: readonly MovieRow[]): { films: readonly Film[]; merged: number } {
  const distinct = mergeDuplicates(rows);
  const usual = usualGenres(distinct);
  const years = distinct.map((row) => releaseYear(row['Release Date']));
  const wrong = wronglyScored(
    distinct.map((row, i) => ({
      name: cleanName(row.Title),
      year: years[i]!.year,
      rating: row['IMDB Rating'],
      votes: row['IMDB Votes'],
      critics: row['Rotten Tomatoes Rating'],
    })),
  );
  const films = distinct.map((row, i): Film => {
    const name = cleanName(row.Title);
    const { genres, origin } = assignGenres(row, name, usual);
    const { year, repair } = years[i]!;
    const studio = row.Distributor === null ? '' : repairText(row.Distributor);
    const scored = !wrong.has(i) && row['IMDB Rating'] !== null;
    return {
      name,
      ...(year === undefined ? {} : { year }),
      ...(repair === undefined ? {} : { yearRepair: repair }),
      genres,
      genreOrigin: origin,
      ...(row.Director === null ? {} : { director: repairText(row.Director) }),
      ...(NO_STUDIO.has(studio) ? {} : { studio }),
      ...(row.Source === null ? {} : { source: row.Source }),
      maturityRating: MATURITY[row['MPAA Rating'] ?? ''] ?? 'NOT_RATED',
      ...(row['Running Time min'] === null ? {} : { runtimeMinutes: row['Running Time min'] }),
      ...(scored ? { score: row['IMDB Rating']!, votes: row['IMDB Votes'] ?? 0 } : {}),
      scoreWasAnothers: wrong.has(i),
    };
  });
  return { films, merged: rows.length - distinct.length };
}

/**
 * Rows of one name and year are one film; what one row does not know is taken from the other. Films of one name
 * from different years are different films.
 */
function mergeDuplicates(rows: readonly MovieRow[]): readonly MovieRow[] {
  const byKey = new Map<string, MovieRow>();
  for (const [i, row] of rows.entries()) {
    const { year } = releaseYear(row['Release Date']);
    const key = `${slug(cleanName(row.Title))}|${year ?? `row ${i}`}`;
    const present = byKey.get(key);
    byKey.set(key, present === undefined ? row : fillGaps(present, row));
  }
  return [...byKey.values()];
}

function fillGaps(row: MovieRow, other: MovieRow): MovieRow {
  const known = Object.entries(row).filter(([, value]) => value !== null);
  return { ...other, ...Object.fromEntries(known) };
}
