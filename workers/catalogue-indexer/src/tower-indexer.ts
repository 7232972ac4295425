/**
 * Keeps the title vectors of the two towers in the index that processes share: those of the version in production, and those of the one
 * before, so that going back to it fills nothing. A version that is named is filled first, beside what serves; only then are the processes
 * that serve told of it, and each takes its user tower and its collection in one step. A new title is embedded for both versions as its
 * event arrives.
 */
import { join } from 'node:path';
import type { ConfigurationBroadcast } from '@marquee/coordination';
import { createVectorFollower, type VectorFollower, type VectorFollowerDeps } from '@marquee/features';
import { TWO_TOWER_MODEL_KEY, TWO_TOWER_VECTORS_KEY, type VectorRuntime } from '@marquee/model-runtime';
import { type Component, type Logger, READY, type Readiness } from '@marquee/service-kit';
import { readTowers, type Towers, towerEmbedding } from '@marquee/training/two-tower';
import type { VectorIndex } from '@marquee/vector-index';

/** Which versions are in the index, as JSON, for whoever takes over: the one that serves, the one before, then those that are to go. */
export const KEPT_KEY = 'vectors/two-tower/kept';
const KEPT = 2;
/** One folder below the models' folder, never a path out of it. */
const FOLDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const RETRY_MS = 5_000;

export interface TowerIndexerDeps extends Pick<VectorFollowerDeps, 'bus' | 'catalogue' | 'clock'> {
  readonly broadcast: Pick<ConfigurationBroadcast, 'get' | 'put' | 'watch'>;
  readonly modelsFolder: string;
  /** One that nobody has started, for these columns. */
  makeRuntime(columns: readonly string[]): VectorRuntime;
  /** Of this version alone; one that nobody has started. */
  makeIndex(towers: Towers): VectorIndex;
  readonly logger: Logger;
}

export interface TowerIndexerOptions {
  /** Before a version that could not be filled is tried again. Default 5,000. */
  readonly retryMs?: number;
}

interface Indexed {
  readonly folder: string;
  readonly index: VectorIndex;
}

interface Kept extends Indexed {
  /** Of the log's consumers: as many as are kept, whatever versions come. */
  readonly slot: number;
  readonly runtime: VectorRuntime;
  readonly follower: VectorFollower;
}

/** One at a time runs, on the copy that leads. */
export function createTowerIndexer(deps: TowerIndexerDeps, options: TowerIndexerOptions = {}): Component {
  const { broadcast, modelsFolder, logger } = deps;
  const { retryMs = RETRY_MS } = options;
  /** The one in force first. */
  let kept: readonly Kept[] = [];
  /** Not kept any more, and not gone yet: who forgot them would leave half a million vectors in the index for good. */
  let leaving: readonly Indexed[] = [];
  let wanted: string | undefined;
  let work: Promise<void> = Promise.resolve();
  let stopWatching: (() => void) | undefined;
  let retry: NodeJS.Timeout | undefined;
  let problem: string | undefined;
  let stopped = false;

  function follow(folder: string): void {
    wanted = folder;
    work = work.then(async () => {
      // Only the last one named.
      if (wanted !== folder || stopped) return;
      try {
        await bringForward(folder);
        problem = undefined;
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
        logger.error({ err: error, model: folder }, 'the title vectors of a version were not filled');
        clearTimeout(retry);
        retry = setTimeout(() => wanted === folder && follow(folder), retryMs);
        retry.unref();
      }
    });
  }

  async function bringForward(folder: string): Promise<void> {
    // One that comes back must not be taken away afterwards.
    if (leaving.some((one) => one.folder === folder)) await dropLeaving();
    const known = kept.find((one) => one.folder === folder);
    const next = known ?? (await open(folder, freeSlot()));
    kept = [next, ...kept.filter((one) => one !== next)];
    // Before anybody is told: whoever takes over has to know what there is.
    await remember();
    await broadcast.put(TWO_TOWER_VECTORS_KEY, folder);
    logger.info(
      { model: folder, titles: await next.index.count() },
      'title vectors of the two towers are there',
    );
    for (const old of kept.slice(KEPT)) {
      await close(old);
      kept = kept.filter((one) => one !== old);
      leaving = [...leaving, old];
    }
    if (leaving.length > 0) await dropLeaving();
  }

  async function remember(): Promise<void> {
    await broadcast.put(KEPT_KEY, JSON.stringify([...kept, ...leaving].map(({ folder }) => folder)));
  }

  async function dropLeaving(): Promise<void> {
    for (const one of leaving) {
      await one.index.drop();
      leaving = leaving.filter((other) => other !== one);
    }
    await remember();
  }

  function freeSlot(): number {
    return Array.from({ length: KEPT + 1 }, (_, slot) => slot).find(
      (slot) => !kept.some((one) => one.slot === slot),
    )!;
  }

  async function towersOf(folder: string): Promise<Towers> {
    if (!FOLDER_NAME.test(folder)) throw new Error(`${JSON.stringify(folder)} is no name of a model folder`);
    return readTowers(join(modelsFolder, folder));
  }

  async function open(folder: string, slot: number): Promise<Kept> {
    const towers = await towersOf(folder);
    const runtime = deps.makeRuntime(towers.title.columns);
    const index = deps.makeIndex(towers);
    const follower = createVectorFollower({
      ...deps,
      vectorIndex: index,
      sharedIndex: true,
      embedding: towerEmbedding(towers, runtime),
      name: `tower-indexer-${slot}`,
    });
    const opened = { folder, slot, index, runtime, follower };
    try {
      await Promise.all([index.start(), runtime.start()]);
      await runtime.load(towers.title.folder);
      await follower.start();
    } catch (error) {
      await close(opened);
      await index.stop();
      throw error;
    }
    return opened;
  }

  async function close({ follower, runtime }: Kept): Promise<void> {
    await follower.stop();
    await runtime.stop();
  }

  /**
   * What the copy before kept, and what it had still to take away, which goes with the next version that is brought forward. One that
   * cannot be had any more is left out.
   */
  async function takeOver(): Promise<void> {
    const value = (await broadcast.get(KEPT_KEY))?.value;
    const folders: unknown = value === undefined ? [] : JSON.parse(value);
    if (!Array.isArray(folders)) return;
    for (const [slot, folder] of folders.slice(0, KEPT).entries()) {
      try {
        kept = [...kept, await open(String(folder), slot)];
      } catch (error) {
        logger.warn({ err: error, model: folder }, 'the title vectors of a version are kept no longer');
      }
    }
    for (const folder of folders.slice(KEPT).map(String)) {
      try {
        const index = deps.makeIndex(await towersOf(folder));
        await index.start();
        leaving = [...leaving, { folder, index }];
      } catch (error) {
        logger.warn({ err: error, model: folder }, 'the title vectors of a version stay in the index');
      }
    }
  }

  return {
    name: 'tower-indexer',
    async start() {
      work = takeOver().catch((error: unknown) => logger.error({ err: error }, 'what was kept is not known'));
      await work;
      stopWatching = broadcast.watch(TWO_TOWER_MODEL_KEY, ({ value }) => follow(value));
    },
    async stop() {
      stopped = true;
      stopWatching?.();
      clearTimeout(retry);
      await work;
      for (const one of kept) {
        await close(one);
        await one.index.stop();
      }
      for (const { index } of leaving) await index.stop();
      kept = [];
      leaving = [];
    },
    readiness(): Readiness {
      if (problem === undefined) return READY;
      const serving =
        kept.length === 0 ? 'nothing is found by the two towers' : 'the last good version serves';
      return { ready: true, detail: `${serving}: ${problem}` };
    },
  };
}
