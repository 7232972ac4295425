/**
 * Serves the model that everybody is told to serve: loads it at start, and swaps when another one is named. A model
 * that cannot be loaded is no reason not to serve: the last good one stays, or the ladder has a step without a ranker.
 */
import { join } from 'node:path';
import { type Component, type Logger, READY } from '@marquee/service-kit';
import type { ModelRuntime } from './index.ts';

/** The key that the name of the production model's folder is broadcast under. */
export const RANKING_MODEL_KEY = 'models/ranking';
/** The same for the collaborative model, which finds candidates. */
export const COLLABORATIVE_MODEL_KEY = 'models/collaborative';
/** The same for the two towers; the name is that of the user tower's folder. */
export const TWO_TOWER_MODEL_KEY = 'models/two-tower';
/** The same, told once the title vectors of that version are in the index that processes share. */
export const TWO_TOWER_VECTORS_KEY = 'vectors/two-tower';

/** One folder below the models' folder, never a path out of it. */
const FOLDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export interface ModelFollowerOptions {
  readonly runtime: Pick<ModelRuntime, 'load' | 'current'>;
  /** Default RANKING_MODEL_KEY. */
  readonly key?: string;
  /** What people call it. Default "ranking model". */
  readonly model?: string;
  /** That none is ever named is as it may be, where there are too few data for one. Default false. */
  readonly optional?: boolean;
  /** Holds a folder per model version. */
  readonly modelsFolder: string;
  /** Calls `onChange` with the value there is and with every later one; returns how to stop. */
  watch(key: string, onChange: (value: string) => void): () => void;
  /** What the runtime was given by whoever started it: not loaded a second time when it is the first one named. */
  readonly loaded?: string;
  /** For the first model to be named and loaded, before the process goes on without. Default 10 s. */
  readonly firstWithinMs?: number;
  readonly logger: Logger;
}

export function createModelFollower(options: ModelFollowerOptions): Component {
  const {
    runtime,
    logger,
    firstWithinMs = 10_000,
    key = RANKING_MODEL_KEY,
    model = 'ranking model',
  } = options;
  let stopWatching: (() => void) | undefined;
  let wanted: string | undefined;
  let loaded = options.loaded;
  let loading: Promise<void> = Promise.resolve();
  let problem: string | undefined = options.optional === true ? undefined : 'no model has been named yet';

  function follow(name: string): Promise<void> {
    wanted = name;
    // One at a time, and only the last one named: a queue of superseded versions serves nobody.
    loading = loading.then(async () => {
      if (wanted === name) await load(name);
    });
    return loading;
  }

  async function load(name: string): Promise<void> {
    if (name === loaded && runtime.current !== undefined) {
      problem = undefined;
      return;
    }
    try {
      if (!FOLDER_NAME.test(name)) throw new Error(`${JSON.stringify(name)} is no name of a model folder`);
      const version = await runtime.load(join(options.modelsFolder, name));
      loaded = name;
      problem = undefined;
      logger.info({ model: version }, `${model} in force`);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
      logger.error({ err: error, model: name }, `${model} was not loaded; serving goes on without it`);
    }
  }

  return {
    name: model.replaceAll(' ', '-'),
    async start() {
      if (stopWatching !== undefined) return;
      const first = Promise.withResolvers<void>();
      const timer = setTimeout(first.resolve, firstWithinMs);
      stopWatching = options.watch(key, (name) => void follow(name).then(first.resolve));
      await first.promise;
      clearTimeout(timer);
    },
    async stop() {
      stopWatching?.();
      stopWatching = undefined;
      wanted = undefined;
      await loading;
    },
    readiness() {
      if (problem === undefined) return READY;
      const serving =
        runtime.current === undefined ? `serving without the ${model}` : 'serving the last good model';
      return { ready: true, detail: `${serving}: ${problem}` };
    },
  };
}
