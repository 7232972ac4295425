/**
 * Parquet through DuckDB: writing rows, rewriting files, asking questions. DuckDB works on threads of its own; what is done on ours,
 * handing rows over, is done in small pieces.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type DuckDBConnection, DuckDBDataChunk, DuckDBInstance, type Json } from '@duckdb/node-api';
import { EVENT_COLUMNS, type EventRow } from './event-columns.ts';
import { toJsonValue } from './json-values.ts';

/** Handing over takes some microseconds a row, and a millisecond for so much text. */
const ROWS_PER_TURN = 128;
const BYTES_PER_TURN = 256 * 2 ** 10;

/** Sorting rows with long texts takes several times their size; measured with slates: four to seven times. */
const MEMORY_PER_SORTED_BYTE = 16;

export interface ParquetDatabaseOptions {
  /** DuckDB's own bound, beside what is handed to it. Default 512 MB. */
  readonly memoryMegabytes?: number;
  /** Default 1: the lake shares its machine. */
  readonly threads?: number;
  /** Where what does not fit into memory is put for a while; whoever may ask can write there. Default: among the system's temporary files, while open. */
  readonly spillFolder?: string;
}

const DEFAULT_MEMORY_MB = 512;

/** How many bytes of rows a database with so much memory can sort: the most that may be in one file. */
export function sortableBytes({ memoryMegabytes = DEFAULT_MEMORY_MB }: ParquetDatabaseOptions): number {
  return Math.floor((memoryMegabytes * 2 ** 20) / MEMORY_PER_SORTED_BYTE);
}

