/**
 * Files that are not whole yet, under a name of their own beside the one they are to have. Whoever is ended before they are
 * leaves them behind; the next one who writes there takes them away.
 */
import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** They live for as long as one file takes to be written. After this, a disk's clock that is off included, nobody writes it. */
const ABANDONED_AFTER_MS = 3_600_000;
const PART = /^(.+)\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/;

export function partOf(file: string): string {
  return `${file}.${randomUUID()}.part`;
}

/** @param of names of the whole files. Default: those of all files there. */
export async function removeAbandonedParts(
  folder: string,
  now: Date,
  of: (name: string) => boolean = () => true,
): Promise<void> {
  const names = await readdir(folder).catch(ifMissing([] as string[]));
  for (const name of names) {
    const whole = PART.exec(name)?.[1];
    if (whole === undefined || !of(whole)) continue;
    const path = join(folder, name);
    // Another one may be quicker.
    const found = await stat(path).catch(ifMissing(undefined));
    if (found === undefined || now.getTime() - found.mtimeMs < ABANDONED_AFTER_MS) continue;
    await rm(path, { force: true });
  }
}

/** For `catch`: what stands for a file or folder that is not there. */
export function ifMissing<T>(fallback: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code !== 'ENOENT') throw error;
    return fallback;
  };
}
