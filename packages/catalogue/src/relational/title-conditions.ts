/** A list's conditions as SQL. What is not known about a title does not satisfy a condition on it. */
import { MATURITY_RATINGS, type MaturityRating, type TitleFilter, withinMaturity } from '@marquee/domain';
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { CatalogueDialect } from './catalogue-dialect.ts';
import type { CatalogueTables, TitlesTable } from './tables.ts';

export interface TitleConditions {
  readonly filter?: TitleFilter;
  readonly availableAt?: number;
  readonly maturityLimit?: MaturityRating;
  readonly personId?: string;
}

export function titleConditions(dialect: CatalogueDialect, conditions: TitleConditions) {
  const { filter = {}, availableAt, maturityLimit, personId } = conditions;

  return (eb: ExpressionBuilder<{ t: TitlesTable } & CatalogueTables, 't'>): Expression<SqlBool> => {
    const all: Expression<SqlBool>[] = [];
    if (filter.kinds !== undefined) all.push(dialect.isOneOf('t.kind', filter.kinds));
    if (filter.releasedFrom !== undefined) all.push(eb('t.release_year', '>=', filter.releasedFrom));
    if (filter.releasedTo !== undefined) all.push(eb('t.release_year', '<=', filter.releasedTo));
    if (filter.maxRuntimeMinutes !== undefined) {
      all.push(eb('t.runtime_minutes', '<=', filter.maxRuntimeMinutes));
    }
    if (filter.maxMaturity !== undefined || maturityLimit !== undefined) {
      const allowed = MATURITY_RATINGS.filter(
        (rating) => withinMaturity(rating, filter.maxMaturity) && withinMaturity(rating, maturityLimit),
      );
      all.push(eb('t.maturity_rating', 'in', allowed));
    }
    if (filter.genreIds !== undefined) {
      all.push(
        eb.exists(
          eb
            .selectFrom('title_genres as fg')
            .select('fg.title_id')
            .whereRef('fg.title_id', '=', 't.id')
            .where(dialect.isOneOf('fg.genre_id', filter.genreIds)),
        ),
      );
    }
    if (personId !== undefined) {
      all.push(
        eb(
          't.id',
          'in',
          eb.selectFrom('title_people as fp').select('fp.title_id').where('fp.person_id', '=', personId),
        ),
      );
    }
    if (availableAt !== undefined) {
      all.push(
        eb.exists(
          eb
            .selectFrom('availability_windows as fa')
            .select('fa.title_id')
            .whereRef('fa.title_id', '=', 't.id')
            .where('fa.starts_at', '<=', availableAt)
            .where((w) => w.or([w('fa.ends_at', 'is', null), w('fa.ends_at', '>', availableAt)]))
            // The region is not known, so windows that hold in some regions only do not count.
            .where('fa.regions', 'is', null),
        ),
      );
    }
    return eb.and(all);
  };
}
