/** One partition of the log in the lake: what is buffered, what is committed, and how rows become files. One writer at a time. */
import { join, relative, sep } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Clock, type DeliveredEvent, isBeforeErasure } from '@marquee/domain';
import { isMarqueeError, type Logger, MarqueeError } from '@marquee/service-kit';
import type { LakeFile, PartitionState, PendingErasure } from './commits/commit.ts';
import { CommitLog } from './commits/commit-log.ts';
import { LakeFiles, type ReplacedFile } from './lake-files.ts';
import { toEventRow } from './parquet/event-columns.ts';
import type { ParquetDatabase } from './parquet/parquet-database.ts';
import { RowBuffer, type RowBufferLimits } from './row-buffer.ts';
import type { LakeStorage } from './storage.ts';
import { UnreadableFiles, type UnrepairedDamage } from './unreadable-files.ts';

export interface LakeLimits extends RowBufferLimits {
  /** How long a row waits at most. */
  readonly maxAgeMs: number;
  /** So many files of one hour are made one. */
  readonly compactFiles: number;
  /** How long a file that a compaction has replaced stays for readers that began before, milliseconds. */
  readonly replacedKeptMs: number;
  /** How long closing may write; what is left then comes from the log again. */
  readonly closeWithinMs: number;
}

/** Those that do not follow from the memory there is. */
export const LAKE_LIMITS: Omit<LakeLimits, 'bufferedBytes'> = {
  bufferedRows: 20_000,
  maxAgeMs: 30_000,
  compactFiles: 8,
  // A training reads for so long.
  replacedKeptMs: 3_600_000,
  closeWithinMs: 2_000,
};

/** Texts of large events take a while to make; so long at a stretch. */
const APPEND_TURN_MS = 5;

