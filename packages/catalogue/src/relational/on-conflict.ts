/** The end of an insert that replaces rows; SQLite and PostgreSQL share it. */
import { type RawBuilder, sql } from 'kysely';
import type { RowBatch, TableName } from './catalogue-dialect.ts';

export function onConflict<T extends TableName>({ replaceOn, columns }: RowBatch<T>): RawBuilder<unknown> {
  if (replaceOn === undefined) return sql``;
  const updates = columns
    .filter((column) => column !== replaceOn)
    .map((column) => sql`${sql.ref(column)} = excluded.${sql.ref(column)}`);
  return sql`on conflict (${sql.ref(replaceOn)}) do update set ${sql.join(updates)}`;
}
