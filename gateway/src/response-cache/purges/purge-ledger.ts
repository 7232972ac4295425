/** Where purges are written down and gateways hear of them: a folder, or the configuration broadcast of an installation. */
import type { ConfigurationBroadcast } from '@marquee/coordination';
import {
  isMarqueeError,
  type Logger,
  MarqueeError,
  READY,
  type Readiness,
  RevisionFolder,
} from '@marquee/service-kit';
import { follow } from '../../revisions/followed.ts';
import { waitFor } from '../patience.ts';
import { MAX_PURGES, type NewPurge, type Purge, parsePurges, withPurge } from './purge.ts';

/** For whoever purges. */
export interface PurgeLedger {
  /** @throws MarqueeError BAD_USER_INPUT, DEPENDENCY_UNAVAILABLE; CONFLICT where too many purge at once. */
  add(purge: NewPurge): Promise<Purge>;
  /** Oldest first, at least the last 200. */
  history(): Promise<readonly Purge[]>;
}

/** For gateways. */
export interface PurgeSource {
  /** Tells all that there are, once there is something to tell and whenever one is added. Called once, before `start`. */
  listen(told: (purges: readonly Purge[]) => void, logger: Logger): void;
  /** Does not wait for a server that is away. */
  start(): Promise<void>;
  stop(): Promise<void>;
  readiness(): Readiness;
}

function folderOf(path: string): RevisionFolder<readonly Purge[]> {
  return new RevisionFolder({ path, kind: 'marquee-cache-purges', empty: [], parse: parsePurges });
}

export function folderLedger(path: string): PurgeLedger {
  const folder = folderOf(path);
  return {
    add: async (purge) => lastOf((await folder.change((purges) => withPurge(purges, purge))).value),
    history: async () => (await folder.latest()).value,
  };
}

export function folderPurges(path: string, pollMs?: number): PurgeSource {
  const folder = folderOf(path);
  let followed: ReturnType<typeof follow<readonly Purge[]>> | undefined;
  return {
    listen(told, logger) {
      followed = follow({
        name: 'response-cache-purges',
        paths: [path],
        load: async () => (await folder.latest()).value,
        prepare: async (purges) => told(purges),
        logger,
        ...(pollMs !== undefined && { pollMs }),
      });
    },
    start: async () => followed?.start(),
    stop: async () => followed?.stop(),
    readiness: () => followed?.readiness() ?? READY,
  };
}

const KEY = 'response-cache.purges';
const TRIES = 10;

/** @param broadcast started and stopped by the caller. */
export function broadcastLedger(broadcast: ConfigurationBroadcast): PurgeLedger {
  const read = async () => {
    const found = await broadcast.get(KEY);
    return { purges: found === undefined ? [] : purgesOf(found.value), revision: found?.revision ?? 0 };
  };
  return {
    async add(purge) {
      for (let tries = 1; ; tries++) {
        const { purges, revision } = await read();
        const next = withPurge(purges, purge);
        try {
          await broadcast.put(KEY, JSON.stringify(next), revision);
          return lastOf(next);
        } catch (error) {
          if (!isMarqueeError(error, 'CONFLICT') || tries === TRIES) throw error;
        }
      }
    },
    history: async () => (await read()).purges,
  };
}

const START_AGAIN_MS = 500;

/** @param broadcast started and stopped with the source. */
export function broadcastPurges(broadcast: ConfigurationBroadcast): PurgeSource {
  const over = new AbortController();
  let end: () => void = () => undefined;
  let trouble: string | undefined;
  let begun: Promise<void> = Promise.resolve();
  let say: (purges: readonly Purge[]) => void = () => undefined;
  let log: Logger | undefined;

  async function connect(): Promise<void> {
    while (!over.signal.aborted) {
      try {
        await broadcast.start();
        trouble = undefined;
        return;
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error);
        log?.warn({ err: error }, 'purges of the response cache are not heard of; trying again');
        await waitFor(START_AGAIN_MS, over.signal);
      }
    }
  }

  return {
    listen(told, logger) {
      say = told;
      log = logger;
    },
    async start() {
      end = broadcast.watch(KEY, ({ value }) => {
        try {
          say(purgesOf(value));
          trouble = undefined;
        } catch (error) {
          trouble = error instanceof Error ? error.message : String(error);
          log?.error({ err: error }, 'a list of purges cannot be read');
        }
      });
      begun = connect();
    },
    async stop() {
      over.abort();
      end();
      await broadcast.stop();
      await begun;
    },
    readiness: () =>
      trouble === undefined ? READY : { ready: true, detail: `does not hear of purges: ${trouble}` },
  };
}

function purgesOf(value: string): readonly Purge[] {
  try {
    return parsePurges(JSON.parse(value));
  } catch (cause) {
    if (isMarqueeError(cause)) throw cause;
    throw new MarqueeError('DATA_CORRUPT', { message: 'the list of purges is no JSON', cause });
  }
}

function lastOf(purges: readonly Purge[]): Purge {
  const last = purges.at(-1);
  if (last === undefined) throw new TypeError(`a list of up to ${MAX_PURGES} purges has no last one`);
  return last;
}
