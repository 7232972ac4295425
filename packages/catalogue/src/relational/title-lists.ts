/** Lists of titles, page by page. */
import type { PersonId, Title } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { type Kysely, sql } from 'kysely';
import {
  MAX_PAGE,
  MAX_PEOPLE_PER_PAGE,
  type PeopleTitlesQuery,
  type TitlePage,
  type TitleQuery,
} from '../index.ts';
import type { CatalogueDialect } from './catalogue-dialect.ts';
import { decodeCursor, encodeCursor, listFingerprint } from './cursor.ts';
import { searchWords } from './search-words.ts';
import type { CatalogueTables } from './tables.ts';
import { titleConditions } from './title-conditions.ts';
import {
  after,
  BY_NAME,
  BY_RELEVANCE,
  keyColumns,
  keyOf,
  NEWEST_FIRST,
  orderBy,
  type TitleOrder,
} from './title-order.ts';
import { type TitleRow, titleColumns, titleFromRow } from './title-rows.ts';

const EMPTY: TitlePage = { titles: [], hasNextPage: false };

export async function findTitles(
  db: Kysely<CatalogueTables>,
  dialect: CatalogueDialect,
  query: TitleQuery,
): Promise<TitlePage> {
  requirePageSize(query.first);
  const words = searchWords(query.search);
  const order = words !== undefined ? BY_RELEVANCE : query.personId !== undefined ? NEWEST_FIRST : BY_NAME;
  const fingerprint = fingerprintOf(query, words);
  const start = query.after === undefined ? undefined : decodeCursor(query.after, fingerprint, order.types);
  if (words?.length === 0) return EMPTY;

  // First the page's rows and keys alone, then the titles of just these: building whole titles is the dear part.
  const source =
    words === undefined
      ? db.selectFrom('titles as t')
      : // Materialised: full-text ranks cannot be computed outside the full-text query itself.
        (db
          .with(
            (cte) => cte('hits').materialized(),
            () => dialect.searchHits(words) as never,
          )
          .selectFrom('hits' as never)
          .innerJoin('titles as t', (join) =>
            join.on(sql<boolean>`t.seq = hits.seq`),
          ) as unknown as ReturnType<typeof db.selectFrom<'titles as t'>>);
  let page = source
    .select('t.seq')
    .select(keyColumns(order))
    .where(titleConditions(dialect, query))
    .orderBy(orderBy(order))
    .limit(query.first + 1);
  if (start !== undefined) page = page.where(after(order, start));

  const rows = await db
    .selectFrom(page.as('page'))
    .innerJoin('titles as t', 't.seq', 'page.seq')
    .select(titleColumns(dialect))
    .select(pageKeys(order))
    .orderBy(sql.join(pageKeys(order).map((_, i) => sql.ref(`page.k${i}`))))
    .execute();
  return toPage(rows, query.first, order, fingerprint);
}

export async function titlesByPeople(
  db: Kysely<CatalogueTables>,
  dialect: CatalogueDialect,
  ids: readonly PersonId[],
  query: PeopleTitlesQuery,
): Promise<readonly TitlePage[]> {
  requirePageSize(query.first);
  if (ids.length > MAX_PEOPLE_PER_PAGE) {
    throw new MarqueeError('BAD_USER_INPUT', {
      message: `At most ${MAX_PEOPLE_PER_PAGE} people per call, not ${ids.length}.`,
      field: 'ids',
    });
  }
  if (ids.length === 0) return [];
  const order = NEWEST_FIRST;
  const credits = db
    .selectFrom('title_people')
    .select(['person_id', 'title_id'])
    .distinct()
    .where(dialect.isOneOf('person_id', ids));
  const ranked = db
    .selectFrom('titles as t')
    .innerJoin(credits.as('c'), 'c.title_id', 't.id')
    .select(['t.seq', 'c.person_id'])
    .select(keyColumns(order))
    .select(sql<number>`row_number() over (partition by c.person_id order by ${orderBy(order)})`.as('place'))
    .where(
      titleConditions(dialect, {
        availableAt: query.availableAt,
        maturityLimit: query.maturityLimit,
      }) as never,
    );
  const rows = await db
    .selectFrom(ranked.as('page'))
    .innerJoin('titles as t', 't.seq', 'page.seq')
    .select(titleColumns(dialect))
    .select(pageKeys(order))
    .select('page.person_id')
    .where('page.place', '<=', query.first + 1)
    .orderBy('page.person_id')
    .orderBy('page.place')
    .execute();
  const byPerson = Map.groupBy(rows, (row) => row.person_id);
  return ids.map((personId) =>
    toPage(byPerson.get(personId) ?? [], query.first, order, fingerprintOf({ personId }, undefined)),
  );
}

/**
 * What makes a list the same list from page to page: not its page size, nor the instant it is read at, nor the
 * limit of whoever reads it.
 */
function fingerprintOf(
  query: Pick<TitleQuery, 'filter' | 'personId'>,
  words: readonly string[] | undefined,
): number {
  return listFingerprint({ ...query.filter, personId: query.personId, words });
}

function toPage(
  rows: readonly (TitleRow & Readonly<Record<string, unknown>>)[],
  first: number,
  order: TitleOrder,
  fingerprint: number,
): TitlePage {
  return {
    titles: rows.slice(0, first).map((row): { title: Title; cursor: string } => ({
      title: titleFromRow(row),
      cursor: encodeCursor(fingerprint, keyOf(order, row)),
    })),
    hasNextPage: rows.length > first,
  };
}

function pageKeys(order: TitleOrder) {
  return order.keys.map((_, i) => sql.ref<string | number>(`page.k${i}`).as(`k${i}`));
}

function requirePageSize(first: number): void {
  if (Number.isInteger(first) && first >= 1 && first <= MAX_PAGE) return;
  throw new MarqueeError('BAD_USER_INPUT', {
    message: `first must be a whole number from 1 to ${MAX_PAGE}, not ${first}.`,
    field: 'first',
  });
}
