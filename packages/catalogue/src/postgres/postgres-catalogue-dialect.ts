/** The catalogue's SQL that only PostgreSQL understands: arrays for lists and bulk inserts, JSON aggregates, `tsvector`. */
import { setImmediate as yieldToLoop } from 'node:timers/promises';
import { type Kysely, type SqlBool, sql } from 'kysely';
import type { CatalogueDialect, SearchHit } from '../relational/catalogue-dialect.ts';
import { onConflict } from '../relational/on-conflict.ts';
import type { CatalogueTables } from '../relational/tables.ts';
import { matchQuery, rankQuery, searchDocument } from './search-document.ts';

/** Documents made and sent at a stretch: some milliseconds of work. */
const DOCUMENTS_PER_STATEMENT = 100;

/** Weights of synopsis, genres, people and name (PostgreSQL counts from D to A): a match in the name counts ten times. */
const WEIGHTS = sql`'{0.1, 0.2, 0.4, 1.0}'::real[]`;

/** The types of the columns that are not text. */
const TYPES: Readonly<Record<string, string>> = {
  ordinal: 'integer',
  release_year: 'bigint',
  added_at: 'bigint',
  runtime_minutes: 'bigint',
  average_score: 'double precision',
  score_count: 'bigint',
  artwork_variants: 'bigint',
  updated_at: 'bigint',
  starts_at: 'bigint',
  ends_at: 'bigint',
};

interface SearchTables extends CatalogueTables {
  readonly title_search: { readonly seq: number; readonly document: string };
}

export const postgresCatalogueDialect: CatalogueDialect = {
  /**
   * One writer at a time, as on SQLite: two batches that share genres would otherwise lock them in opposite orders,
   * and a title written while its genre is being renamed would be found by the old name.
   */
  async beginWrite(db) {
    await sql`select pg_advisory_xact_lock(hashtextextended('marquee catalogue ' || current_schema(), 0))`.execute(
      db,
    );
  },

  isOneOf: (column, values) => sql<SqlBool>`${sql.ref(column)} = any(${values}::text[])`,

  jsonList(values, order) {
    const element = values.length === 1 ? values[0] : sql`json_build_array(${sql.join([...values])})`;
    return sql<string>`coalesce(json_agg(${element} order by ${order}), '[]')`;
  },

  async insertRows(db, batch) {
    if (batch.rows.length === 0) return;
    const { table, columns, rows } = batch;
    const lists = columns.map(
      (column, i) => sql`${rows.map((row) => row[i])}::${sql.raw(TYPES[column] ?? 'text')}[]`,
    );
    await sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
      select * from unnest(${sql.join(lists)}) ${onConflict(batch)}`.execute(db);
  },

  /** Ranks are rounded to hundredths: nearer than that, relevance is noise and the number of scores decides. */
  searchHits(words) {
    const query = matchQuery(words);
    if (query === undefined) return sql<SearchHit>`(select 0::bigint as seq, 0::bigint as rank where false)`;
    return sql<SearchHit>`(select seq, -round(ts_rank(${WEIGHTS}, document, ${rankQuery(words)}::tsquery) * 100)::bigint as rank
      from title_search where document @@ ${query}::tsquery)`;
  },

  async index(db, titles) {
    const found = await db.selectFrom('titles as t').select('t.seq').where(titles).execute();
    const all = found.map(({ seq }) => seq).sort((a, b) => a - b);
    for (let from = 0; from < all.length; from += DOCUMENTS_PER_STATEMENT) {
      const texts = await textsOf(db, all.slice(from, from + DOCUMENTS_PER_STATEMENT));
      const seqs = texts.map(({ seq }) => seq);
      await sql`insert into title_search (seq, document)
        select seq, document::tsvector
        from unnest(${seqs}::bigint[], ${texts.map(searchDocument)}::text[]) as made (seq, document)
        on conflict (seq) do update set document = excluded.document`.execute(db);
      await yieldToLoop();
    }
  },

  /** Goes with the title (`on delete cascade`). */
  async unindex() {},
};

/** What these titles are found by. */
function textsOf(db: Kysely<CatalogueTables>, seqs: readonly number[]) {
  return (db as unknown as Kysely<SearchTables>)
    .selectFrom('titles as t')
    .select(['t.seq', 't.name', 't.synopsis'])
    .select([
      sql<string | null>`(select string_agg(p.name, e'\n' order by tp.role, tp.ordinal)
        from title_people tp join people p on p.id = tp.person_id where tp.title_id = t.id)`.as('people'),
      sql<string | null>`(select string_agg(g.name, e'\n' order by tg.ordinal)
        from title_genres tg join genres g on g.id = tg.genre_id where tg.title_id = t.id)`.as('genres'),
    ])
    .where(sql<SqlBool>`t.seq = any(${seqs}::bigint[])`)
    .execute();
}