export interface LakePartitionDeps {
  readonly root: string;
  readonly partition: number;
  readonly storage: LakeStorage;
  readonly database: ParquetDatabase;
  readonly limits: LakeLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class LakePartition {
  readonly #deps: LakePartitionDeps;
  readonly #commits: CommitLog;
  readonly #files: LakeFiles;
  readonly #buffer: RowBuffer;
  /** Highest sequence that is buffered or committed. */
  #taken = 0;
  #oldestAt = 0;
  /** Profile → `occurredAt` of its newest erasure. */
  readonly #erasedAt = new Map<string, number>();
  /** By compactions, and kept a while for readers that began before. */
  #replaced: ReplacedFile[] = [];
  readonly #unreadable: UnreadableFiles;
  /** Erasures that were done where files could be read, and wait for those that could not. */
  #waiting: readonly PendingErasure[] = [];
  /** Path → uncompressed bytes, of files that were looked at. */
  readonly #sizes = new Map<string, number>();
  /** When writing ends, finished or not, on the process's own clock; set when the partition is closing. */
  #writeUntil = Number.POSITIVE_INFINITY;
  /** Writes happen one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(deps: LakePartitionDeps) {
    this.#deps = deps;
    this.#buffer = new RowBuffer(deps.limits);
    this.#unreadable = new UnreadableFiles(deps.root, deps.logger);
    this.#commits = new CommitLog(deps.storage, deps.root, deps.partition);
    this.#files = new LakeFiles(deps.storage, deps.root, deps.partition);
  }

  /** Reads what is committed, removes what a crash left half done, and finishes erasures that it interrupted. */
  static async open(deps: LakePartitionDeps): Promise<LakePartition> {
    const opened = new LakePartition(deps);
    const { position } = await opened.#commits.read();
    opened.#taken = position;
    opened.#replaced = await opened.#files.sweep((path) => opened.state.files.has(path), opened.#keptSince);
    await opened.#loadErasures();
    await opened.#inTurn(() => opened.#erase());
    return opened;
  }

  /** Up to where everything is durable. */
  get position(): number {
    return this.#commits.state.position;
  }

  get buffered(): number {
    return this.#buffer.size;
  }

  get state(): PartitionState {
    return this.#commits.state;
  }

  get damage(): UnrepairedDamage {
    return {
      files: this.#unreadable.paths.filter((path) => this.state.files.has(path)).length,
      erasures: this.#waiting.filter((erasure) => this.#mayBeIn(erasure)).length,
    };
  }

  /** When the oldest buffered row came; undefined when none is. */
  get oldestAt(): number | undefined {
    return this.#buffer.size === 0 ? undefined : this.#oldestAt;
  }

  /**
   * Takes events in the order of their sequences. Those that were taken before are left out, so handing a batch over again does
   * no harm. Waits for the disk when too much is buffered.
   * @returns how many were dropped since their profile was erased after they happened
   * @throws MarqueeError DEPENDENCY_UNAVAILABLE when there is no room and none can be made
   */
  async append(batch: readonly DeliveredEvent[]): Promise<number> {
    let dropped = 0;
    let turnEndsAt = performance.now() + APPEND_TURN_MS;
    for (const delivered of batch) {
      if (delivered.sequence <= this.#taken) continue;
      if (this.#buffer.isFull) await this.flush();
      const { event } = delivered;
      if (event.type === 'PROFILE_ERASED') this.#noteErasure(event.profileId, event.occurredAt);
      else if (isBeforeErasure(event, this.#erasedAt.get(event.profileId))) {
        this.#taken = delivered.sequence;
        dropped++;
        continue;
      }
      if (this.#buffer.size === 0) this.#oldestAt = this.#deps.clock.now();
      this.#buffer.push(toEventRow(delivered, this.#deps.partition));
      this.#taken = delivered.sequence;
      if (performance.now() > turnEndsAt) {
        await setTimeout(APPEND_TURN_MS);
        turnEndsAt = performance.now() + APPEND_TURN_MS;
      }
    }
    if (this.#buffer.isFull) await this.flush();
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
      await this.#removeReplaced(this.#keptSince);
      let removed = 0;
      for (const [hour, files] of await this.#groupsToMerge()) removed += await this.#merge(hour, files);
      return removed;
    });
  }

  /** From now on writing is short of time: whoever waits for it is let go after `closeWithinMs`. */
  hasten(): void {
    const { closeWithinMs } = this.#deps.limits;
    this.#writeUntil = Math.min(this.#writeUntil, performance.now() + closeWithinMs);
  }

  /**
   * Writes what is buffered as far as time and the disk allow. The rest is not committed, so that the next who opens the partition
   * is given it by the log: nothing is lost, and nobody waits for a long backlog or a full disk.
   */
  async close(): Promise<void> {
    this.hasten();
    try {
      await this.flush();
    } catch (error) {
      if (!isMarqueeError(error, 'DEPENDENCY_UNAVAILABLE') && !isMarqueeError(error, 'CONFLICT')) throw error;
      const { logger, partition } = this.#deps;
      logger.warn(
        { err: error, partition, events: this.#buffer.size, position: this.position },
        'events were not written to the lake before it closed; the log hands them over again',
      );
    }
  }

  get #isHastened(): boolean {
    return this.#writeUntil !== Number.POSITIVE_INFINITY;
  }

  /** File after file, each committed by itself: what was done stays done, whatever becomes of the next. */
  async #write(): Promise<void> {
    // More may be appended while this is being written.
    const goal = this.#taken;
    while (this.position < goal) {
      if (performance.now() > this.#writeUntil) {
        throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the lake is closing, and no time is left to write');
      }
      await this.#writeFile();
    }
  }

  async #writeFile(): Promise<void> {
    const rows = this.#buffer.first();
    // Events that were not taken in count as written, too.
    const upTo = rows.length === this.#buffer.size ? this.#taken : rows.at(-1)!.sequence;
    const { database } = this.#deps;
    const add: LakeFile[] = [];
    if (rows.length > 0) {
      // By the hour of writing: a history that is imported at once would make a file for each of its hours.
      add.push(
        await this.#files.add(hourOf(this.#deps.clock.now()), rows[0]!.sequence, upTo, async (path) => {
          await database.write(rows, path, () => this.#isHastened);
          return rows.length;
        }),
      );
    }
    const erasures: PendingErasure[] = rows.flatMap(({ isErasure, profileId, sequence }) =>
      isErasure ? [{ profileId, before: sequence }] : [],
    );
    await this.#commit('append', {
      add,
      position: upTo,
      erasures: [...this.state.erasures, ...erasures],
    });
    // Only now: whatever failed before is tried again with the same rows.
    this.#buffer.drop(rows);
    this.#oldestAt = this.#deps.clock.now();
  }

