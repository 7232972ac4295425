/** Small files of one hour become one, with every event once. */
import { join } from 'node:path';
import { isMarqueeError } from '@marquee/service-kit';
import type { LakeFile } from './commits/commit.ts';
import type { PartitionParts } from './partition-parts.ts';

export class Compaction {
  readonly #parts: PartitionParts;
  /** Path → uncompressed bytes, of files that were looked at. */
  readonly #sizes = new Map<string, number>();

  constructor(parts: PartitionParts) {
    this.#parts = parts;
  }

  /** @returns how many files went */
  async run(): Promise<number> {
    const { commits, files, clock, limits } = this.#parts;
    await files.removeReplaced(clock.now() - limits.replacedKeptMs);
    for (const path of this.#sizes.keys()) if (!commits.state.files.has(path)) this.#sizes.delete(path);
    let removed = 0;
    for (const [hour, group] of await this.#groups()) removed += await this.#merge(hour, group);
    return removed;
  }

  async #merge(hour: string, group: readonly LakeFile[]): Promise<number> {
    const { root, commits, files, unreadable, database, clock, logger } = this.#parts;
    const paths = group.map(({ path }) => path);
    // Before: what a damaged file says would be whole in the next one.
    if ((await unreadable.among(group)).length > 0) return 0;
    try {
      const merged = await files.addUnlessEmpty(
        hour,
        Math.min(...group.map(({ first }) => first)),
        Math.max(...group.map(({ last }) => last)),
        (to) =>
          database.rewrite(
            paths.map((path) => join(root, path)),
            to,
            [],
          ),
      );
      const add = merged === undefined ? [] : [merged];
      await commits.write({ at: clock.now(), reason: 'compact', add, remove: paths });
      for (const path of paths) await files.keepReplaced(path, clock.now());
      return paths.length;
    } catch (error) {
      if (isMarqueeError(error, 'CONFLICT')) throw error;
      // Left as they are, and tried again: a disk that is full must not stop the others, nor what is read and erased.
      logger.error({ err: error, hour, files: paths }, 'files of the lake were not compacted');
      return 0;
    }
  }

  /** Files of one hour that are worth being one, and together no larger than one may be. */
  async #groups(): Promise<[string, LakeFile[]][]> {
    const { commits, limits } = this.#parts;
    const groups: [string, LakeFile[]][] = [];
    for (const [hour, files] of Map.groupBy(commits.state.files.values(), (file) => file.hour)) {
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
    const { root, database, unreadable } = this.#parts;
    if (unreadable.has(path)) return undefined;
    try {
      const size = this.#sizes.get(path) ?? (await database.uncompressedBytes(join(root, path)));
      this.#sizes.set(path, size);
      return size;
    } catch (error) {
      unreadable.note(path, error);
      return undefined;
    }
  }
}
