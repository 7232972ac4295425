/** Messages between the main thread and a SQLite worker thread. One request, one reply, in order. */
import type { SqliteValue } from './index.ts';

export interface WorkerOptions {
  readonly file: string;
  readonly readOnly: boolean;
}

export type SqliteRequest =
  | { readonly kind: 'execute'; readonly sql: string; readonly parameters: readonly SqliteValue[] }
  | {
      readonly kind: 'batch';
      readonly sql: string;
      readonly parameterLists: readonly (readonly SqliteValue[])[];
      /** What to report per parameter list. */
      readonly returns: 'changes' | 'rowIds';
    }
  | {
      /** One transaction. */
      readonly kind: 'together';
      readonly statements: readonly { readonly sql: string; readonly parameters: readonly SqliteValue[] }[];
    }
  | { readonly kind: 'close' };

export interface ExecuteReply {
  /** Rows as arrays of values: sending the column names once is cheaper than once per row. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqliteValue[])[];
  readonly changes: number;
  readonly lastRowId: number;
}

export interface SqliteFailure {
  /** SQLite's extended result code; absent for errors that are not SQLite's. */
  readonly resultCode?: number;
  readonly message: string;
}

export type SqliteReply =
  | { readonly ok: ExecuteReply | Uint32Array | Float64Array | 'done' }
  | { readonly failure: SqliteFailure };

/** The first thing a worker says. */
export type SqliteGreeting = { readonly opened: true } | { readonly failure: SqliteFailure };
