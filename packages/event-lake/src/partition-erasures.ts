/** Profiles that are erased, in one partition: what of theirs is not taken in any more, and how the rows go that were. */
import { relative, sep } from 'node:path';
import { isBeforeErasure, type MarqueeEvent } from '@marquee/domain';
import type { LakeFile, PendingErasure } from './commits/commit.ts';
import type { PartitionParts } from './partition-parts.ts';

export class PartitionErasures {
  readonly #parts: PartitionParts;
  /** Profile → `occurredAt` of its newest erasure. */
  readonly #erasedAt = new Map<string, number>();
  /** That were done where files could be read, and wait for those that could not. */
  #waiting: readonly PendingErasure[] = [];

  constructor(parts: PartitionParts) {
    this.#parts = parts;
  }

  /** Those that are in the lake. */
  async load(): Promise<void> {
    const { commits, unreadable, database } = this.#parts;
    const known = await unreadable.ask(commits.state.files.keys(), (paths) => database.erasures(paths));
    for (const { profileId, at } of known) this.note(profileId, at);
  }

  /** @param at when it was erased, epoch milliseconds */
  note(profileId: string, at: number): void {
    this.#erasedAt.set(profileId, Math.max(at, this.#erasedAt.get(profileId) ?? 0));
  }

  /** Whether an event is of a profile that was erased after it happened. */
  isTooLate(event: MarqueeEvent): boolean {
    return isBeforeErasure(event, this.#erasedAt.get(event.profileId));
  }

  /** How many may not be done in files that cannot be read. */
  get waiting(): number {
    return this.#waiting.filter((erasure) => this.#mayBeIn(erasure)).length;
  }

  /**
   * Rewrites the files that hold rows of profiles that are erased; without them, and at once. Where a file cannot be read the erasure stays
   * noted, and is tried again by whoever opens the partition next.
   */
  async carryOut(): Promise<void> {
    const { root, partition, commits, files, unreadable, database, clock, logger } = this.#parts;
    const { state } = commits;
    const erasures = state.erasures.filter((erasure) => !this.#waiting.some(isSame(erasure)));
    if (erasures.length === 0) return;
    const touched = new Map<string, LakeFile>();
    for (const { profileId, before } of erasures) {
      const found = await unreadable.ask(state.files.keys(), (paths) =>
        database.filesWith(paths, profileId, before),
      );
      for (const path of found)
        touched.set(path, state.files.get(relative(root, path).split(sep).join('/'))!);
    }
    const damaged = await unreadable.among([...touched.values()]);
    const add: LakeFile[] = [];
    const gone: string[] = [];
    let rows = 0;
    for (const [path, file] of touched) {
      if (damaged.includes(file)) continue;
      const written = await files.addUnlessEmpty(file.hour, file.first, file.last, (to) =>
        database.rewrite([path], to, erasures),
      );
      rows += file.rows - (written?.rows ?? 0);
      if (written !== undefined) add.push(written);
      gone.push(file.path);
    }
    // Nobody may read on in what holds them, also if this process ends here: no file of theirs is kept for readers.
    await files.removeReplaced(Number.POSITIVE_INFINITY);
    for (const path of gone) await files.condemn(path);
    const waiting = [...this.#waiting, ...erasures.filter((erasure) => this.#mayBeIn(erasure))];
    await commits.write({
      ...{ at: clock.now(), reason: 'erase', add, remove: gone },
      erasures: waiting,
    });
    // Only now: those that were not done have to be tried again in all files.
    this.#waiting = waiting;
    for (const path of gone) await files.remove(path);
    logger.info(
      { partition, profiles: erasures.length, rows, files: gone.length, waiting: this.#waiting.length },
      'erased profiles from the lake',
    );
  }

  /** In a file that cannot be read, as far as its name says. */
  #mayBeIn({ before }: PendingErasure): boolean {
    const { commits, unreadable } = this.#parts;
    return unreadable.paths.some((path) => (commits.state.files.get(path)?.first ?? before) < before);
  }
}

function isSame({ profileId, before }: PendingErasure): (other: PendingErasure) => boolean {
  return (other) => other.profileId === profileId && other.before === before;
}
