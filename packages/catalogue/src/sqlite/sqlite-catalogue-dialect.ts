/**
 * The catalogue's SQL that only SQLite understands: `json_each` for lists and bulk inserts, and FTS5.
 *
 * The full-text index keeps no copy of the text (`content=''`); it is filled from the tables by one statement,
 * so it cannot disagree with them about what a title's text is.
 */
import { type SqlBool, sql } from 'kysely';
import type { CatalogueDialect, SearchHit } from '../relational/catalogue-dialect.ts';
import { onConflict } from '../relational/on-conflict.ts';

/**
 * A match in the name counts ten times one in the synopsis (order: name, people, genres, synopsis). The
 * result is rounded to tenths: nearer than that, relevance is noise and the number of scores decides.
 */
const RANK = sql`cast(round(bm25(title_search, 10.0, 4.0, 2.0, 1.0) * 10) as integer)`;

export const sqliteCatalogueDialect: CatalogueDialect = {
  /** Transactions that write begin with the database's only write lock. */
  async beginWrite() {},

  isOneOf: (column, values) =>
    sql<SqlBool>`${sql.ref(column)} in (select value from json_each(${JSON.stringify(values)}))`,

  jsonList(values, order) {
    const element = values.length === 1 ? values[0] : sql`json_array(${sql.join([...values])})`;
    return sql<string>`json_group_array(${element} order by ${order})`;
  },

  async insertRows(db, batch) {
    if (batch.rows.length === 0) return;
    const cells = batch.columns.map((_, i) => sql`value ->> ${sql.lit(i)}`);
    await sql`insert into ${sql.table(batch.table)} (${sql.join(batch.columns.map((column) => sql.ref(column)))})
      select ${sql.join(cells)} from json_each(${JSON.stringify(batch.rows)}) where true ${onConflict(batch)}`.execute(
      db,
    );
  },

  searchHits: (words) =>
    sql<SearchHit>`(select rowid as seq, ${RANK} as rank from title_search where title_search match ${matchExpression(words)})`,

  async index(db, titles) {
    await sqliteCatalogueDialect.unindex(db, titles);
    await sql`insert into title_search (rowid, name, people, genres, synopsis)
      select t.seq, t.name,
        (select group_concat(p.name, ' ') from title_people tp join people p on p.id = tp.person_id where tp.title_id = t.id),
        (select group_concat(g.name, ' ') from title_genres tg join genres g on g.id = tg.genre_id where tg.title_id = t.id),
        t.synopsis
      from titles t where ${titles}`.execute(db);
  },

  async unindex(db, titles) {
    await sql`delete from title_search where rowid in (select t.seq from titles t where ${titles})`.execute(
      db,
    );
  },
};

/**
 * Every word as a quoted string, inside which FTS5 knows no syntax but the doubled quote; the last one as a
 * prefix, because it may still be being typed.
 */
export function matchExpression(words: readonly string[]): string {
  return words
    .map((word) => `"${word.replaceAll('"', '""')}"`)
    .join(' AND ')
    .concat('*');
}
