/**
 * The few things a lake does to a file system, apart from DuckDB's own reading and writing: kept together so that what has to be
 * durable is, in one place, and so that tests can end the process at each of them.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMarqueeError, MarqueeError } from '@marquee/service-kit';

export interface LakeStorage {
  /** Names in a folder; none when it is not there. */
  list(folder: string): Promise<string[]>;
  read(path: string): Promise<string>;
  /** Bytes of a file; undefined when it is not there. */
  size(path: string): Promise<number | undefined>;
  /** SHA-256 in hexadecimal digits; undefined when it is not there. */
  checksum(path: string): Promise<string | undefined>;
  /** When a file was written, or marked, epoch milliseconds; undefined when it is not there. */
  markedAt(path: string): Promise<number | undefined>;
  /** Harmless for what is not there. */
  mark(path: string, at: number): Promise<void>;
  makeFolder(folder: string): Promise<void>;
  /** Durable when it resolves, whole or not there at all. @returns false when the name is taken */
  writeNew(path: string, text: string): Promise<boolean>;
  /** Gives a written file its name; durable when it resolves. */
  publish(temporary: string, path: string): Promise<void>;
  /** Harmless for what is not there. */
  remove(path: string): Promise<void>;
}

export const localStorage: LakeStorage = {
  async list(folder) {
    return readdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
  },
  read: (path) => readFile(path, 'utf8'),
  size: async (path) => (await found(path))?.size,
  async checksum(path) {
    const hash = createHash('sha256');
    try {
      for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    return hash.digest('hex');
  },
  markedAt: async (path) => (await found(path))?.mtimeMs,
  async mark(path, at) {
    await utimes(path, new Date(at), new Date(at)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  },
  async makeFolder(folder) {
    await mkdir(folder, { recursive: true });
  },
  async writeNew(path, text) {
    await mkdir(dirname(path), { recursive: true });
    // A name of its own: two writers must not share the temporary file of one version.
    const temporary = `${path}.${process.pid}.${performance.now()}.tmp`;
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    try {
      // Unlike a rename, a link never replaces what another writer has put there.
      await link(temporary, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      await rm(temporary, { force: true });
    }
    await syncFolder(dirname(path));
    return true;
  },
  async publish(temporary, path) {
    const handle = await open(temporary, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await mkdir(dirname(path), { recursive: true });
    await rename(temporary, path);
    await syncFolder(dirname(path));
  },
  remove: (path) => rm(path, { force: true }),
};

/** A disk that is full or away says nothing against the events: they are delivered again until it is back. */
export function unavailable(error: unknown, place: string): MarqueeError {
  if (isMarqueeError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', {
    message: `the lake cannot write to ${place}: ${reason}`,
    cause: error,
  });
}

async function found(path: string) {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
