/** The Parquet files of one partition: how they come to their place whole, and how those go that nothing names. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { LakeFile } from './commits/commit.ts';
import { partitionName } from './commits/commit-log.ts';
import { type LakeStorage, unavailable } from './storage.ts';

/** Where files of events are, below the lake's folder. */
export const EVENTS = 'events';

/** Where files are until they are whole. On the same file system, so that giving them their name is atomic. */
const TEMPORARY = '_temporary';

interface ReplacedFile {
  readonly path: string;
  /** When, epoch milliseconds. */
  readonly at: number;
}

export class LakeFiles {
  readonly #storage: LakeStorage;
  readonly #root: string;
  readonly #partition: string;
  /** By compactions, and kept a while for readers that began before. */
  #replaced: ReplacedFile[] = [];

  constructor(storage: LakeStorage, root: string, partition: number) {
    this.#storage = storage;
    this.#root = root;
    this.#partition = partitionName(partition);
  }

  /**
   * @param write makes the file at a path and returns its rows, at least one
   * @throws MarqueeError DEPENDENCY_UNAVAILABLE when the disk is full or away
   */
  async add(
    hour: string,
    first: number,
    last: number,
    write: (path: string) => Promise<number>,
  ): Promise<LakeFile> {
    return (await this.addUnlessEmpty(hour, first, last, write))!;
  }

  /** Undefined, and no file, when it would have had no rows. */
  async addUnlessEmpty(
    hour: string,
    first: number,
    last: number,
    write: (path: string) => Promise<number>,
  ): Promise<LakeFile | undefined> {
    const storage = this.#storage;
    const folder = `${EVENTS}/date=${hour.slice(0, 10)}/hour=${hour.slice(11)}`;
    const name = `${this.#partition}-${first}-${last}-${randomUUID()}.parquet`;
    const temporary = join(this.#root, TEMPORARY, name);
    try {
      await storage.makeFolder(join(this.#root, TEMPORARY));
      const rows = await write(temporary);
      if (rows === 0) {
        await storage.remove(temporary);
        return undefined;
      }
      const [bytes, sha256] = [await storage.size(temporary), await storage.checksum(temporary)];
      const path = `${folder}/${name}`;
      await storage.publish(temporary, join(this.#root, path));
      return { path, rows, bytes: bytes!, sha256, hour, first, last };
    } catch (error) {
      // A disk that cannot be written may not be able to remove either; what stays is swept at the next start.
      await storage.remove(temporary).catch(() => undefined);
      throw unavailable(error, folder);
    }
  }

  /** No commit names it any more, and readers that began before may still ask for it. @param at epoch milliseconds */
  async keepReplaced(path: string, at: number): Promise<void> {
    await this.#storage.mark(join(this.#root, path), at);
    this.#replaced.push({ path, at });
  }

  /** Of those that are kept for readers. @param before epoch milliseconds; whatever was replaced earlier goes */
  async removeReplaced(before: number): Promise<void> {
    for (const { path } of this.#replaced.filter(({ at }) => at < before)) await this.remove(path);
    this.#replaced = this.#replaced.filter(({ at }) => at >= before);
  }

  /** It is about to be removed for good: a sweep after a crash keeps it for no reader. */
  async condemn(path: string): Promise<void> {
    await this.#storage.mark(join(this.#root, path), 0);
  }

  async remove(path: string): Promise<void> {
    await this.#storage.remove(join(this.#root, path));
  }

  /**
   * Removes what no commit names: written before a crash, or replaced before one. What was replaced after `keptSince`, epoch milliseconds,
   * stays for readers that began before.
   */
  async sweep(isCommitted: (path: string) => boolean, keptSince: number): Promise<void> {
    const storage = this.#storage;
    const ours = async (folder: string): Promise<string[]> =>
      (await storage.list(join(this.#root, folder)))
        .filter((name) => name.startsWith(`${this.#partition}-`))
        .map((name) => `${folder}/${name}`);
    for (const path of await ours(TEMPORARY)) await this.remove(path);
    for (const day of await storage.list(join(this.#root, EVENTS))) {
      for (const hour of await storage.list(join(this.#root, EVENTS, day))) {
        for (const path of await ours(`${EVENTS}/${day}/${hour}`)) {
          if (isCommitted(path)) continue;
          const at = await storage.markedAt(join(this.#root, path));
          if (at === undefined) continue;
          if (at < keptSince) await this.remove(path);
          else this.#replaced.push({ path, at });
        }
      }
    }
  }
}
