/** Reads whole titles: one row each, with what belongs to them as JSON lists, so that one query sees one state. */
import type { AvailabilityWindow, Title } from '@marquee/domain';
import { type Expression, type ExpressionBuilder, type RawBuilder, sql } from 'kysely';
import type { CatalogueDialect } from './catalogue-dialect.ts';
import type { CatalogueTables, PersonRole, TitlesTable } from './tables.ts';

export interface TitleRow extends Omit<TitlesTable, 'seq' | 'sort_name' | 'updated_at'> {
  readonly genre_ids: string;
  readonly director_ids: string;
  readonly cast_ids: string;
  /** `[from, to | null, regions as JSON | null]` each. */
  readonly windows: string;
}

/** Columns of `titles as t` that `titleFromRow` needs. */
export function titleColumns(dialect: CatalogueDialect) {
  const people = (eb: ExpressionBuilder<{ t: TitlesTable } & CatalogueTables, 't'>, role: PersonRole) =>
    eb
      .selectFrom('title_people as p')
      .select(dialect.jsonList([sql.ref('p.person_id')], sql.ref('p.ordinal')).as('ids'))
      .whereRef('p.title_id', '=', 't.id')
      .where('p.role', '=', role);

  return (eb: ExpressionBuilder<{ t: TitlesTable } & CatalogueTables, 't'>) =>
    [
      't.id',
      't.name',
      't.kind',
      't.synopsis',
      't.release_year',
      't.added_at',
      't.runtime_minutes',
      't.maturity_rating',
      't.studio',
      't.average_score',
      't.score_count',
      't.artwork_variants',
      column(
        eb
          .selectFrom('title_genres as g')
          .select(dialect.jsonList([sql.ref('g.genre_id')], sql.ref('g.ordinal')).as('ids'))
          .whereRef('g.title_id', '=', 't.id'),
      ).as('genre_ids'),
      column(people(eb, 'director')).as('director_ids'),
      column(people(eb, 'cast')).as('cast_ids'),
      column(
        eb
          .selectFrom('availability_windows as a')
          .select(
            dialect
              .jsonList(
                [sql.ref('a.starts_at'), sql.ref('a.ends_at'), sql.ref('a.regions')],
                sql.ref('a.ordinal'),
              )
              .as('windows'),
          )
          .whereRef('a.title_id', '=', 't.id'),
      ).as('windows'),
    ] as const;
}

/** An aggregate without grouping always has a row, which the query builder cannot know. */
function column(subquery: Expression<unknown>): RawBuilder<string> {
  return sql<string>`${subquery}`;
}

export function titleFromRow(row: TitleRow): Title {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    ...(row.synopsis === null ? {} : { synopsis: row.synopsis }),
    ...(row.release_year === null ? {} : { releaseYear: row.release_year }),
    addedAt: row.added_at,
    ...(row.runtime_minutes === null ? {} : { runtimeMinutes: row.runtime_minutes }),
    maturityRating: row.maturity_rating,
    genreIds: JSON.parse(row.genre_ids) as string[],
    directorIds: JSON.parse(row.director_ids) as string[],
    castIds: JSON.parse(row.cast_ids) as string[],
    ...(row.studio === null ? {} : { studio: row.studio }),
    ...(row.average_score === null ? {} : { averageScore: row.average_score }),
    ...(row.score_count === null ? {} : { scoreCount: row.score_count }),
    ...(row.artwork_variants === null ? {} : { artworkVariants: row.artwork_variants }),
    availability: (JSON.parse(row.windows) as [number, number | null, string | null][]).map(windowFrom),
  };
}

function windowFrom([from, to, regions]: [number, number | null, string | null]): AvailabilityWindow {
  return {
    from,
    ...(to === null ? {} : { to }),
    ...(regions === null ? {} : { regions: JSON.parse(regions) as string[] }),
  };
}
