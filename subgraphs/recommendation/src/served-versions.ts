/**
 * Versions of what answers requests, one after another: the next one is made ready beside the one that serves, then takes over in one step.
 * The version before stays ready, so that going back to it is that one step again; one that is replaced a second time still answers what
 * has begun on it. Apart from what a version is, so that every model that brings an index of its own lives the same life.
 */
import { MarqueeError } from '@marquee/service-kit';
import { type Retirement, retireAfter } from './retirement.ts';

export interface ServedVersionsOptions<Version> {
  /** Of whoever serves it, for people. */
  readonly name: string;
  /** Reads a version's folder; nothing runs yet. @throws MarqueeError MODEL_INCOMPATIBLE for one that is refused */
  read(folder: string): Promise<Version>;
  /** Makes it ready to answer. What was opened before it threw is closed by `close`. */
  open(version: Version): Promise<void>;
  close(version: Version): Promise<void>;
  /** How long a version still answers that is not kept any more: longer than any request lives. Default 15 s. */
  readonly retireAfterMs?: number;
}

export interface ServedVersions<Version> {
  /** What answers now; undefined until one is loaded. Whoever answers with it holds on to it until the answer is made. */
  readonly serving: Version | undefined;
  /**
   * One at a time, in the order of the calls. A version that is refused changes nothing.
   * @throws as `read` and `open`; MarqueeError DEPENDENCY_UNAVAILABLE after `stop`
   */
  load(folder: string): Promise<Version>;
  /** Closes all of them. */
  stop(): Promise<void>;
}

interface Kept<Version> {
  readonly folder: string;
  readonly version: Version;
}

const RETIRE_AFTER_MS = 15_000;

export function createServedVersions<Version>(
  options: ServedVersionsOptions<Version>,
): ServedVersions<Version> {
  const { name, retireAfterMs = RETIRE_AFTER_MS } = options;
  let serving: Kept<Version> | undefined;
  let former: Kept<Version> | undefined;
  let retiring: Retirement | undefined;
  let loads: Promise<unknown> = Promise.resolve();
  let stopped = false;

  async function load(folder: string): Promise<Version> {
    requireRunning();
    if (serving?.folder === folder) return serving.version;
    const next = former?.folder === folder ? former : { folder, version: await opened(folder) };
    if (stopped) {
      if (next !== former) await options.close(next.version);
      requireRunning();
    }
    const replaced = next === former ? undefined : former;
    former = serving;
    serving = next;
    if (replaced !== undefined) retiring = retireAfter(retireAfterMs, () => options.close(replaced.version));
    return next.version;
  }

  async function opened(folder: string): Promise<Version> {
    // Three versions in memory at most.
    await retiring?.done;
    const version = await options.read(folder);
    try {
      await options.open(version);
    } catch (error) {
      await options.close(version);
      throw error;
    }
    return version;
  }

  function requireRunning(): void {
    if (stopped) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${name} has stopped`);
  }

  return {
    get serving() {
      return serving?.version;
    },
    load(folder) {
      const loaded = loads.then(() => load(folder));
      loads = loaded.catch(() => undefined);
      return loaded;
    },
    async stop() {
      stopped = true;
      retiring?.hurry();
      await loads;
      await retiring?.done;
      await Promise.all([serving, former].map((kept) => kept && options.close(kept.version)));
      serving = undefined;
      former = undefined;
    },
  };
}
