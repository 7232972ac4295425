/** Reading a lake, from any process, while others write: what was committed when it was opened. */
import { join } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import type { LakeFile } from './commits/commit.ts';
import { COMMITS, CommitLog } from './commits/commit-log.ts';
import { ParquetDatabase, type ParquetDatabaseOptions } from './parquet/parquet-database.ts';
import { localStorage } from './storage.ts';

/** A view with a row for each of the log: an event that the log holds twice is there twice. */
export const STORED = 'stored_events';

export interface LakeReaderOptions extends ParquetDatabaseOptions {
  readonly folder: string;
}

/** A file that does not hold what its commit says. */
export interface LakeDamage {
  readonly path: string;
  readonly problem: string;
}

export interface LakeReader {
  /** Committed files, by path. */
  readonly files: readonly LakeFile[];
  /** By partition of the log, the sequence up to which it is in the lake. */
  readonly positions: ReadonlyMap<number, number>;
  /**
   * Asks in SQL, of the view `events`: every event once, with `occurred_at`, `received_at`, and the payload as JSON. Other files than the
   * lake's cannot be read, nor any be changed.
   * @throws MarqueeError BAD_USER_INPUT with DuckDB's own words for a question it does not understand or may not answer, OVERLOADED for one
   *   that needs more memory than the reader was given, DATA_CORRUPT where a file is gone or no Parquet
   */
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** The same in pieces of some thousand rows, one statement at a time. @throws as `query` does */
  stream(sql: string): AsyncGenerator<Record<string, unknown>[], void, undefined>;
  /** Reads every file once. @returns those that are missing, cannot be read, or hold another number of rows */
  verify(onFile?: (done: number, total: number) => void): Promise<LakeDamage[]>;
  close(): Promise<void>;
}

/** @throws MarqueeError NOT_FOUND when the folder holds no lake, DATA_CORRUPT naming a commit that cannot be read */
export async function openLake({ folder, ...limits }: LakeReaderOptions): Promise<LakeReader> {
  const names = (await localStorage.list(join(folder, COMMITS))).filter((name) => /^p\d+$/.test(name)).sort();
  if (names.length === 0) throw new MarqueeError('NOT_FOUND', `${folder} holds no event lake`);
  const files: LakeFile[] = [];
  const positions = new Map<number, number>();
  for (const name of names) {
    const partition = Number(name.slice(1));
    const state = await new CommitLog(localStorage, folder, partition).read();
    files.push(...state.files.values());
    positions.set(partition, state.position);
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const database = await ParquetDatabase.open(limits);
  const paths = files.map(({ path }) => join(folder, path));
  // Somebody has to be told which files are damaged: that is no reason not to open, but one to answer no question.
  let damage: MarqueeError | undefined;
  try {
    await database.expose('events', paths, { once: true });
    await database.expose(STORED, paths, { once: false });
  } catch (cause) {
    const message = `files of the lake are damaged or gone (npm run lake -- verify names them): ${(cause as Error).message}`;
    damage = new MarqueeError('DATA_CORRUPT', { message, cause });
  }
  await database.lockDown(folder);
  const whole = (): void => {
    if (damage !== undefined) throw damage;
  };
  return {
    files,
    positions,
    async query(sql) {
      whole();
      try {
        return await database.query(sql);
      } catch (error) {
        throw questionError(error);
      }
    },
    async *stream(sql) {
      whole();
      try {
        yield* database.stream(sql);
      } catch (error) {
        throw questionError(error);
      }
    },
    async verify(onFile) {
      const damages: LakeDamage[] = [];
      for (const [i, { path, rows }] of files.entries()) {
        onFile?.(i, files.length);
        try {
          const found = await database.readThrough(join(folder, path));
          if (found !== rows) damages.push({ path, problem: `${found} rows instead of ${rows}` });
        } catch (error) {
          damages.push({ path, problem: String((error as Error).message) });
        }
      }
      return damages;
    },
    close: () => database.close(),
  };
}

function questionError(error: unknown): MarqueeError {
  const message = String((error as Error).message);
  // The only fault that is not the question's: it would do with more memory, or with less of the lake.
  const code = message.startsWith('Out of Memory Error') ? 'OVERLOADED' : 'BAD_USER_INPUT';
  return new MarqueeError(code, { message, cause: error });
}
