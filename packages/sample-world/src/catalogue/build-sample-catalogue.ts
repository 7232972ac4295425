/** The sample catalogue: the films of `vega-datasets`, cleaned, as Marquee's titles, people and genres. */
import type { Genre, Person, Title } from '@marquee/domain';
import { artworkOf } from './artwork-variants.ts';
import { addedAt, availability, type Restriction } from './calendar.ts';
import { cleanName } from './clean-name.ts';
import { cleanFilms, type Film } from './films.ts';
import { type MovieRow, readMovieRows } from './movie-row.ts';
import { slug, uniqueIds } from './slug.ts';
import { synopsis } from './synopsis.ts';

/** What cleaning did, in films. */
export interface CatalogueReport {
  readonly rows: number;
  readonly titles: number;
  readonly merged: number;
  readonly numericNames: number;
  readonly missingNames: number;
  readonly namesRepaired: number;
  readonly sharedNames: number;
  readonly yearsRepaired: { readonly century: number; readonly yearOnly: number; readonly missing: number };
  readonly genres: {
    readonly editorial: number;
    readonly creativeType: number;
    readonly director: number;
    readonly fallback: number;
  };
  readonly scoresOfAnotherFilm: number;
  readonly withoutScore: number;
  readonly withoutDirector: number;
  readonly withoutRuntime: number;
  readonly restrictions: Readonly<Record<Restriction, number>>;
}

export interface SampleCatalogue {
  readonly titles: readonly Title[];
  readonly people: readonly Person[];
  readonly genres: readonly Genre[];
  readonly report: CatalogueReport;
}

export const genreId = (name: string): string => `g_${slug(name)}`;
export const personId = (name: string): string => `p_${slug(name)}`;

/** @param now epoch milliseconds; additions and availability windows lie around it. */
export function buildSampleCatalogue({ now }: { now: number }): SampleCatalogue {
  const rows = readMovieRows();
  const { films, merged } = cleanFilms(rows);
  const newness = newnessByYear(films);
  const unique = uniqueIds();
  const people = new Map<string, Person>();
  const genres = new Map<string, Genre>();
  const restrictions: Record<Restriction, number> = {
    none: 0,
    leavingSoon: 0,
    gone: 0,
    comingSoon: 0,
    someRegions: 0,
  };

  const titles = films.map((film): Title => {
    const id = unique(`t_${slug(film.name)}${film.year === undefined ? '' : `-${film.year}`}`);
    for (const name of film.genres) genres.set(name, { id: genreId(name), name });
    if (film.director !== undefined)
      people.set(film.director, { id: personId(film.director), name: film.director });
    const added = addedAt(id, newness(film.year), now);
    const { windows, restriction } = availability(id, added, now);
    restrictions[restriction]++;
    return {
      id,
      name: film.name,
      kind: 'MOVIE',
      synopsis: synopsis(film),
      ...(film.year === undefined ? {} : { releaseYear: film.year }),
      addedAt: added,
      ...(film.runtimeMinutes === undefined ? {} : { runtimeMinutes: film.runtimeMinutes }),
      maturityRating: film.maturityRating,
      genreIds: film.genres.map(genreId),
      directorIds: film.director === undefined ? [] : [personId(film.director)],
      castIds: [],
      ...(film.studio === undefined ? {} : { studio: film.studio }),
      ...(film.score === undefined ? {} : { averageScore: film.score, scoreCount: film.votes ?? 0 }),
      ...artworkOf(id),
      availability: windows,
    };
  });
  return {
    titles,
    people: [...people.values()],
    genres: [...genres.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    report: report(rows, films, merged, restrictions),
  };
}

/** Rank of a release year among all films, 0 to 1; films without a year count as middling. */
function newnessByYear(films: readonly Film[]): (year: number | undefined) => number {
  const years = films.flatMap(({ year }) => (year === undefined ? [] : [year])).sort((a, b) => a - b);
  const rank = new Map<number, number>();
  for (const [i, year] of years.entries()) rank.set(year, i / Math.max(1, years.length - 1));
  return (year) => (year === undefined ? 0.5 : rank.get(year)!);
}

function report(
  rows: readonly MovieRow[],
  films: readonly Film[],
  merged: number,
  restrictions: Readonly<Record<Restriction, number>>,
): CatalogueReport {
  const count = (test: (film: Film) => boolean): number => films.filter(test).length;
  const names = new Map<string, number>();
  for (const film of films) names.set(film.name, (names.get(film.name) ?? 0) + 1);
  return {
    rows: rows.length,
    titles: films.length,
    merged,
    numericNames: rows.filter((row) => typeof row.Title === 'number').length,
    missingNames: rows.filter((row) => row.Title === null).length,
    namesRepaired: rows.filter((row) => typeof row.Title === 'string' && cleanName(row.Title) !== row.Title)
      .length,
    sharedNames: count((film) => names.get(film.name)! > 1),
    yearsRepaired: {
      century: count((film) => film.yearRepair === 'century'),
      yearOnly: count((film) => film.yearRepair === 'year-only'),
      missing: count((film) => film.yearRepair === 'missing'),
    },
    genres: {
      editorial: count((film) => film.genreOrigin === 'editorial'),
      creativeType: count((film) => film.genreOrigin === 'creative-type'),
      director: count((film) => film.genreOrigin === 'director'),
      fallback: count((film) => film.genreOrigin === 'fallback'),
    },
    scoresOfAnotherFilm: count((film) => film.scoreWasAnothers),
    withoutScore: count((film) => film.score === undefined),
    withoutDirector: count((film) => film.director === undefined),
    withoutRuntime: count((film) => film.runtimeMinutes === undefined),
    restrictions,
  };
}
