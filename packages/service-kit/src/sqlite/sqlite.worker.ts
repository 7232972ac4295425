/**
 * The thread that owns one SQLite connection. It answers requests strictly in order, so whatever the main
 * thread sends between `begin` and `commit` is one transaction.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { SqliteValue } from './index.ts';
import type {
  ExecuteReply,
  SqliteFailure,
  SqliteGreeting,
  SqliteReply,
  SqliteRequest,
  WorkerOptions,
} from './sqlite-protocol.ts';

const BUSY_TIMEOUT_MS = 5_000;
const MAX_STATEMENTS = 500;

interface PreparedStatement {
  readonly statement: StatementSync;
  /** Empty for statements that return no rows. */
  readonly columns: readonly string[];
}

function open(options: WorkerOptions): DatabaseSync {
  const database = new DatabaseSync(options.file, {
    readOnly: options.readOnly,
    timeout: BUSY_TIMEOUT_MS,
    enableForeignKeyConstraints: true,
  });
  if (!options.readOnly) {
    database.exec('pragma journal_mode = wal; pragma synchronous = full;');
  }
  // 32 MB of pages; temporary b-trees in memory. Reading the schema proves that the file is a database.
  database.exec('pragma cache_size = -32768; pragma temp_store = memory;');
  database.prepare('select count(*) from sqlite_schema').get();
  return database;
}

function failureOf(error: unknown): SqliteFailure {
  const { errcode, message } = error as { errcode?: number; message: string };
  return errcode === undefined ? { message } : { resultCode: errcode, message };
}

function serve(database: DatabaseSync, port: MessagePort): void {
  const statements = new Map<string, PreparedStatement>();

  function prepare(sql: string): PreparedStatement {
    const known = statements.get(sql);
    if (known !== undefined) {
      // Re-inserting keeps the map in order of last use.
      statements.delete(sql);
      statements.set(sql, known);
      return known;
    }
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    const prepared = { statement, columns: statement.columns().map((column) => column.name) };
    statements.set(sql, prepared);
    if (statements.size > MAX_STATEMENTS) statements.delete(statements.keys().next().value as string);
    return prepared;
  }

  function execute(sql: string, parameters: readonly SqliteValue[]): ExecuteReply {
    const { statement, columns } = prepare(sql);
    if (columns.length > 0) {
      const rows = statement.all(...parameters) as unknown as SqliteValue[][];
      return { columns, rows, changes: rows.length, lastRowId: 0 };
    }
    const { changes, lastInsertRowid } = statement.run(...parameters);
    // A changed schema can change what `select *` means.
    if (/^\s*(create|alter|drop)\b/i.test(sql)) statements.clear();
    return { columns, rows: [], changes: Number(changes), lastRowId: Number(lastInsertRowid) };
  }

  function batch(request: Extract<SqliteRequest, { kind: 'batch' }>): Uint32Array | Float64Array {
    const { sql, parameterLists, returns } = request;
    const { statement } = prepare(sql);
    const size = parameterLists.length;
    const results = returns === 'changes' ? new Uint32Array(size) : new Float64Array(size);
    inTransaction(() => {
      for (let i = 0; i < size; i++) {
        const { changes, lastInsertRowid } = statement.run(...(parameterLists[i] as SqliteValue[]));
        if (returns === 'changes') results[i] = Number(changes);
        else results[i] = changes === 0 ? 0 : Number(lastInsertRowid);
      }
    });
    return results;
  }

  function inTransaction(work: () => void): void {
    database.exec('begin immediate');
    try {
      work();
      database.exec('commit');
    } catch (error) {
      if (database.isTransaction) database.exec('rollback');
      throw error;
    }
  }

  port.on('message', (request: SqliteRequest) => {
    let reply: SqliteReply;
    try {
      switch (request.kind) {
        case 'execute':
          reply = { ok: execute(request.sql, request.parameters) };
          break;
        case 'batch':
          reply = { ok: batch(request) };
          break;
        case 'together':
          inTransaction(() => {
            for (const { sql, parameters } of request.statements) execute(sql, parameters);
          });
          reply = { ok: 'done' };
          break;
        case 'close':
          database.close();
          reply = { ok: 'done' };
          break;
      }
    } catch (error) {
      reply = { failure: failureOf(error) };
    }
    port.postMessage(reply);
    if (request.kind === 'close') port.close();
  });
}

if (parentPort !== null) {
  let greeting: SqliteGreeting;
  try {
    serve(open(workerData as WorkerOptions), parentPort);
    greeting = { opened: true };
  } catch (error) {
    greeting = { failure: failureOf(error) };
  }
  parentPort.postMessage(greeting);
}