  /**
   * Rewrites the files that hold rows of profiles that are erased; without them, and at once. Where a file cannot be read the erasure stays
   * noted, and is tried again by whoever opens the partition next.
   */
  async #erase(): Promise<void> {
    const { files } = this.state;
    const erasures = this.state.erasures.filter((erasure) => !this.#waiting.some(isSame(erasure)));
    // What is noted in a commit is done by whoever opens the partition next.
    if (erasures.length === 0 || performance.now() > this.#writeUntil) return;
    const { root, database, logger, partition } = this.#deps;
    const touched = new Map<string, LakeFile>();
    for (const { profileId, before } of erasures) {
      const found = await this.#unreadable.ask(files.keys(), (paths) =>
        database.filesWith(paths, profileId, before),
      );
      for (const path of found) touched.set(path, files.get(relative(root, path).split(sep).join('/'))!);
    }
    const add: LakeFile[] = [];
    const gone: string[] = [];
    let rows = 0;
    for (const [path, file] of touched) {
      try {
        const written = await this.#files.addUnlessEmpty(file.hour, file.first, file.last, (to) =>
          database.rewrite([path], to, erasures),
        );
        rows += file.rows - (written?.rows ?? 0);
        if (written !== undefined) add.push(written);
        gone.push(file.path);
      } catch (error) {
        // A disk that takes nothing is another matter.
        if (await this.#canBeRead(path)) throw error;
        this.#unreadable.note(file.path, error);
      }
    }
    for (const path of gone) this.#sizes.delete(path);
    // Nobody may read on in what holds them, also if this process ends here: no file of theirs is kept for readers.
    await this.#removeReplaced(Number.POSITIVE_INFINITY);
    for (const path of gone) await this.#files.markReplaced(path, 0);
    this.#waiting = [...this.#waiting, ...erasures.filter((erasure) => this.#mayBeIn(erasure))];
    await this.#commit('erase', { add, remove: gone, erasures: [...this.#waiting] });
    for (const path of gone) await this.#files.remove(path);
    logger.info(
      { partition, profiles: erasures.length, rows, files: gone.length, waiting: this.#waiting.length },
      'erased profiles from the lake',
    );
  }

  /** In a file that cannot be read, as far as its name says. */
  #mayBeIn({ before }: PendingErasure): boolean {
    return this.#unreadable.paths.some((path) => (this.state.files.get(path)?.first ?? before) < before);
  }

  async #canBeRead(path: string): Promise<boolean> {
    return this.#deps.database.readThrough(path).then(
      () => true,
      () => false,
    );
  }

  get #keptSince(): number {
    return this.#deps.clock.now() - this.#deps.limits.replacedKeptMs;
  }

  async #removeReplaced(before: number): Promise<void> {
    for (const { path } of this.#replaced.filter(({ at }) => at < before)) await this.#files.remove(path);
    this.#replaced = this.#replaced.filter(({ at }) => at >= before);
  }

  async #merge(hour: string, files: readonly LakeFile[]): Promise<number> {
    const { root, database, logger } = this.#deps;
    const paths = files.map(({ path }) => path);
    try {
      const merged = await this.#files.addUnlessEmpty(
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
      const { clock } = this.#deps;
      for (const path of paths) this.#replaced.push(await this.#files.markReplaced(path, clock.now()));
      for (const path of paths) this.#sizes.delete(path);
      return paths.length;
    } catch (error) {
      if (isMarqueeError(error, 'CONFLICT')) throw error;
      // Left as they are: a file that cannot be read must not stop the others, nor be removed.
      for (const path of paths) this.#unreadable.note(path, error);
      logger.error({ err: error, hour, files: paths }, 'files of the lake were not compacted');
      return 0;
    }
  }

  /** Files of one hour that are worth being one, and together no larger than one may be. */
  async #groupsToMerge(): Promise<[string, LakeFile[]][]> {
    const { limits } = this.#deps;
    const groups: [string, LakeFile[]][] = [];
    for (const [hour, files] of Map.groupBy(this.state.files.values(), (file) => file.hour)) {
      if (files.length < limits.compactFiles) continue;
      let group: LakeFile[] = [];
      let bytes = 0;
      for (const file of files.toSorted((a, b) => a.first - b.first)) {
        const size = await this.#sizeOf(file);
        if (size === undefined) continue;
        if (bytes + size > limits.bufferedBytes) {
          groups.push([hour, group]);
          group = [];
          bytes = 0;
        }
        group.push(file);
        bytes += size;
      }
      groups.push([hour, group]);
    }
    return groups.filter(([, files]) => files.length >= limits.compactFiles);
  }

  /** Undefined for a file that cannot be read: it must not stop the others. */
  async #sizeOf({ path }: LakeFile): Promise<number | undefined> {
    if (this.#unreadable.has(path)) return undefined;
    const { database, root } = this.#deps;
    try {
      const size = this.#sizes.get(path) ?? (await database.uncompressedBytes(join(root, path)));
      this.#sizes.set(path, size);
      return size;
    } catch (error) {
      this.#unreadable.note(path, error);
      return undefined;
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

  async #loadErasures(): Promise<void> {
    const { database } = this.#deps;
    const known = await this.#unreadable.ask(this.state.files.keys(), (paths) => database.erasures(paths));
    for (const { profileId, at } of known) this.#noteErasure(profileId, at);
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

function isSame({ profileId, before }: PendingErasure): (other: PendingErasure) => boolean {
  return (other) => other.profileId === profileId && other.before === before;
}

/** `YYYY-MM-DD-HH`, UTC. */
function hourOf(at: number): string {
  return new Date(at).toISOString().slice(0, 13).replace('T', '-');
}
