/**
 * What relational databases write differently: locks, lists as one parameter, JSON aggregates, bulk inserts and
 * full-text search. All other SQL of the catalogue comes from the query builder.
 */
import type { AliasableExpression, Expression, Kysely, SqlBool } from 'kysely';
import type { CatalogueTables } from './tables.ts';

export type TableName = keyof CatalogueTables & string;
export type Cell = string | number | null;

export interface RowBatch<T extends TableName> {
  readonly table: T;
  readonly columns: readonly (keyof CatalogueTables[T] & string)[];
  /** Cells in the order of `columns`. */
  readonly rows: readonly (readonly Cell[])[];
  /** The column whose conflict turns the insert into an update of all other columns. */
  readonly replaceOn?: keyof CatalogueTables[T] & string;
}

/** A title that matches a search; the lower the rank, the better. Ranks are whole numbers, so that ties exist. */
export interface SearchHit {
  readonly seq: number;
  readonly rank: number;
}

export interface CatalogueDialect {
  /** First in every writing transaction: keeps writers apart where the database does not do so by itself. */
  beginWrite(db: Kysely<CatalogueTables>): Promise<void>;
  /**
   * Whether a column is one of these values. They are one parameter, so the statement's text is the same for one
   * id and for a thousand.
   */
  isOneOf(column: string, values: readonly string[]): Expression<SqlBool>;
  /** Aggregate: `values` as a JSON list (a list of lists when there are several), ordered by `order`. */
  jsonList(values: readonly Expression<unknown>[], order: Expression<unknown>): AliasableExpression<string>;
  /** Inserts all rows with one statement. */
  insertRows<T extends TableName>(db: Kysely<CatalogueTables>, batch: RowBatch<T>): Promise<void>;
  /** Titles that match every word, the last one as a prefix. At least one word. */
  searchHits(words: readonly string[]): Expression<SearchHit>;
  /** Brings the full-text index up to date for these titles of `titles as t`, which exist. */
  index(db: Kysely<CatalogueTables>, titles: Expression<SqlBool>): Promise<void>;
  /** Takes these titles of `titles as t` out of the full-text index; to be called before they are deleted. */
  unindex(db: Kysely<CatalogueTables>, titles: Expression<SqlBool>): Promise<void>;
}
