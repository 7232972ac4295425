/** Kysely's dialect for a SqliteThread. Compiling is Kysely's own; only the driver is ours. */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteValue } from './index.ts';
import type { ExecuteReply } from './sqlite-protocol.ts';
import type { SqliteThread } from './sqlite-thread.ts';

export function sqliteDialect(thread: SqliteThread, readOnly: boolean): Dialect {
  return {
    createAdapter: () => new SqliteThreadAdapter(),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createDriver: () => new SqliteThreadDriver(thread, readOnly),
  };
}

class SqliteThreadAdapter extends SqliteAdapter {
  /** Kysely would send one statement at a time otherwise; the thread itself keeps transactions apart. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class SqliteThreadDriver implements Driver {
  readonly #thread: SqliteThread;
  readonly #begin: string;

  constructor(thread: SqliteThread, readOnly: boolean) {
    this.#thread = thread;
    // Taking the write lock at once means that a transaction never fails half-way for want of it.
    this.#begin = readOnly ? 'begin' : 'begin immediate';
  }

  async init(): Promise<void> {}

  /** Connections are only names for who asks; the thread has the one real connection. */
  async acquireConnection(): Promise<DatabaseConnection> {
    return new SqliteThreadConnection(this.#thread);
  }

  beginTransaction(connection: DatabaseConnection): Promise<void> {
    return this.#thread.begin(connection, this.#begin);
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return this.#thread.end(connection, 'commit');
  }

  rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    return this.#thread.end(connection, 'rollback');
  }

  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(savepointCommand('savepoint', name));
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(savepointCommand('rollback to', name));
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(savepointCommand('release', name));
  }

  async releaseConnection(): Promise<void> {}

  /** The thread belongs to whoever opened the database. */
  async destroy(): Promise<void> {}
}

class SqliteThreadConnection implements DatabaseConnection {
  readonly #thread: SqliteThread;

  constructor(thread: SqliteThread) {
    this.#thread = thread;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const reply = (await this.#thread.send(this, {
      kind: 'execute',
      sql: query.sql,
      parameters: query.parameters as readonly SqliteValue[],
    })) as ExecuteReply;
    if (reply.columns.length > 0) return { rows: toObjects(reply) as R[] };
    return {
      rows: [],
      numAffectedRows: BigInt(reply.changes),
      insertId: BigInt(reply.lastRowId),
    };
  }

  // biome-ignore lint/correctness/useYield: it refuses before there is anything to yield.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('SQLite results are not streamed, because that would hold a read lock; page by key');
  }
}

function toObjects({ columns, rows }: ExecuteReply): Record<string, SqliteValue>[] {
  const width = columns.length;
  return rows.map((row) => {
    const object: Record<string, SqliteValue> = {};
    for (let i = 0; i < width; i++) object[columns[i]!] = row[i]!;
    return object;
  });
}

function savepointCommand(command: string, name: string): CompiledQuery {
  return CompiledQuery.raw(`${command} "${name.replaceAll('"', '""')}"`);
}
