/** One partition of the log in the lake: what is buffered, what is committed, and how rows become files. One writer at a time. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Clock, type DeliveredEvent, isBeforeErasure } from '@marquee/domain';
import { isMarqueeError, type Logger, MarqueeError } from '@marquee/service-kit';
import type { LakeFile, PartitionState, PendingErasure } from './commits/commit.ts';
import { CommitLog, partitionName } from './commits/commit-log.ts';
import type { ParquetDatabase } from './parquet/parquet-database.ts';
import type { LakeStorage } from './storage.ts';

export interface LakeLimits {
  /** Rows that wait in memory before they are written at once. */
  readonly bufferedRows: number;
  /** How long a row waits at most. */
  readonly maxAgeMs: number;
  /** So many files of one hour are made one. */
  readonly compactFiles: number;
  /** Files beyond this size are left alone. */
  readonly compactBelowBytes: number;
}

export const LAKE_LIMITS: LakeLimits = {
  bufferedRows: 20_000,
  maxAgeMs: 30_000,
  compactFiles: 8,
  compactBelowBytes: 64 * 2 ** 20,
};

export interface LakePartitionDeps {
  readonly root: string;
  readonly partition: number;
  readonly storage: LakeStorage;
  readonly database: ParquetDatabase;
  readonly limits: LakeLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where files of events are, below the lake's folder. */
export const EVENTS = 'events';

export class LakePartition {
  readonly #deps: LakePartitionDeps;
  readonly #commits: CommitLog;
  #buffer: DeliveredEvent[] = [];
  /** Highest sequence that is buffered or committed. */
  #taken = 0;
  #oldestAt = 0;
  /** Profile → `occurredAt` of its newest erasure. */
  readonly #erasedAt = new Map<string, number>();
  /** Replaced by a compaction, and kept a while for readers that began before. */
  #replaced: string[] = [];
  readonly #unreadable = new Set<string>();
  /** Writes happen one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(deps: LakePartitionDeps) {
    this.#deps = deps;
    this.#commits = new CommitLog(deps.storage, deps.root, deps.partition);
  }

  /** Reads what is committed, removes what a crash left half done, and finishes erasures that it interrupted. */
  static async open(deps: LakePartitionDeps): Promise<LakePartition> {
    const opened = new LakePartition(deps);
    const { position } = await opened.#commits.read();
    opened.#taken = position;
    await opened.#sweep();
    await opened.#loadErasures();
    await opened.#inTurn(() => opened.#erase());
    return opened;
  }

  /** Up to where everything is durable. */
  get position(): number {
    return this.#commits.state.position;
  }

  get buffered(): number {
    return this.#buffer.length;
  }

  get state(): PartitionState {
    return this.#commits.state;
  }

  /** When the oldest buffered row came; undefined when none is. */
  get oldestAt(): number | undefined {
    return this.#buffer.length === 0 ? undefined : this.#oldestAt;
  }

