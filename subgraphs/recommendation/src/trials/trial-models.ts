/**
 * Models that are tried out beside the one in production: one in shadow, one as canary, each in a runtime of its own, loaded and let go as
 * the registry says. A model that cannot be loaded is not tried out; what serves is never touched by it.
 */
import { join } from 'node:path';
import { type Canary, NO_TRIALS, type Trials } from '@marquee/model-registry/trials';
import type { ModelRuntime } from '@marquee/model-runtime';
import { type Component, type Logger, READY, type Readiness } from '@marquee/service-kit';

export interface TriedModel {
  /** Name of the version's folder. */
  readonly version: string;
  readonly runtime: ModelRuntime;
}

export interface TrialModels extends Component {
  /** Undefined until it is loaded. */
  readonly shadow: TriedModel | undefined;
  readonly canary: (TriedModel & { readonly terms: Canary }) | undefined;
}

export interface TrialModelsOptions {
  /** Calls back with what is tried out now and with every change; returns what ends the watch. */
  watch(onChange: (trials: Trials) => void): () => void;
  /** A runtime that nobody has started. */
  makeRuntime(): ModelRuntime;
  readonly modelsFolder: string;
  readonly logger: Logger;
}

export function createTrialModels(options: TrialModelsOptions): TrialModels {
  const { modelsFolder, makeRuntime } = options;
  const logger = options.logger.child({ component: 'trial-models' });
  const loaded = new Map<string, TriedModel>();
  const problems = new Map<string, string>();
  let wanted: Trials = NO_TRIALS;
  let stopWatching: (() => void) | undefined;
  let running = false;
  /** Loads one after the other: what is wanted last is what is there in the end. */
  let turn: Promise<void> = Promise.resolve();

  function follow(trials: Trials): void {
    wanted = trials;
    turn = turn
      .then(settle)
      .catch((error: unknown) => logger.error({ err: error }, 'trials were not followed'));
  }

  async function settle(): Promise<void> {
    const versions = new Set(
      running
        ? [wanted.shadow?.version, wanted.canary?.version].filter((version) => version !== undefined)
        : [],
    );
    for (const [version, { runtime }] of loaded) {
      if (versions.has(version)) continue;
      loaded.delete(version);
      await runtime.stop();
    }
    for (const version of problems.keys()) if (!versions.has(version)) problems.delete(version);
    for (const version of versions) {
      if (!loaded.has(version) && !problems.has(version)) await load(version);
    }
  }

  async function load(version: string): Promise<void> {
    const runtime = makeRuntime();
    try {
      await runtime.start();
      await runtime.load(join(modelsFolder, version));
      loaded.set(version, { version, runtime });
      logger.info({ version }, 'a model is tried out');
    } catch (error) {
      await runtime.stop();
      problems.set(version, error instanceof Error ? error.message : String(error));
      logger.error({ err: error, version }, 'a model cannot be tried out');
    }
  }

  return {
    name: 'trial-models',
    get shadow() {
      return wanted.shadow === null ? undefined : loaded.get(wanted.shadow.version);
    },
    get canary() {
      const terms = wanted.canary;
      const model = terms === null ? undefined : loaded.get(terms.version);
      return terms === null || model === undefined ? undefined : { ...model, terms };
    },
    async start() {
      if (running) return;
      running = true;
      stopWatching = options.watch(follow);
      await turn;
    },
    async stop() {
      running = false;
      stopWatching?.();
      stopWatching = undefined;
      follow(NO_TRIALS);
      await turn;
    },
    readiness(): Readiness {
      const [first] = problems;
      return first === undefined
        ? READY
        : { ready: true, detail: `${first[0]} is not tried out: ${first[1]}` };
    },
  };
}
