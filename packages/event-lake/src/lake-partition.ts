/** One partition of the log in the lake: what is buffered, what is committed, and how rows become files. One writer at a time. */
import { setTimeout } from 'node:timers/promises';
import type { DeliveredEvent } from '@marquee/domain';
import { isMarqueeError, MarqueeError } from '@marquee/service-kit';
import type { LakeFile, PartitionState } from './commits/commit.ts';
import { CommitLog } from './commits/commit-log.ts';
import { Compaction } from './compaction.ts';
import { LakeFiles } from './lake-files.ts';
import { toEventRow } from './parquet/event-columns.ts';
import { PartitionErasures } from './partition-erasures.ts';
import type { LakePartitionDeps, PartitionParts } from './partition-parts.ts';
import { RowBuffer } from './row-buffer.ts';
import { unavailable } from './storage.ts';
import { UnreadableFiles, type UnrepairedDamage } from './unreadable-files.ts';

/** How often a repair may come first. */
const COMMIT_ATTEMPTS = 10;

/** Texts of large events take a while to make; so long at a stretch. */
const APPEND_TURN_MS = 5;

export class LakePartition {
  readonly #parts: PartitionParts;
  readonly #erasures: PartitionErasures;
  readonly #compaction: Compaction;
  readonly #buffer: RowBuffer;
  /** Highest sequence that is buffered or committed. */
  #taken = 0;
  /** Files of rows whose commits have not been heard of: whether one names them tells a lost answer from another writer. */
  #unanswered: string[] = [];
  #oldestAt = 0;
  /** When writing ends, finished or not, on the process's own clock; set when the partition is closing. */
  #writeUntil = Number.POSITIVE_INFINITY;
  /** Writes happen one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(deps: LakePartitionDeps) {
    const { root, partition, storage, logger } = deps;
    this.#parts = {
      ...deps,
      commits: new CommitLog(storage, root, partition),
      files: new LakeFiles(storage, root, partition),
      unreadable: new UnreadableFiles(deps, logger),
    };
    this.#erasures = new PartitionErasures(this.#parts);
    this.#compaction = new Compaction(this.#parts);
    this.#buffer = new RowBuffer(deps.limits);
  }

  /** Reads what is committed, removes what a crash left half done, and finishes erasures that it interrupted. */
  static async open(deps: LakePartitionDeps): Promise<LakePartition> {
    const opened = new LakePartition(deps);
    const { commits, files, clock, limits } = opened.#parts;
    const { position } = await commits.read();
    opened.#taken = position;
    await files.sweep((path) => opened.state.files.has(path), clock.now() - limits.replacedKeptMs);
    await opened.#erasures.load();
    await opened.#inTurn(() => opened.#erase());
    return opened;
  }

  /** Up to where everything is durable. */
  get position(): number {
    return this.#parts.commits.state.position;
  }

  get buffered(): number {
    return this.#buffer.size;
  }

  get state(): PartitionState {
    return this.#parts.commits.state;
  }

  get damage(): UnrepairedDamage {
    return {
      files: this.#parts.unreadable.paths.filter((path) => this.state.files.has(path)).length,
      erasures: this.#erasures.waiting,
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
      if (event.type === 'PROFILE_ERASED') this.#erasures.note(event.profileId, event.occurredAt);
      else if (this.#erasures.isTooLate(event)) {
        this.#taken = delivered.sequence;
        dropped++;
        continue;
      }
      if (this.#buffer.size === 0) this.#oldestAt = this.#parts.clock.now();
      this.#buffer.push(toEventRow(delivered, this.#parts.partition));
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
    return this.#inTurn(() => this.#compaction.run());
  }

  /** From now on writing is short of time: whoever waits for it is let go after `closeWithinMs`. */
  hasten(): void {
    const { closeWithinMs } = this.#parts.limits;
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
      const { logger, partition } = this.#parts;
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
    const { database, files, commits, clock } = this.#parts;
    const add: LakeFile[] = [];
    if (rows.length > 0) {
      // By the hour of writing: a history that is imported at once would make a file for each of its hours.
      add.push(
        await files.add(hourOf(clock.now()), rows[0]!.sequence, upTo, async (path) => {
          await database.write(rows, path, () => this.#isHastened);
          return rows.length;
        }),
      );
    }
    const erasures = rows.flatMap(({ isErasure, profileId, sequence }) =>
      isErasure ? [{ profileId, before: sequence }] : [],
    );
    this.#unanswered.push(...add.map(({ path }) => path));
    try {
      await commits.write({
        ...{ at: clock.now(), reason: 'append', add, position: upTo },
        erasures: [...this.state.erasures, ...erasures],
      });
      this.#unanswered = [];
    } finally {
      this.#dropCommitted();
    }
  }

  /** What is noted in a commit is done by whoever opens the partition next, where no time is left. */
  async #erase(): Promise<void> {
    if (performance.now() <= this.#writeUntil) await this.#erasures.carryOut();
  }

  /** Whatever failed besides: what is committed must not be written again, and the rest is tried again with the same rows. */
  #dropCommitted(): void {
    const before = this.#buffer.size;
    this.#buffer.drop(this.position);
    // Also what another has written of it, which the log may still hand over here.
    this.#taken = Math.max(this.#taken, this.position);
    if (this.#buffer.size < before) this.#oldestAt = this.#parts.clock.now();
  }

  /**
   * Whoever is second reads what the first has done, and goes on: a repair puts one file in the place of another, and a commit of our own may have been
   * made although the disk said no.
   * @throws MarqueeError CONFLICT when somebody else writes the log to this partition; what is left here is not in the lake yet
   */
  async #besideOthers<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!isMarqueeError(error, 'CONFLICT')) throw error;
        const { position } = this;
        const { files } = await this.#readCommits();
        const isOurs = this.#unanswered.some((path) => files.has(path));
        this.#unanswered = [];
        if ((this.position !== position && !isOurs) || attempt === COMMIT_ATTEMPTS) throw error;
      }
    }
  }

  async #readCommits(): Promise<PartitionState> {
    const { commits, root } = this.#parts;
    try {
      return await commits.read();
    } catch (error) {
      throw unavailable(error, root);
    } finally {
      this.#dropCommitted();
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(() => this.#besideOthers(work));
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/** `YYYY-MM-DD-HH`, UTC. */
function hourOf(at: number): string {
  return new Date(at).toISOString().slice(0, 13).replace('T', '-');
}
