/**
 * A small document on disk that several processes read and commands change: one immutable file per revision, the
 * highest one in force. A revision comes into being by one `link`, which fails when somebody else was faster, so
 * there is no lock to forget and no moment in which a reader sees half of it. Works without any server.
 */
import { createHash, randomInt, randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MarqueeError } from '../errors.ts';

/** Enough to look back, and the folder stays small. */
const DEFAULT_KEPT_REVISIONS = 50;
const MAX_ATTEMPTS = 20;
/** A writer that has lost waits for up to so much more each time, by chance: without it the slowest one loses for ever. */
const BACK_OFF_MS = 5;
/** Larger ones were not written by us. */
const MAX_BYTES = 64 * 1024 * 1024;
const FILE = /^(\d{8})\.json$/;

export interface RevisionFolderOptions<T> {
  readonly path: string;
  /** Written into every file, so that a folder of something else is not taken for this. */
  readonly kind: string;
  readonly empty: T;
  /** Older revisions are removed. Default 50; Infinity where every one is a record in its own right. */
  readonly kept?: number;
  /** @throws Error for what is not a value of this kind. */
  parse(value: unknown): T;
}

export interface Revision<T> {
  /** 0: nothing was ever written. */
  readonly revision: number;
  readonly value: T;
}

export class RevisionFolder<T> {
  readonly path: string;
  readonly #options: RevisionFolderOptions<T>;

  constructor(options: RevisionFolderOptions<T>) {
    this.path = options.path;
    this.#options = options;
  }

  /** @throws MarqueeError DATA_CORRUPT when the highest revision is damaged or of another kind. */
  async latest(): Promise<Revision<T>> {
    const revision = (await this.revisions()).at(-1) ?? 0;
    return revision === 0 ? { revision, value: this.#options.empty } : this.at(revision);
  }

  /** @throws MarqueeError NOT_FOUND, DATA_CORRUPT. */
  async at(revision: number): Promise<Revision<T>> {
    const file = join(this.path, fileName(revision));
    let text: string;
    try {
      if ((await stat(file)).size > MAX_BYTES)
        throw corrupt(file, 'it is larger than any that was written here');
      text = await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new MarqueeError('NOT_FOUND', `${this.path} has no revision ${revision}`);
    }
    try {
      const { kind, checksum, value } = JSON.parse(text) as Record<string, unknown>;
      if (kind !== this.#options.kind) throw new Error(`it is not a file of ${this.#options.kind}`);
      if (checksum !== checksumOf(value)) throw new Error('its checksum does not match');
      return { revision, value: this.#options.parse(value) };
    } catch (error) {
      throw corrupt(file, (error as Error).message);
    }
  }

  /** In order. Empty where the folder does not exist. */
  async revisions(): Promise<readonly number[]> {
    const names = await readdir(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      if (error.code === 'ENOTDIR') {
        throw new MarqueeError('CONFIG_INVALID', `${this.path} is a file; it must be a folder`);
      }
      throw error;
    });
    return names
      .flatMap((name) => (FILE.test(name) ? [Number.parseInt(name, 10)] : []))
      .sort((a, b) => a - b);
  }

  /**
   * Writes what `edit` makes of the value in force. When somebody else writes meanwhile, `edit` is asked again with
   * theirs.
   * @throws MarqueeError BAD_USER_INPUT for more than readers take; CONFLICT when that happens again and again; whatever `edit` throws, nothing being written.
   */
  async change(edit: (current: T) => T): Promise<Revision<T>> {
    await mkdir(this.path, { recursive: true });
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (attempt > 0) await delay(randomInt(attempt * BACK_OFF_MS));
      const current = await this.latest();
      const value = edit(current.value);
      const revision = current.revision + 1;
      if (await this.#write(revision, value)) {
        await this.#prune(revision);
        return { revision, value };
      }
    }
    throw new MarqueeError('CONFLICT', `${this.path} was changed by others ${MAX_ATTEMPTS} times in a row`);
  }

  /** @returns false when the revision exists by now. */
  async #write(revision: number, value: T): Promise<boolean> {
    const temporary = join(this.path, `.${randomUUID()}.tmp`);
    const { kind } = this.#options;
    // What is checked is what a reader will parse: keys without a value disappear in between.
    const stored: unknown = JSON.parse(JSON.stringify(value));
    const text = `${JSON.stringify({ kind, revision, checksum: checksumOf(stored), value: stored }, undefined, 1)}\n`;
    if (Buffer.byteLength(text) > MAX_BYTES) {
      throw new MarqueeError('BAD_USER_INPUT', `${this.path} would hold more than ${MAX_BYTES} bytes`);
    }
    try {
      const handle = await open(temporary, 'wx', 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await link(temporary, join(this.path, fileName(revision)));
      await syncFolder(this.path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #prune(latest: number): Promise<void> {
    const { kept = DEFAULT_KEPT_REVISIONS } = this.#options;
    if (kept === Number.POSITIVE_INFINITY) return;
    const old = (await this.revisions()).filter((revision) => revision <= latest - kept);
    await Promise.all(old.map((revision) => rm(join(this.path, fileName(revision)), { force: true })));
  }
}

function fileName(revision: number): string {
  return `${String(revision).padStart(8, '0')}.json`;
}

function checksumOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

function corrupt(file: string, why: string): MarqueeError {
  return new MarqueeError('DATA_CORRUPT', `${file} cannot be used: ${why}`);
}

/** The name of a new file survives a crash only when its folder was written too. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
