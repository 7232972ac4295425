/**
 * Parquet through DuckDB: writing rows, rewriting files, asking questions. DuckDB works on threads of its own; what is done on ours,
 * handing rows over, is done in small pieces.
 */
import { setTimeout } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBDataChunk, DuckDBInstance, type Json } from '@duckdb/node-api';
import type { DeliveredEvent } from '@marquee/domain';
import { EVENT_COLUMNS } from './event-columns.ts';

/** Handing over takes some microseconds a row. */
const ROWS_PER_TURN = 128;

export interface ParquetDatabaseOptions {
  /** DuckDB's own bound, beside what is handed to it. Default 512 MB. */
  readonly memoryMegabytes?: number;
  /** Default 1: the lake shares its machine. */
  readonly threads?: number;
  /** Where what does not fit into memory is put for a while; whoever may ask can write there. Default: DuckDB's own. */
  readonly spillFolder?: string;
}

export class ParquetDatabase {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  /** One statement at a time: the staging table is shared. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open({
    memoryMegabytes = 512,
    threads = 1,
    spillFolder,
  }: ParquetDatabaseOptions): Promise<ParquetDatabase> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${memoryMegabytes}MB`,
      threads: String(threads),
      ...(spillFolder !== undefined && { temp_directory: spillFolder }),
    });
    const connection = await instance.connect();
    const columns = EVENT_COLUMNS.map(({ name, type }) => `"${name}" ${type}`).join(', ');
    await connection.run(`CREATE TABLE staging (${columns})`);
    return new ParquetDatabase(instance, connection);
  }

  /** Rows sorted by profile, so that a profile's are found without reading a whole file. */
  async write(rows: readonly DeliveredEvent[], partition: number, path: string): Promise<void> {
    await this.#inTurn(async () => {
      await this.#connection.run('DELETE FROM staging');
      const appender = await this.#connection.createAppender('staging');
      const types = EVENT_COLUMNS.map(({ type }) => type);
      for (let from = 0; from < rows.length; from += ROWS_PER_TURN) {
        const startedAt = performance.now();
        const piece = rows.slice(from, from + ROWS_PER_TURN);
        const chunk = DuckDBDataChunk.create(types, piece.length);
        chunk.setColumns(EVENT_COLUMNS.map((column) => piece.map((row) => column.of(row, partition))));
        appender.appendDataChunk(chunk);
        // As long a rest as the work took: catching up with a long log must leave half of the thread to others.
        await setTimeout(performance.now() - startedAt);
      }
      appender.closeSync();
      await this.#copy('staging', path);
      await this.#connection.run('DELETE FROM staging');
    });
  }

  /**
   * Several files as one, each event once: of those with one id the first in the log stays.
   * @param without rows that go
   * @returns how many rows it has; the file is there when there are any
   */
  async rewrite(
    paths: readonly string[],
    path: string,
    without: readonly { profileId: string; before: number }[],
  ): Promise<number> {
    return this.#inTurn(async () => {
      const gone = without.map(
        ({ profileId, before }) =>
          `NOT (profile_id = ${text(profileId)} AND type <> 'PROFILE_ERASED' AND sequence < ${before})`,
      );
      const kept =
        `SELECT * FROM ${source(paths)} ${gone.length === 0 ? '' : `WHERE ${gone.join(' AND ')}`} ` +
        'QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY sequence) = 1';
      await this.#connection.run(`CREATE OR REPLACE TEMP TABLE rewritten AS ${kept}`);
      try {
        const [{ rows }] = (await this.#read('SELECT count(*)::INTEGER AS rows FROM rewritten')) as [
          { rows: number },
        ];
        if (rows > 0) await this.#copy('rewritten', path);
        return rows;
      } finally {
        await this.#connection.run('DROP TABLE rewritten');
      }
    });
  }

  /** Which of the files hold rows of a profile from before a sequence, its erasures aside. */
  async filesWith(paths: readonly string[], profileId: string, before: number): Promise<string[]> {
    if (paths.length === 0) return [];
    const rows = await this.query(
      `SELECT DISTINCT filename FROM ${source(paths, true)} ` +
        `WHERE profile_id = ${text(profileId)} AND type <> 'PROFILE_ERASED' AND sequence < ${before} ORDER BY filename`,
    );
    return rows.map(({ filename }) => String(filename));
  }

  /** Reads all of a file's columns. @returns its number of rows. @throws when any of it cannot be read */
  async readThrough(path: string): Promise<number> {
    const [{ rows }] = (await this.query(
      `SELECT count(*)::INTEGER AS rows, bit_xor(hash(one)) AS read FROM ${source([path])} AS one`,
    )) as [{ rows: number }];
    return rows;
  }

  /** Profiles that were erased, and when they were last. */
  async erasures(paths: readonly string[]): Promise<{ profileId: string; at: number }[]> {
    if (paths.length === 0) return [];
    const rows = await this.query(
      `SELECT profile_id, max(occurred_ms)::DOUBLE AS at FROM ${source(paths)} WHERE type = 'PROFILE_ERASED' GROUP BY profile_id`,
    );
    return rows.map(({ profile_id, at }) => ({ profileId: String(profile_id), at: Number(at) }));
  }

  /** Result rows as JSON values: 64-bit numbers that a double cannot hold are text. */
  async query(sql: string): Promise<Record<string, Json>[]> {
    return this.#inTurn(() => this.#read(sql));
  }

  /**
   * The same in pieces of some thousand rows, so that a result need not fit into memory. Other statements wait until the
   * last piece was taken, or the loop was left.
   */
  async *stream(sql: string): AsyncGenerator<Record<string, Json>[], void, undefined> {
    const ended = Promise.withResolvers<void>();
    const before = this.#turn;
    this.#turn = before.then(() => ended.promise);
    try {
      await before;
      const result = await this.#connection.stream(sql);
      for await (const rows of result.yieldRowObjectJson()) yield rows;
    } finally {
      ended.resolve();
    }
  }

  /** A view over the given files under a name: each event once, or as often as the log holds it, which needs less memory. */
  async expose(view: string, paths: readonly string[], { once }: { once: boolean }): Promise<void> {
    await this.#inTurn(async () => {
      const from = paths.length === 0 ? 'staging' : source(paths);
      await this.#connection.run(
        `CREATE OR REPLACE VIEW ${view} AS SELECT * EXCLUDE (occurred_ms, received_ms, payload, assignments), ` +
          'epoch_ms(occurred_ms) AS occurred_at, epoch_ms(received_ms) AS received_at, ' +
          `payload::JSON AS payload, assignments::JSON AS assignments FROM ${from} ` +
          (once ? 'QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY sequence) = 1' : ''),
      );
    });
  }

  /** Afterwards queries can neither change files nor reach others than the lake's: for statements people type. */
  async lockDown(folder: string): Promise<void> {
    await this.#inTurn(async () => {
      await this.#connection.run(`SET allowed_directories = [${text(folder)}]`);
      await this.#connection.run('SET enable_external_access = false');
      await this.#connection.run('SET lock_configuration = true');
    });
  }

  interrupt(): void {
    this.#connection.interrupt();
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #copy(table: string, path: string): Promise<void> {
    await this.#connection.run(
      `COPY (SELECT * FROM ${table} ORDER BY profile_id, sequence) TO ${text(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
  }

  async #read(sql: string): Promise<Record<string, Json>[]> {
    return (await this.#connection.runAndReadAll(sql)).getRowObjectsJson();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

function source(paths: readonly string[], filename = false): string {
  return `read_parquet([${paths.map(text).join(', ')}], union_by_name = true, hive_partitioning = false${filename ? ', filename = true' : ''})`;
}

/** An SQL string literal. */
function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
