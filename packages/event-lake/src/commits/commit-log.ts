/** The commits of one partition of the log, a small JSON file each, numbered. */
import { join } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import { type LakeStorage, unavailable } from '../storage.ts';
import { applyCommit, type Commit, commitSchema, EMPTY, type PartitionState } from './commit.ts';

/** Opening reads at most so many files. */
const CHECKPOINT_EVERY = 64;

const READ_ATTEMPTS = 5;
const CHECKPOINT = '.checkpoint.json';
const COMMIT_NAME = /^\d{12}\.(json|checkpoint\.json)$/;

export const COMMITS = '_commits';

export type CommitChange = Pick<Commit, 'at' | 'reason'> & Partial<Omit<Commit, 'version'>>;

export class CommitLog {
  readonly #storage: LakeStorage;
  readonly #folder: string;
  #state: PartitionState = EMPTY;

  /** @param root of the lake */
  constructor(storage: LakeStorage, root: string, partition: number) {
    this.#storage = storage;
    this.#folder = join(root, COMMITS, partitionName(partition));
  }

  get state(): PartitionState {
    return this.#state;
  }

  /** Reads what is new. @throws MarqueeError DATA_CORRUPT naming a file that is no commit, or a gap */
  async read(): Promise<PartitionState> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#readOnce();
        return this.#state;
      } catch (error) {
        // A writer that makes a checkpoint removes the commits before it, also while they are being read.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === READ_ATTEMPTS) throw error;
      }
    }
  }

  async #readOnce(): Promise<void> {
    const names = (await this.#storage.list(this.#folder)).filter((name) => COMMIT_NAME.test(name)).sort();
    const checkpoint = names.findLast((name) => name.endsWith(CHECKPOINT));
    if (checkpoint !== undefined && versionOf(checkpoint) > this.#state.version) {
      this.#state = applyCommit(this.#state, await this.#parse(checkpoint));
    }
    for (const name of names) {
      if (name.endsWith(CHECKPOINT) || versionOf(name) <= this.#state.version) continue;
      if (versionOf(name) !== this.#state.version + 1) {
        throw corrupt(join(this.#folder, name), `commit ${this.#state.version + 1} is missing before it`);
      }
      this.#state = applyCommit(this.#state, await this.#parse(name));
    }
  }

  /**
   * Durable when it resolves. What the change says nothing of stays.
   * @throws MarqueeError CONFLICT when another writer was first; nothing is changed then, and what it wrote can be read.
   *   DEPENDENCY_UNAVAILABLE when the disk is full or away: the change may have been made all the same; the next one finds out, by a CONFLICT
   */
  async write(change: CommitChange): Promise<PartitionState> {
    const { version, position, erasures } = this.#state;
    const unchanged = { add: [], remove: [], position, erasures: [...erasures] };
    const commit: Commit = { ...unchanged, ...change, version: version + 1 };
    const path = join(this.#folder, `${numbered(commit.version)}.json`);
    try {
      if (!(await this.#storage.writeNew(path, JSON.stringify(commit)))) {
        throw new MarqueeError('CONFLICT', `another writer has committed ${path}`);
      }
      this.#state = applyCommit(this.#state, commit);
      if (commit.version % CHECKPOINT_EVERY === 0) await this.#checkpoint(commit.at);
    } catch (error) {
      throw unavailable(error, this.#folder);
    }
    return this.#state;
  }

  /** Replaces the commits so far; they are removed afterwards, so that a reader in between finds either. */
  async #checkpoint(at: number): Promise<void> {
    const { version, position, files, erasures } = this.#state;
    const commit: Commit = {
      version,
      at,
      reason: 'checkpoint',
      add: [...files.values()],
      remove: [],
      position,
      erasures: [...erasures],
    };
    await this.#storage.writeNew(
      join(this.#folder, `${numbered(version)}${CHECKPOINT}`),
      JSON.stringify(commit),
    );
    for (const name of await this.#storage.list(this.#folder)) {
      const replaced = versionOf(name) < version || name === `${numbered(version)}.json`;
      if (COMMIT_NAME.test(name) && replaced) await this.#storage.remove(join(this.#folder, name));
    }
  }

  async #parse(name: string): Promise<Commit> {
    const path = join(this.#folder, name);
    const text = await this.#storage.read(path);
    try {
      return commitSchema.parse(JSON.parse(text));
    } catch (cause) {
      throw corrupt(path, 'it is no commit', cause);
    }
  }
}

export function partitionName(partition: number): string {
  return `p${String(partition).padStart(3, '0')}`;
}

function numbered(version: number): string {
  return String(version).padStart(12, '0');
}

function versionOf(name: string): number {
  return Number.parseInt(name.slice(0, 12), 10);
}

function corrupt(path: string, problem: string, cause?: unknown): MarqueeError {
  return new MarqueeError('DATA_CORRUPT', { message: `${path}: ${problem}`, cause });
}
