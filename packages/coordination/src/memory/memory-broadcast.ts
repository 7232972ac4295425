/** Values for the life of the process, told to its own watchers; with a file, also for the processes that come after it. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Logger, MarqueeError, READY, silentLogger } from '@marquee/service-kit';
import type { BroadcastValue, ConfigurationBroadcast } from '../index.ts';
import { checkKey } from '../names.ts';
import { Watchers } from '../watchers.ts';

export interface MemoryBroadcastOptions {
  /**
   * Where the values are kept, whole or not at all; of this process alone. One that is damaged is begun anew. Absent: they are gone
   * with the process.
   */
  readonly file?: string;
  readonly logger?: Logger;
}

export function createMemoryBroadcast(options: MemoryBroadcastOptions = {}): ConfigurationBroadcast {
  const { file, logger = silentLogger } = options;
  const watchers = new Watchers(logger);
  const kept = new Map<string, BroadcastValue>();
  let revision = 0;
  // One write at a time, in the order of the changes.
  let writing: Promise<void> = Promise.resolve();

  async function load(from: string): Promise<void> {
    let values: [string, BroadcastValue][];
    try {
      values = readKept(await readFile(from, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        logger.error({ err: error, file: from }, 'kept configuration cannot be read, and is begun anew');
      }
      return;
    }
    for (const [key, current] of values) {
      revision = Math.max(revision, current.revision);
      kept.set(key, current);
      watchers.changed(key, current);
    }
  }

  async function keep(to: string): Promise<void> {
    await mkdir(dirname(to), { recursive: true });
    const preparing = `${to}.${randomBytes(4).toString('hex')}.new`;
    await writeFile(preparing, `${JSON.stringify(Object.fromEntries(kept))}\n`, { flush: true });
    await rename(preparing, to);
  }

  return {
    name: 'configuration-broadcast',
    async start() {
      if (file !== undefined && kept.size === 0) await load(file);
    },
    stop: () => writing.catch(() => undefined),
    readiness: () => READY,

    async get(key): Promise<BroadcastValue | undefined> {
      checkKey(key);
      return watchers.known(key);
    },

    async put(key, value, expectedRevision) {
      checkKey(key);
      const current = watchers.known(key)?.revision ?? 0;
      if (expectedRevision !== undefined && expectedRevision !== current) {
        throw new MarqueeError('CONFLICT', `${key} has revision ${current}, not ${expectedRevision}`);
      }
      const own = ++revision;
      watchers.changed(key, { value, revision: own });
      if (file !== undefined) {
        kept.set(key, { value, revision: own });
        writing = writing.catch(() => undefined).then(() => keep(file));
        await writing;
      }
      return own;
    },

    watch(key, onChange) {
      checkKey(key);
      return watchers.add(key, onChange);
    },
  };
}

/** @throws SyntaxError, TypeError for what is not a file of ours */
function readKept(text: string): [string, BroadcastValue][] {
  const entries = Object.entries(JSON.parse(text) as Record<string, Partial<BroadcastValue> | null>);
  return entries.map(([key, kept]) => {
    const { value, revision } = kept ?? {};
    if (typeof value !== 'string' || !Number.isInteger(revision)) throw new TypeError(`${key} has no value`);
    return [key, { value, revision: Number(revision) }];
  });
}
