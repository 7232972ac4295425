/**
 * Rows that could not be used, as JSON Lines `{ file, line, reason, text }`, so that somebody can repair and import them
 * again. The file is written only when there is something to write, anew for every import.
 */
import { appendFile, rm } from 'node:fs/promises';
import { basename } from 'node:path';

export interface Reject {
  readonly file: string;
  /** Line (text formats) or row (Parquet), from 1. */
  readonly line: number;
  readonly reason: string;
  /** The row as it stands in the file, cut after `MAX_TEXT` characters. */
  readonly text: string;
}

export interface Rejects {
  readonly count: number;
  add(reject: Reject): void;
  /** Writes what is pending. To be awaited once per batch: it is what bounds the memory. */
  flush(): Promise<void>;
}

const MAX_TEXT = 2_000;

/** @param path of the rejects file; without one, rejects are only counted. */
export async function createRejects(path: string | undefined): Promise<Rejects> {
  if (path !== undefined) await rm(path, { force: true });
  let count = 0;
  let pending: string[] = [];
  return {
    get count() {
      return count;
    },
    add({ file, line, reason, text }) {
      count++;
      if (path === undefined) return;
      pending.push(JSON.stringify({ file: basename(file), line, reason, text: text.slice(0, MAX_TEXT) }));
    },
    async flush() {
      if (path === undefined || pending.length === 0) return;
      const lines = pending;
      pending = [];
      await appendFile(path, `${lines.join('\n')}\n`);
    },
  };
}