export class ParquetDatabase {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  /** Its own spill folder, which goes with it; DuckDB makes it when it is needed. */
  readonly #ownFolder: string | undefined;
  /** One statement at a time: the staging table is shared. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, ownFolder: string | undefined) {
    this.#instance = instance;
    this.#connection = connection;
    this.#ownFolder = ownFolder;
  }

  static async open(options: ParquetDatabaseOptions): Promise<ParquetDatabase> {
    const { memoryMegabytes = DEFAULT_MEMORY_MB, threads = 1, spillFolder } = options;
    // DuckDB's own choice would be the current directory, which may be anybody's, and read-only.
    const ownFolder = spillFolder === undefined ? join(tmpdir(), `marquee-lake-${randomUUID()}`) : undefined;
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${memoryMegabytes}MB`,
      threads: String(threads),
      temp_directory: spillFolder ?? ownFolder!,
    });
    const connection = await instance.connect();
    // Operators gather what others pass on until there are 2,048 rows, whatever a row's size: slates would be two hundred megabytes.
    await connection.run('SET enable_caching_operators = false');
    await connection.run(`CREATE TABLE ${NO_EVENTS} (${COLUMNS})`);
    return new ParquetDatabase(instance, connection, ownFolder);
  }

  /**
   * Rows sorted by profile, so that a profile's are found without reading a whole file. They must fit into `sortableBytes`.
   * @param hurried somebody waits: no rests for the sake of others on this thread
   */
  async write(rows: readonly EventRow[], path: string, hurried: () => boolean = () => false): Promise<void> {
    await this.#inTurn(async () => {
      // A table for each: rows that were only deleted would keep their memory.
      await this.#connection.run(`CREATE OR REPLACE TABLE staging (${COLUMNS})`);
      const appender = await this.#connection.createAppender('staging');
      const types = EVENT_COLUMNS.map(({ type }) => type);
      try {
        for (const piece of inTurns(rows)) {
          const startedAt = performance.now();
          const chunk = DuckDBDataChunk.create(types, piece.length);
          chunk.setColumns(
            EVENT_COLUMNS.map((_, column) => piece.map(({ values }) => values[column] ?? null)),
          );
          appender.appendDataChunk(chunk);
          // As long a rest as the work took: catching up with a long log must leave half of the thread to others.
          await setTimeout(hurried() ? 0 : performance.now() - startedAt);
        }
      } finally {
        // Whatever happened: what it still held would come to the rows of the next write.
        appender.closeSync();
      }
      try {
        await this.#copy(`SELECT * FROM staging ${SORTED}`, path);
      } finally {
        await this.#connection.run('DROP TABLE staging');
      }
    });
  }

  /**
   * Several files as one, each event once: of those with one id the first in the log stays. Together they must fit into
   * `sortableBytes`.
   * @param without rows that go
   * @returns how many rows it has; a file is written in any case
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
      const from = source(paths);
      // Of two columns alone: a window over whole rows would hold all of them.
      await this.#connection.run(
        'CREATE OR REPLACE TEMP TABLE repeated AS SELECT event_id, min(sequence) AS kept ' +
          `FROM ${from} GROUP BY event_id HAVING count(*) > 1`,
      );
      const once =
        'NOT EXISTS (SELECT 1 FROM repeated WHERE repeated.event_id = stored.event_id AND repeated.kept <> stored.sequence)';
      try {
        return await this.#copy(
          `SELECT stored.* FROM ${from} AS stored WHERE ${[once, ...gone].join(' AND ')} ${SORTED}`,
          path,
        );
      } finally {
        await this.#connection.run('DROP TABLE repeated');
      }
    });
  }

  /** What a file's rows take when they are read. */
  async uncompressedBytes(path: string): Promise<number> {
    const [{ bytes }] = (await this.query(
      `SELECT sum(total_uncompressed_size)::DOUBLE AS bytes FROM parquet_metadata([${text(path)}])`,
    )) as [{ bytes: number }];
    return bytes;
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

  /** Sequences that lie in the files, from the first to the last that are asked for. */
  async sequencesOf(paths: readonly string[], first: number, last: number): Promise<ReadonlySet<number>> {
    if (paths.length === 0) return new Set();
    const rows = await this.query(
      `SELECT sequence::DOUBLE AS sequence FROM ${source(paths)} WHERE sequence BETWEEN ${first} AND ${last}`,
    );
    return new Set(rows.map(({ sequence }) => Number(sequence)));
  }

  /** Result rows as JSON values, see `toJsonValue`. */
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
      for await (const rows of result.yieldConvertedRowObjects(toJsonValue)) yield rows;
    } finally {
      ended.resolve();
    }
  }

  /** A view over the given files under a name: each event once, or as often as the log holds it, which needs less memory. */
  async expose(view: string, paths: readonly string[], { once }: { once: boolean }): Promise<void> {
    await this.#inTurn(async () => {
      const from = paths.length === 0 ? NO_EVENTS : source(paths);
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
    if (this.#ownFolder !== undefined) await rm(this.#ownFolder, { recursive: true, force: true });
  }

  /** @returns the number of rows */
  async #copy(select: string, path: string): Promise<number> {
    const [{ Count }] = (await this.#read(
      `COPY (${select}) TO ${text(path)} (FORMAT parquet, COMPRESSION zstd)`,
    )) as [{ Count: number }];
    return Count;
  }

  async #read(sql: string): Promise<Record<string, Json>[]> {
    return (await this.#connection.runAndReadAll(sql)).convertRowObjects(toJsonValue);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

const COLUMNS = EVENT_COLUMNS.map(({ name, type }) => `"${name}" ${type}`).join(', ');
/** What a lake without files is read from. */
const NO_EVENTS = 'no_events';

const SORTED = 'ORDER BY profile_id, sequence';

/** Pieces that can be handed over without holding up others; a row that is larger is a piece of its own. */
function* inTurns(rows: readonly EventRow[]): Generator<readonly EventRow[]> {
  let from = 0;
  let bytes = 0;
  for (let to = 0; to < rows.length; to++) {
    bytes += rows[to]!.bytes;
    if (to > from && (to - from >= ROWS_PER_TURN || bytes > BYTES_PER_TURN)) {
      yield rows.slice(from, to);
      from = to;
      bytes = rows[to]!.bytes;
    }
  }
  if (from < rows.length) yield rows.slice(from);
}

function source(paths: readonly string[], filename = false): string {
  return `read_parquet([${paths.map(text).join(', ')}], union_by_name = true, hive_partitioning = false${filename ? ', filename = true' : ''})`;
}

/** An SQL string literal. */
function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
