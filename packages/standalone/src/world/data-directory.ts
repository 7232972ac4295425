/**
 * The data directory: one folder per world, each either complete or not there. A world is prepared in a folder
 * of its own and moved into place by one rename, so an interrupted preparation leaves nothing to repair.
 *
 * ```
 * <data directory>/lock              held while a process uses the directory; the system frees it on kill -9
 * <data directory>/sample/           a world: world.json, *.sqlite, online-store.snapshot, models/
 * <data directory>/.preparing-*      an unfinished preparation; removed by the next start
 * ```
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';

const PREPARING = '.preparing-';
const WORLD_FILE = 'world.json';

/** What a world cannot be without; the names that `deps.ts` opens. */
export const WORLD_DATABASES = ['catalogue.sqlite', 'profiles.sqlite', 'events.sqlite'] as const;

export const worldSchema = z.object({
  formatVersion: z.literal(1),
  name: z.string(),
  /** Where the titles came from, for people. */
  source: z.string(),
  preparedAt: z.iso.datetime(),
  titles: z.number().int(),
  profiles: z.number().int(),
  events: z.number().int(),
  rejected: z.number().int(),
  /** Model folder below `models/`. */
  model: z.string(),
  /** The same for the collaborative model; absent where there was too little to learn from, or in worlds of before it. */
  collaborative: z.string().optional(),
  personas: z.array(z.object({ id: z.string(), name: z.string(), tastes: z.array(z.string()) })),
  /** Signs tracking tokens; stays with the world so that tokens survive a restart. */
  tokenSecret: z.string().min(32),
});
export type World = z.infer<typeof worldSchema>;

export interface DataDirectory {
  readonly path: string;
  worldFolder(name: string): string;
  /** The world's manifest; undefined when it has not been prepared. @throws MarqueeError DATA_CORRUPT */
  readWorld(name: string): Promise<World | undefined>;
  /** A fresh folder to prepare a world in. */
  beginWorld(name: string): Promise<string>;
  /** Removes a folder of `beginWorld` that is not to become a world after all. */
  abandonWorld(folder: string): Promise<void>;
  /** Writes the manifest and moves the prepared folder into place. */
  commitWorld(folder: string, world: World): Promise<void>;
  /** Replaces the manifest of a world that is in place, atomically. */
  updateWorld(world: World): Promise<void>;
  release(): void;
}

/** @throws MarqueeError DATA_DIRECTORY_UNUSABLE when it cannot be created, written or locked. */
export async function openDataDirectory(path: string): Promise<DataDirectory> {
  const lock = await acquireLock(path);
  try {
    for (const entry of await readdir(path)) {
      if (entry.startsWith(PREPARING)) await rm(join(path, entry), { recursive: true, force: true });
    }
  } catch (error) {
    lock.close();
    throw unusable(path, error);
  }
  const worldFolder = (name: string): string => join(path, name);
  return {
    path,
    worldFolder,
    async readWorld(name) {
      const file = join(worldFolder(name), WORLD_FILE);
      let text: string;
      try {
        text = await readFile(file, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw unusable(file, error);
      }
      for (const database of WORLD_DATABASES) await requireContent(join(worldFolder(name), database));
      try {
        return worldSchema.parse(JSON.parse(text));
      } catch (cause) {
        throw new MarqueeError('DATA_CORRUPT', {
          message: `${file} is not a readable world description; move the folder away to prepare it anew`,
          cause,
        });
      }
    },
    async beginWorld(name) {
      if ((await stat(worldFolder(name)).catch(() => undefined)) !== undefined) {
        throw new MarqueeError(
          'DATA_CORRUPT',
          `${worldFolder(name)} is there without a ${WORLD_FILE}; move the folder away to prepare it anew`,
        );
      }
      const folder = join(path, `${PREPARING}${name}-${randomBytes(4).toString('hex')}`);
      await mkdir(folder, { recursive: true });
      return folder;
    },
    abandonWorld: (folder) => rm(folder, { recursive: true, force: true }),
    async commitWorld(folder, world) {
      await writeManifest(join(folder, WORLD_FILE), world);
      await rename(folder, worldFolder(world.name));
    },
    async updateWorld(world) {
      const file = join(worldFolder(world.name), WORLD_FILE);
      await writeManifest(`${file}.new`, world);
      await rename(`${file}.new`, file);
    },
    release: () => lock.close(),
  };
}

/** A database that is missing would be made anew, empty, and served as if nothing had happened. */
async function requireContent(file: string): Promise<void> {
  const size = (await stat(file).catch(() => undefined))?.size ?? 0;
  if (size === 0) {
    throw new MarqueeError(
      'DATA_CORRUPT',
      `${file} is missing or empty; restore it, or move the folder away`,
    );
  }
}

/** For its owner only: the manifest holds the token secret. */
async function writeManifest(file: string, world: World): Promise<void> {
  await writeFile(file, `${JSON.stringify(worldSchema.parse(world), null, 2)}\n`, {
    mode: 0o600,
    flush: true,
  });
}

/**
 * An exclusive lock on a small SQLite file: the system drops it with the process, however the process ends,
 * which a lock file with a process id in it cannot promise.
 */
async function acquireLock(path: string): Promise<DatabaseSync> {
  try {
    await createFolder(path);
    const lock = new DatabaseSync(join(path, 'lock'), { timeout: 0 });
    try {
      lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
    } catch (error) {
      lock.close();
      throw error;
    }
    return lock;
  } catch (error) {
    if (error instanceof Error && /locked|busy/i.test(error.message)) {
      throw new MarqueeError('DATA_DIRECTORY_UNUSABLE', {
        message: `${path} is in use by another Marquee process; stop it, or set MARQUEE_DATA_DIR to another folder`,
        cause: error,
      });
    }
    throw unusable(path, error);
  }
}

/**
 * With its parents. `mkdir` itself with `recursive` never returns where the system keeps saying that a parent is missing
 * which is there, as Linux does below `/proc`.
 */
async function createFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await isFolder(path))) return;
    const parent = dirname(path);
    if (code !== 'ENOENT' || (await isFolder(parent))) throw error;
    await createFolder(parent);
    await mkdir(path);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

function unusable(path: string, cause: unknown): MarqueeError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new MarqueeError('DATA_DIRECTORY_UNUSABLE', { message: `cannot use ${path}: ${detail}`, cause });
}
