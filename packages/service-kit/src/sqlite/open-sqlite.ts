/** Opens a database: its threads and the Kysely instances over them. */
import { setImmediate as yieldToLoop } from 'node:timers/promises';
import { Kysely } from 'kysely';
import type { SqliteDatabase, SqliteOptions, SqliteValue } from './index.ts';
import { sqliteDialect } from './sqlite-dialect.ts';
import { SqliteThread } from './sqlite-thread.ts';

const DEFAULT_MAX_QUEUED = 10_000;

/**
 * Opens `file`, creating it when it does not exist; its folder must.
 *
 * @throws MarqueeError DATA_CORRUPT when the file is not a sound database, DATA_DIRECTORY_UNUSABLE when it
 *   cannot be opened; both name the file. Queries later fail with OVERLOADED when `maxQueued` statements
 *   wait, DEPENDENCY_UNAVAILABLE when the thread or the disk failed, `SqliteStatementError` for what SQLite
 *   refuses.
 */
export async function openSqlite<Tables>(options: SqliteOptions): Promise<SqliteDatabase<Tables>> {
  const { file } = options;
  const maxQueued = options.maxQueued ?? DEFAULT_MAX_QUEUED;
  const writerThread = await SqliteThread.open({ file, readOnly: false }, maxQueued);
  const threads = [writerThread];
  const writer = new Kysely<Tables>({ dialect: sqliteDialect(writerThread, false) });
  let reader = writer;
  if (options.separateReader === true && file !== ':memory:') {
    try {
      const readerThread = await SqliteThread.open({ file, readOnly: true }, maxQueued);
      threads.unshift(readerThread);
      reader = new Kysely<Tables>({ dialect: sqliteDialect(readerThread, true) });
    } catch (error) {
      await writerThread.close();
      throw error;
    }
  }
  let closing: Promise<void> | undefined;

  return {
    file,
    writer,
    reader,
    executeBatch: async (sql, parameterLists) =>
      (await writerThread.send(
        {},
        { kind: 'batch', sql, parameterLists, returns: 'changes' },
      )) as Uint32Array,
    insertBatch: async (sql, parameterLists) =>
      (await writerThread.send(
        {},
        { kind: 'batch', sql, parameterLists, returns: 'rowIds' },
      )) as Float64Array,
    executeTogether: async (statements) => {
      const plain = statements.map(({ sql, parameters }) => ({
        sql,
        parameters: parameters as SqliteValue[],
      }));
      await writerThread.send({}, { kind: 'together', statements: plain });
    },
    close: () => {
      closing ??= (async () => {
        // Kysely compiles in microtasks; a query that was made before this call is still on its way.
        await yieldToLoop();
        for (const thread of threads) await thread.close();
      })();
      return closing;
    },
  };
}
