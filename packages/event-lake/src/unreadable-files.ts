/** Files of a partition that are damaged, or gone: they must stop nothing but what needs them. */
import { join } from 'node:path';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import type { LakeFile } from './commits/commit.ts';
import { type DamageCheck, damageOf } from './damage.ts';

export interface UnrepairedDamage {
  /** That cannot be read. */
  readonly files: number;
  /** That may not be done in those files. */
  readonly erasures: number;
}

export class UnreadableFiles {
  readonly #check: DamageCheck;
  readonly #logger: Logger;
  readonly #paths = new Set<string>();

  constructor(check: DamageCheck, logger: Logger) {
    this.#check = check;
    this.#logger = logger;
  }

  /** Below the lake's folder. */
  get paths(): readonly string[] {
    return [...this.#paths];
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  note(path: string, error: unknown): void {
    this.#paths.add(path);
    this.#logger.error({ err: error, path }, 'a file of the lake cannot be read: npm run lake -- repair');
  }

  /** Which of the files are damaged; reads all of them, and keeps in mind what it found. */
  async among(files: readonly LakeFile[]): Promise<readonly LakeFile[]> {
    const damaged: LakeFile[] = [];
    for (const file of files) {
      const problem = await damageOf(file, this.#check);
      if (problem === undefined) continue;
      this.note(file.path, new MarqueeError('DATA_CORRUPT', `${file.path}: ${problem}`));
      damaged.push(file);
    }
    return damaged;
  }

  /** Of all the files that can be read at once; where one of them turns out not to be, of each by itself. @param ask with whole paths */
  async ask<T>(all: Iterable<string>, ask: (paths: readonly string[]) => Promise<T[]>): Promise<T[]> {
    const paths = [...all].filter((path) => !this.has(path));
    try {
      return await ask(paths.map((path) => join(this.#check.root, path)));
    } catch {
      const found: T[] = [];
      for (const path of paths) {
        try {
          found.push(...(await ask([join(this.#check.root, path)])));
        } catch (error) {
          this.note(path, error);
        }
      }
      return found;
    }
  }
}
