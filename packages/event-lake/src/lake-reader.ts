/** Reading a lake, from any process, while others write: what was committed when it was opened. */
import { join } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import type { LakeFile } from './commits/commit.ts';
import { COMMITS, CommitLog } from './commits/commit-log.ts';
import { type DamageCheck, damageOf } from './damage.ts';
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
   *   that needs more memory than the reader was given, DATA_CORRUPT naming a file that is gone or cannot be decoded. Damage that can be
   *   decoded is found by `verify` alone
   */
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** The same in pieces of some thousand rows, one statement at a time. @throws as `query` does */
  stream(sql: string): AsyncGenerator<Record<string, unknown>[], void, undefined>;
  /** Reads every file once. @returns those that are missing, or hold other bytes than were written */
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
  let unexposed: unknown;
  try {
    await database.expose('events', paths, { once: true });
    await database.expose(STORED, paths, { once: false });
  } catch (error) {
    unexposed = error;
  }
  await database.lockDown(folder);
  const check: DamageCheck = { root: folder, storage: localStorage, database };

  async function firstDamage(): Promise<LakeDamage | undefined> {
    for (const file of files) {
      const problem = await damageOf(file, check);
      if (problem !== undefined) return { path: file.path, problem };
    }
    return undefined;
  }

  async function requireExposed(): Promise<void> {
    if (unexposed === undefined) return;
    const message = String((unexposed as Error).message);
    throw corrupt((await firstDamage()) ?? { path: folder, problem: message }, unexposed);
  }

  /** Whose fault it is that a question was not answered: its own, that of the memory there is, or of a file. */
  async function faultOf(error: unknown): Promise<MarqueeError> {
    const message = String((error as Error).message);
    if (message.startsWith('Out of Memory Error')) {
      return new MarqueeError('OVERLOADED', { message, cause: error });
    }
    const damage = ABOUT_THE_QUESTION.test(message) ? undefined : await firstDamage();
    if (damage !== undefined) return corrupt(damage, error);
    return new MarqueeError('BAD_USER_INPUT', { message, cause: error });
  }

  return {
    files,
    positions,
    async query(sql) {
      await requireExposed();
      try {
        return await database.query(sql);
      } catch (error) {
        throw await faultOf(error);
      }
    },
    async *stream(sql) {
      await requireExposed();
      try {
        yield* database.stream(sql);
      } catch (error) {
        throw await faultOf(error);
      }
    },
    async verify(onFile) {
      const damages: LakeDamage[] = [];
      for (const [i, file] of files.entries()) {
        onFile?.(i, files.length);
        const problem = await damageOf(file, check);
        if (problem !== undefined) damages.push({ path: file.path, problem });
      }
      return damages;
    },
    close: () => database.close(),
  };
}

/**
 * For who learns from a lake: values that damage has changed would be learned.
 * @throws MarqueeError DATA_CORRUPT naming every damaged file
 */
export async function requireWhole(
  reader: Pick<LakeReader, 'verify'>,
  onFile?: (done: number, total: number) => void,
): Promise<void> {
  const damages = await reader.verify(onFile);
  if (damages.length === 0) return;
  const named = damages.map(({ path, problem }) => `${path}: ${problem}`).join('; ');
  throw new MarqueeError('DATA_CORRUPT', `${damages.length} files of the lake are damaged: ${named}`);
}

/** What DuckDB says before it has read anything of a file. */
const ABOUT_THE_QUESTION = /^(Parser|Syntax|Binder|Catalog|Permission|Not implemented) Error/i;

function corrupt({ path, problem }: LakeDamage, cause: unknown): MarqueeError {
  const help = 'npm run lake -- verify names all such files, repair makes them again from the log';
  return new MarqueeError('DATA_CORRUPT', { message: `${path}: ${problem} (${help})`, cause });
}
