/**
 * Files that are generated and checked in. A run either writes them or, with `check`, says which of them the
 * sources have moved away from and what changed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { summariseDifference } from './difference.ts';

export interface GoldenFilesOptions {
  readonly check: boolean;
  /** Where the report goes; the console unless a test listens. */
  readonly print?: (line: string) => void;
}

export class GoldenFiles {
  readonly #root: string;
  readonly #check: boolean;
  readonly #print: (line: string) => void;
  readonly #outdated: string[] = [];
  readonly #put = new Set<string>();
  #written = 0;
  #total = 0;

  constructor(root: string, options: GoldenFilesOptions) {
    this.#root = root;
    this.#check = options.check;
    this.#print = options.print ?? ((line) => console.log(line));
  }

  /** @param path relative to the root, with forward slashes. */
  put(path: string, content: string): void {
    const file = join(this.#root, path);
    const committed = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    this.#total++;
    this.#put.add(path);
    if (committed === content) return;
    if (this.#check) {
      this.#outdated.push(path);
      this.#print(committed === undefined ? `missing: ${path}` : `out of date: ${path}`);
      if (committed !== undefined) {
        for (const line of summariseDifference(committed, content)) this.#print(`    ${line}`);
      }
      return;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    this.#written++;
    this.#print(`wrote ${path}`);
  }

  /**
   * What of a folder nothing was put for follows from nothing any more: the file of a subgraph or an operation that is gone.
   * @param folder relative to the root. @param extension with its dot; others are somebody else's.
   */
  sweep(folder: string, extension: string): void {
    const path = join(this.#root, folder);
    for (const name of existsSync(path) ? readdirSync(path).sort() : []) {
      const file = `${folder}/${name}`;
      if (!name.endsWith(extension) || this.#put.has(file)) continue;
      this.#total++;
      if (this.#check) {
        this.#outdated.push(file);
        this.#print(`not made from anything any more: ${file}`);
      } else {
        rmSync(join(path, name));
        this.#written++;
        this.#print(`removed ${file}`);
      }
    }
  }

  /** Prints the outcome. @returns the exit code. @param remedy the command that brings the files up to date. */
  report(remedy: string): 0 | 1 {
    if (this.#outdated.length > 0) {
      this.#print(`${this.#outdated.length} of ${this.#total} files are out of date; run \`${remedy}\`.`);
      return 1;
    }
    this.#print(
      this.#check
        ? `${this.#total} files are up to date`
        : `${this.#written} of ${this.#total} files changed`,
    );
    return 0;
  }
}