  /**
   * Takes events in the order of their sequences. Those that were taken before are left out, so handing a batch over again does
   * no harm. Waits for the disk when too much is buffered.
   * @returns how many were dropped since their profile was erased after they happened
   */
  async append(batch: readonly DeliveredEvent[]): Promise<number> {
    let dropped = 0;
    for (const delivered of batch) {
      if (delivered.sequence <= this.#taken) continue;
      this.#taken = delivered.sequence;
      const { event } = delivered;
      if (event.type === 'PROFILE_ERASED') this.#noteErasure(event.profileId, event.occurredAt);
      else if (isBeforeErasure(event, this.#erasedAt.get(event.profileId))) {
        dropped++;
        continue;
      }
      if (this.#buffer.length === 0) this.#oldestAt = this.#deps.clock.now();
      this.#buffer.push(delivered);
    }
    if (this.#buffer.length >= this.#deps.limits.bufferedRows) await this.flush();
    return dropped;
  }

  /** Everything that was appended before is durable when it resolves. */
  flush(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#write();
      await this.#erase();
    });
  }

  /** Makes small files of one hour one, with every event once. @returns how many files went */
  compact(): Promise<number> {
    return this.#inTurn(async () => {
      const { storage, root } = this.#deps;
      const former = this.#replaced;
      this.#replaced = [];
      for (const path of former) await storage.remove(join(root, path));
      let removed = 0;
      for (const [hour, files] of this.#smallFiles()) removed += await this.#merge(hour, files);
      return removed;
    });
  }

  async close(): Promise<void> {
    await this.flush();
  }

  async #write(): Promise<void> {
    // A copy: more may be appended while this is being written.
    const rows = this.#buffer.slice();
    const taken = this.#taken;
    if (taken === this.position) return;
    const { partition, database } = this.#deps;
    const add: LakeFile[] = [];
    if (rows.length > 0) {
      // By the hour of writing: a history that is imported at once would make a file for each of its hours.
      add.push(
        await this.#file(hourOf(this.#deps.clock.now()), rows[0]!.sequence, taken, async (path) => {
          await database.write(rows, partition, path);
          return rows.length;
        }),
      );
    }
    const erasures: PendingErasure[] = rows.flatMap(({ event, sequence }) =>
      event.type === 'PROFILE_ERASED' ? [{ profileId: event.profileId, before: sequence }] : [],
    );
    await this.#commit('append', {
      add,
      position: taken,
      erasures: [...this.state.erasures, ...erasures],
    });
    // Only now: whatever failed before is tried again with the same rows.
    this.#buffer = this.#buffer.slice(rows.length);
    this.#oldestAt = this.#deps.clock.now();
  }

  /** Rewrites the files that hold rows of profiles that are erased; without them, and at once. */
  async #erase(): Promise<void> {
    const { erasures, files } = this.state;
    if (erasures.length === 0) return;
    const { root, database, storage, logger, partition } = this.#deps;
    const byPath = new Map([...files.values()].map((file) => [join(root, file.path), file]));
    const touched = new Map<string, LakeFile>();
    for (const { profileId, before } of erasures) {
      for (const path of await database.filesWith([...byPath.keys()], profileId, before)) {
        touched.set(path, byPath.get(path)!);
      }
    }
    const add: LakeFile[] = [];
    let rows = 0;
    for (const [path, file] of touched) {
      const written = await this.#fileOrNone(file.hour, file.first, file.last, (to) =>
        database.rewrite([path], to, erasures),
      );
      rows += file.rows - (written?.rows ?? 0);
      if (written !== undefined) add.push(written);
    }
    const gone = [...touched.values()].map(({ path }) => path);
    await this.#commit('erase', { add, remove: gone, erasures: [] });
    for (const path of [...gone, ...this.#replaced]) await storage.remove(join(root, path));
    this.#replaced = [];
    logger.info(
      { partition, profiles: erasures.length, rows, files: gone.length },
      'erased profiles from the lake',
    );
  }

  async #merge(hour: string, files: readonly LakeFile[]): Promise<number> {
    const { root, database, logger } = this.#deps;
    const paths = files.map(({ path }) => path);
    try {
      const merged = await this.#fileOrNone(
        hour,
        Math.min(...files.map(({ first }) => first)),
        Math.max(...files.map(({ last }) => last)),
        (to) =>
          database.rewrite(
            paths.map((path) => join(root, path)),
            to,
            [],
          ),
      );
      await this.#commit('compact', { add: merged === undefined ? [] : [merged], remove: paths });
      this.#replaced.push(...paths);
      return paths.length;
    } catch (error) {
      if (isMarqueeError(error, 'CONFLICT')) throw error;
      // Left as they are: a file that cannot be read must not stop the others, nor be removed.
      for (const path of paths) this.#unreadable.add(path);
      logger.error({ err: error, hour, files: paths }, 'files of the lake were not compacted');
      return 0;
    }
  }

  #smallFiles(): [string, LakeFile[]][] {
    const { limits } = this.#deps;
    const small = [...this.state.files.values()].filter(
      ({ bytes, path }) => bytes < limits.compactBelowBytes && !this.#unreadable.has(path),
    );
    return [...Map.groupBy(small, ({ hour }) => hour)].filter(
      ([, files]) => files.length >= limits.compactFiles,
    );
  }

  async #file(
    hour: string,
    first: number,
    last: number,
    write: (path: string) => Promise<number>,
  ): Promise<LakeFile> {
    return (await this.#fileOrNone(hour, first, last, write))!;
  }

  /** Writes under another name first; undefined when nothing was to be written. */
  async #fileOrNone(
    hour: string,
    first: number,
    last: number,
    write: (path: string) => Promise<number>,
  ): Promise<LakeFile | undefined> {
    const { root, storage, partition } = this.#deps;
    const day = hour.slice(0, 10);
    const folder = `${EVENTS}/date=${day}/hour=${hour.slice(11)}`;
    const name = `${partitionName(partition)}-${first}-${last}-${randomUUID()}.parquet`;
    const temporary = join(root, TEMPORARY, name);
    await storage.makeFolder(join(root, TEMPORARY));
    try {
      const rows = await write(temporary);
      if (rows === 0) return undefined;
      const bytes = await storage.size(temporary);
      const path = `${folder}/${name}`;
      await storage.publish(temporary, join(root, path));
      return { path, rows, bytes: bytes!, hour, first, last };
    } catch (error) {
      await storage.remove(temporary);
      throw unavailable(error, folder);
    }
  }

  async #commit(
    reason: 'append' | 'compact' | 'erase',
    change: {
      readonly add: LakeFile[];
      readonly remove?: string[];
      readonly position?: number;
      readonly erasures?: PendingErasure[];
    },
  ): Promise<void> {
    const { position, erasures } = this.state;
    await this.#commits.write({
      at: this.#deps.clock.now(),
      reason,
      add: change.add,
      remove: change.remove ?? [],
      position: change.position ?? position,
      erasures: change.erasures ?? [...erasures],
    });
  }

  /** Files that no commit names: written before a crash, or replaced before one. */
  async #sweep(): Promise<void> {
    const { root, storage, partition } = this.#deps;
    const prefix = `${partitionName(partition)}-`;
    const remove = async (folder: string, known: (path: string) => boolean): Promise<void> => {
      for (const name of await storage.list(join(root, folder))) {
        if (name.startsWith(prefix) && !known(`${folder}/${name}`))
          await storage.remove(join(root, folder, name));
      }
    };
    await remove(TEMPORARY, () => false);
    for (const day of await storage.list(join(root, EVENTS))) {
      for (const hour of await storage.list(join(root, EVENTS, day))) {
        await remove(`${EVENTS}/${day}/${hour}`, (path) => this.state.files.has(path));
      }
    }
  }

  async #loadErasures(): Promise<void> {
    const { root, database } = this.#deps;
    const paths = [...this.state.files.values()].map(({ path }) => join(root, path));
    for (const { profileId, at } of await database.erasures(paths)) this.#noteErasure(profileId, at);
  }

  #noteErasure(profileId: string, at: number): void {
    this.#erasedAt.set(profileId, Math.max(at, this.#erasedAt.get(profileId) ?? 0));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/** Where files are until they are whole. On the same file system, so that giving them their name is atomic. */
const TEMPORARY = '_temporary';

/** `YYYY-MM-DD-HH`, UTC. */
function hourOf(at: number): string {
  return new Date(at).toISOString().slice(0, 13).replace('T', '-');
}

/** A disk that is full or away says nothing against the events: they are delivered again until it is back. */
function unavailable(error: unknown, folder: string): MarqueeError {
  if (isMarqueeError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', {
    message: `the lake cannot write to ${folder}: ${reason}`,
    cause: error,
  });
}
