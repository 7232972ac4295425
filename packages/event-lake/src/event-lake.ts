/**
 * The event lake: every event of the log, with every served slate and the features its ranker saw, as Parquet files by the date and
 * hour at which they were written. Each event is there exactly once, whatever ends the process: rows and the place in the log that they reach
 * are committed together (`commits/`).
 *
 * Partitions of the log are written independently, each by one writer at a time. Should two write one all the same, the second's
 * commit fails with CONFLICT and changes nothing.
 */
import type { Clock, DeliveredEvent } from '@marquee/domain';
import { type Component, type Logger, MarqueeError, READY, type Readiness } from '@marquee/service-kit';
import { LakePartition } from './lake-partition.ts';
import { ParquetDatabase, type ParquetDatabaseOptions, sortableBytes } from './parquet/parquet-database.ts';
import { LAKE_LIMITS, type LakeLimits } from './partition-parts.ts';
import { type LakeStorage, localStorage } from './storage.ts';
import type { UnrepairedDamage } from './unreadable-files.ts';

export interface EventLakeOptions extends ParquetDatabaseOptions {
  /** Made when it is not there. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<LakeLimits>;
  /** Default: the local file system. */
  readonly storage?: LakeStorage;
  /** How often rows that wait are looked at, and files to compact. Default 1 s; 0: only when asked to. */
  readonly tickMs?: number;
}

export interface EventLake extends Component {
  /** Opens a partition for writing. @throws MarqueeError DATA_CORRUPT naming a commit that cannot be read */
  open(partition: number): Promise<void>;
  /** Somebody is about to close the partition: writes that are under way and those to come end within `closeWithinMs`. */
  hasten(partition: number): void;
  /**
   * Writes what is buffered, as far as that can be done within `closeWithinMs`, and closes. What is left is not durable: the log
   * hands it over again from the position reached. Harmless when it is not open.
   */
  close(partition: number): Promise<void>;
  /** Sequence up to which everything of an open partition is durable: where to read the log from after a crash. */
  position(partition: number): number;
  /**
   * Takes events of an open partition, in order; resolves when they are buffered, and waits for the disk when too many are.
   * @returns how many came too late, after their profile's erasure
   * @throws MarqueeError DEPENDENCY_UNAVAILABLE when the disk is full or away; nothing is lost, hand them over again
   */
  append(partition: number, batch: readonly DeliveredEvent[]): Promise<number>;
  /** Everything appended so far is durable when it resolves. */
  flush(): Promise<void>;
  /** @returns how many small files became parts of larger ones */
  compact(): Promise<number>;
  /** Rows that are not durable yet. */
  buffered(): number;
  /** What was met in open partitions, as far as their files were looked at, and nobody has repaired since. */
  damage(): UnrepairedDamage;
}

const TICK_MS = 1_000;
const COMPACT_EVERY_MS = 300_000;

export function createEventLake(options: EventLakeOptions): EventLake {
  const { folder: root, clock, logger, storage = localStorage, tickMs = TICK_MS } = options;
  const limits = { ...LAKE_LIMITS, bufferedBytes: sortableBytes(options), ...options.limits };
  const partitions = new Map<number, LakePartition>();
  let database: ParquetDatabase | undefined;
  let timer: NodeJS.Timeout | undefined;
  let ticking = false;
  let compactedAt = clock.now();
  let problem: string | undefined;

  function opened(partition: number): LakePartition {
    const found = partitions.get(partition);
    if (found === undefined) throw new Error(`partition ${partition} of the lake is not open`);
    return found;
  }

  /** All of them, also where one cannot: each is written by itself. @throws what the first one threw */
  async function each(work: (partition: LakePartition) => Promise<unknown>): Promise<void> {
    const failures: unknown[] = [];
    for (const partition of partitions.values()) {
      try {
        await work(partition);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Flushes what has waited long enough; a disk that is away is reported, and tried again at the next tick. */
  async function tick(): Promise<void> {
    if (ticking) return;
    ticking = true;
    try {
      const compacts = clock.now() - compactedAt >= COMPACT_EVERY_MS;
      if (compacts) compactedAt = clock.now();
      await each(async (partition) => {
        if (clock.now() - (partition.oldestAt ?? clock.now()) >= limits.maxAgeMs) await partition.flush();
        if (compacts) await partition.compact();
      });
      problem = undefined;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
      logger.warn({ err: error }, 'the event lake could not write');
    } finally {
      ticking = false;
    }
  }

  return {
    name: 'event-lake',
    async start() {
      await storage.makeFolder(root);
      database = await ParquetDatabase.open(options);
      if (tickMs > 0) {
        timer = setInterval(() => void tick(), tickMs);
        timer.unref();
      }
    },
    async stop() {
      clearInterval(timer);
      // At once: they share the time there is.
      await Promise.all([...partitions.keys()].map((partition) => this.close(partition)));
      await database?.close();
      database = undefined;
    },
    readiness: (): Readiness => (problem === undefined ? READY : { ready: false, detail: problem }),
    async open(partition) {
      if (database === undefined)
        throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the event lake has not been started');
      if (partitions.has(partition)) return;
      partitions.set(
        partition,
        await LakePartition.open({ root, partition, storage, database, limits, clock, logger }),
      );
    },
    hasten(partition) {
      partitions.get(partition)?.hasten();
    },
    async close(partition) {
      const open = partitions.get(partition);
      if (open === undefined) return;
      partitions.delete(partition);
      await open.close();
    },
    position: (partition) => opened(partition).position,
    append: (partition, batch) => opened(partition).append(batch),
    async flush() {
      await each((partition) => partition.flush());
    },
    async compact() {
      let files = 0;
      await each(async (partition) => {
        files += await partition.compact();
      });
      return files;
    },
    buffered: () => [...partitions.values()].reduce((sum, { buffered }) => sum + buffered, 0),
    damage: () => {
      const all = [...partitions.values()].map(({ damage }) => damage);
      return {
        files: all.reduce((sum, { files }) => sum + files, 0),
        erasures: all.reduce((sum, { erasures }) => sum + erasures, 0),
      };
    },
  };
}
