/**
 * Files of a lake that are damaged or gone, made again from the log, which holds every event for as long as it keeps them. The writer may go
 * on meanwhile: a repair is a commit like any other, and whoever is second reads the other's first.
 */
import { join } from 'node:path';
import { type Clock, type DeliveredEvent, isBeforeErasure, partitionOf } from '@marquee/domain';
import { isMarqueeError, MarqueeError } from '@marquee/service-kit';
import type { LakeFile } from './commits/commit.ts';
import { CommitLog } from './commits/commit-log.ts';
import { LakeFiles } from './lake-files.ts';
import { openLake } from './lake-reader.ts';
import { type EventRow, toEventRow } from './parquet/event-columns.ts';
import { ParquetDatabase, type ParquetDatabaseOptions } from './parquet/parquet-database.ts';
import { localStorage } from './storage.ts';

export interface RepairOptions extends ParquetDatabaseOptions {
  readonly folder: string;
  /** The log after a sequence, in order, all partitions of it. */
  readonly log: (afterSequence: number) => AsyncIterable<readonly DeliveredEvent[]>;
  /** Of the log. */
  readonly partitions: number;
  readonly clock: Clock;
  /** A file is made again also where the log has not all of its events any more. */
  readonly acceptLoss?: boolean;
  readonly onFile?: (done: number, total: number) => void;
}

export interface RepairedFile {
  readonly path: string;
  readonly problem: string;
  /** Rows that it had. */
  readonly rows: number;
  /** Rows that the log has for it: more where it holds an event twice. */
  readonly found: number;
  /** Profiles whose rows were to be removed from it: what is missing may be theirs, and is rightly. */
  readonly erased: number;
  /** False where the log has too few, and that was not accepted: nothing was changed. */
  readonly repaired: boolean;
}

const COMMIT_ATTEMPTS = 10;

/** @throws MarqueeError NOT_FOUND when the folder holds no lake, CONFLICT when the writer is always first */
export async function repairLake(options: RepairOptions): Promise<readonly RepairedFile[]> {
  const { folder, onFile, log, partitions, clock, acceptLoss, ...limits } = options;
  const reader = await openLake({ folder, ...limits });
  const damages = await reader.verify(onFile).finally(() => reader.close());
  const damaged = new Set(damages.map(({ path }) => path));
  const whole = reader.files.map(({ path }) => path).filter((path) => !damaged.has(path));
  const database = await ParquetDatabase.open(limits);
  try {
    const paths = whole.map((path) => join(folder, path));
    const erasedAt = new Map((await database.erasures(paths)).map(({ profileId, at }) => [profileId, at]));
    const repaired: RepairedFile[] = [];
    for (const { path, problem } of damages) {
      const file = reader.files.find((each) => each.path === path)!;
      const partition = partitionOfFile(path);
      const known = await database.sequencesOf(paths.filter(isOf(partition)), file.first, file.last);
      const found = await rowsOfLog({ log, partitions, partition, file, known, erasedAt });
      const commits = new CommitLog(localStorage, folder, partition);
      const { erasures } = await commits.read();
      const isEnough = found.length >= file.rows || acceptLoss === true;
      if (isEnough) {
        const files = new LakeFiles(localStorage, folder, partition);
        const made = await files.addUnlessEmpty(file.hour, file.first, file.last, async (to) => {
          if (found.length > 0) await database.write(found, to);
          return found.length;
        });
        await commit(commits, file, made, clock);
      }
      const erased = new Set(
        erasures.filter(({ before }) => before > file.first).map(({ profileId }) => profileId),
      ).size;
      repaired.push({ path, problem, rows: file.rows, found: found.length, erased, repaired: isEnough });
    }
    return repaired;
  } finally {
    await database.close();
  }
}

/** What the log has of a file's events, without those that lie in another file, or whose profile is erased since. */
async function rowsOfLog(of: {
  readonly log: RepairOptions['log'];
  readonly partitions: number;
  readonly partition: number;
  readonly file: LakeFile;
  readonly known: ReadonlySet<number>;
  readonly erasedAt: ReadonlyMap<string, number>;
}): Promise<EventRow[]> {
  const { file, partition, partitions, known } = of;
  const erasedAt = new Map(of.erasedAt);
  const delivered: DeliveredEvent[] = [];
  for await (const batch of of.log(file.first - 1)) {
    for (const one of batch) {
      if (one.sequence > file.last || partitionOf(one.event.profileId, partitions) !== partition) continue;
      const { type, profileId, occurredAt } = one.event;
      if (type === 'PROFILE_ERASED')
        erasedAt.set(profileId, Math.max(occurredAt, erasedAt.get(profileId) ?? 0));
      if (!known.has(one.sequence)) delivered.push(one);
    }
    if ((batch.at(-1)?.sequence ?? 0) >= file.last) break;
  }
  return delivered
    .filter(
      ({ event }) =>
        event.type === 'PROFILE_ERASED' || !isBeforeErasure(event, erasedAt.get(event.profileId)),
    )
    .map((one) => toEventRow(one, partition));
}

/** In the place of the file that is damaged; the writer sweeps that away when it opens the partition next. */
async function commit(
  commits: CommitLog,
  damaged: LakeFile,
  made: LakeFile | undefined,
  clock: Clock,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { files } = await commits.read();
    if (!files.has(damaged.path)) {
      throw new MarqueeError('CONFLICT', `${damaged.path} was replaced by another while it was made again`);
    }
    try {
      await commits.write({
        // For older readers it is one file in the place of another.
        ...{ at: clock.now(), reason: 'compact' },
        ...{ add: made === undefined ? [] : [made], remove: [damaged.path] },
      });
      return;
    } catch (error) {
      if (!isMarqueeError(error, 'CONFLICT') || attempt === COMMIT_ATTEMPTS) throw error;
    }
  }
}

const PARTITION_OF_NAME = /\/p(\d+)-[^/]*$/;

function partitionOfFile(path: string): number {
  return Number(PARTITION_OF_NAME.exec(path)?.[1]);
}

function isOf(partition: number): (path: string) => boolean {
  return (path) => partitionOfFile(path) === partition;
}
