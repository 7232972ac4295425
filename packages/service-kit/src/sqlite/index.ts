/**
 * SQLite behind Kysely, off the main thread. One worker thread owns one read-write connection (WAL,
 * `synchronous = FULL`, so that a commit survives a power cut); readers may have a thread of their own.
 * A query never blocks the event loop, and a full queue refuses instead of growing.
 *
 * Numbers bind as REAL and become integers through the column's affinity, so columns need a declared type.
 * Booleans and `undefined` do not bind; use 0, 1 and null.
 */
import type { CompiledQuery, Kysely } from 'kysely';

export interface SqliteOptions {
  /** Path of the database file, or `:memory:`. Its folder must exist. */
  readonly file: string;
  /** Open a second, read-only connection in another thread for `reader`. Not for `:memory:`. Default false. */
  readonly separateReader?: boolean;
  /** Statements waiting in all; one more is refused with OVERLOADED. Default 10,000. */
  readonly maxQueued?: number;
}

export interface SqliteDatabase<Tables> {
  readonly file: string;
  /** Reads and writes; transactions are serialised. */
  readonly writer: Kysely<Tables>;
  /** Reads only; the same as `writer` without `separateReader`. */
  readonly reader: Kysely<Tables>;
  /**
   * Runs one prepared statement once per parameter list, all in one transaction, in one message to the
   * worker: the way to write many rows. Returns the number of changed rows per parameter list.
   * Waits for an open transaction of `writer`, so it must not be awaited inside one.
   */
  executeBatch(sql: string, parameterLists: readonly (readonly SqliteValue[])[]): Promise<Uint32Array>;
  /**
   * `executeBatch` for single-row inserts that needs to know the row ids: one per parameter list, 0 where the
   * statement inserted nothing (`on conflict do nothing`).
   */
  insertBatch(sql: string, parameterLists: readonly (readonly SqliteValue[])[]): Promise<Float64Array>;
  /**
   * Runs statements in one transaction, all or none, in one message to the worker. A Kysely transaction waits for the
   * answer of every statement, and each answer for a turn of the event loop; where somebody waits for the whole,
   * and no statement depends on what another returns, this is the way to write. Must not be awaited inside a
   * transaction of `writer`.
   */
  executeTogether(statements: readonly CompiledQuery[]): Promise<void>;
  /** Finishes what is queued, then releases threads and file. Safe to call twice. */
  close(): Promise<void>;
}

export type SqliteValue = string | number | bigint | null | Uint8Array;

export { type Migrations, migrate } from './migrate.ts';
export { openSqlite } from './open-sqlite.ts';
export { SqliteStatementError } from './sqlite-failure.ts';
