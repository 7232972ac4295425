/** Where a gateway's supergraphs come from: a text that stays, a file, or what an installation has published. */
import { readFile, stat } from 'node:fs/promises';
import type { ConfigurationBroadcast } from '@marquee/coordination';
import {
  type Component,
  isMarqueeError,
  type Logger,
  MarqueeError,
  READY,
  type Readiness,
} from '@marquee/service-kit';
import { decodeSupergraph, hashOfSupergraph, SUPERGRAPH_KEY } from './published-supergraph.ts';

/** One version, not yet looked at closely. */
export interface SupergraphOffer {
  /** As people speak of it in logs and metrics: `version 17 (4f1c09ab2d3e)`, or the beginning of the text's hash. */
  readonly name: string;
  readonly sdl: string;
}

export interface SupergraphListener {
  offered(offer: SupergraphOffer): void;
  /** Something is there that cannot be read; what was offered before stays. */
  unreadable(error: MarqueeError): void;
}

export interface SupergraphSource extends Component {
  /** Tells the current version, if there is one, and every later one. Ends with `stop()`. Called once, before `start()`. */
  listen(listener: SupergraphListener): void;
}

/** The first twelve digits are enough to tell versions apart. */
export function nameOf(sdl: string): string {
  return hashOfSupergraph(sdl).slice(0, 12);
}

/** Never changes: for tests, and for processes whose subgraphs do not change either. */
export function staticSupergraph(sdl: string): SupergraphSource {
  let told: SupergraphListener | undefined;
  return {
    name: 'supergraph source',
    listen(listener) {
      told = listener;
    },
    start: async () => told?.offered({ name: nameOf(sdl), sdl }),
    stop: async () => undefined,
    readiness: () => READY,
  };
}

export interface SupergraphFileOptions {
  readonly path: string;
  /** How often the file is looked at. Default 500. */
  readonly intervalMs?: number;
}

/**
 * A file that is looked at again and again rather than watched: that also notices files that are replaced, mounted
 * from a ConfigMap (a link that is changed) or on a network's disk. A change is taken up once the file has rested for one
 * interval, so that nobody reads half of what is being written.
 */
export function supergraphFile({ path, intervalMs = 500 }: SupergraphFileOptions): SupergraphSource {
  let told: SupergraphListener | undefined;
  let taken = '';
  let seen = '';
  let known = '';
  let missing: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running = false;

  async function look(): Promise<void> {
    try {
      // Inode, size and time: whoever writes a file changes one of them.
      const { ino, size, mtimeNs } = await stat(path, { bigint: true });
      const state = `${ino} ${size} ${mtimeNs}`;
      const rests = state === seen || taken === '';
      seen = state;
      if (!rests || state === taken) return;
      const sdl = await readFile(path, 'utf8');
      taken = state;
      missing = undefined;
      if (sdl === known) return;
      known = sdl;
      told?.offered({ name: nameOf(sdl), sdl });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      if (reason === missing) return;
      missing = reason;
      seen = '';
      told?.unreadable(new MarqueeError('CONFIG_INVALID', { message: `${path}: ${reason}`, cause }));
    }
  }

  function again(): void {
    timer = setTimeout(async () => {
      await look();
      if (running) again();
    }, intervalMs);
    timer.unref();
  }

  return {
    name: 'supergraph source',
    listen(listener) {
      told = listener;
    },
    async start() {
      running = true;
      await look();
      again();
    },
    async stop() {
      running = false;
      clearTimeout(timer);
    },
    readiness: (): Readiness =>
      missing === undefined ? READY : { ready: true, detail: `${missing}; the last good one serves` },
  };
}

export interface PublishedSupergraphOptions {
  /** Started and stopped with the source. */
  readonly broadcast: ConfigurationBroadcast;
  /** Done once the broadcast can be reached: what this process wants to be heard of. What fails is tried again while it runs. */
  readonly announce?: () => Promise<unknown>;
  /** Pause between two attempts. Default 5,000. */
  readonly retryMs?: number;
  readonly logger: Logger;
}

/**
 * What stands in the configuration broadcast. `start()` waits for its server as long as the broadcast itself does, and
 * goes on trying after that.
 */
export function publishedSupergraph(options: PublishedSupergraphOptions): SupergraphSource {
  const { broadcast, logger, announce, retryMs = 5_000 } = options;
  let again: NodeJS.Timeout | undefined;
  let told: SupergraphListener | undefined;
  let end: () => void = () => undefined;
  let running = false;

  async function connect(): Promise<void> {
    for (;;) {
      try {
        await broadcast.start();
        // Stopped in between: nobody else would.
        if (!running) await broadcast.stop();
        return;
      } catch (error) {
        // Waiting is the broadcast's own affair, with pauses; what waiting cannot help with is thrown.
        if (!running) return;
        if (!isMarqueeError(error, 'DEPENDENCY_UNAVAILABLE')) throw error;
        logger.warn(
          { err: error },
          'the configuration broadcast is away; published supergraphs are not heard of',
        );
      }
    }
  }

  /** Never in the way of serving: what stands there, the last good one or the shipped one does. */
  async function tell(): Promise<void> {
    if (announce === undefined || !running) return;
    try {
      await announce();
    } catch (error) {
      logger.warn({ err: error }, 'the supergraph that was shipped could not be published; trying again');
      if (!running) return;
      again = setTimeout(() => void tell(), retryMs);
      again.unref();
    }
  }

  return {
    name: 'supergraph source',
    listen(listener) {
      told = listener;
    },
    async start() {
      running = true;
      end = broadcast.watch(SUPERGRAPH_KEY, ({ value, revision }) => {
        try {
          const { version, hash, publishedBy, note, sdl } = decodeSupergraph(value);
          logger.info({ version, hash, publishedBy, note }, 'a supergraph was published');
          told?.offered({ name: `version ${version} (${hash.slice(0, 12)})`, sdl });
        } catch (cause) {
          const reason = cause instanceof Error ? cause.message : String(cause);
          const message = `what was published as revision ${revision} cannot be read: ${reason}`;
          told?.unreadable(new MarqueeError('CONFIG_INVALID', { message, cause }));
        }
      });
      await connect();
      await tell();
    },
    async stop() {
      running = false;
      clearTimeout(again);
      end();
      await broadcast.stop();
    },
    readiness: () => broadcast.readiness(),
  };
}
