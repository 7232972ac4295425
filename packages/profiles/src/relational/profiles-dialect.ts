/** What relational databases write differently: lists and rows as parameters. */
import type { Expression, RawBuilder, SqlBool } from 'kysely';

export type Cell = string | number | null;
export type ColumnType = 'text' | 'integer';

export interface ProfilesDialect {
  /** Whether a column is one of these values, which are one parameter: each query stays one statement. */
  isOneOf(column: string, values: readonly string[]): Expression<SqlBool>;
  /** Rows as a `select` with columns of these types, in this order; for `insert`, also with `on conflict`. */
  rows(types: readonly ColumnType[], rows: readonly (readonly Cell[])[]): RawBuilder<unknown>;
}
