/**
 * Follows the registry for a process that has no configuration broadcast: one small directory is listed every half second, and a
 * record is read when there is a new one. A rollback is in force within that and the time that a model takes to load.
 */
import { type Component, type Logger, READY, type Readiness } from '@marquee/service-kit';
import type { ModelRegistry } from './model-registry.ts';
import { productionOf } from './stages/registry-state.ts';
import { NO_TRIALS, type Trials, trialsOf } from './trials/trials.ts';

const DEFAULT_POLL_MS = 500;

export interface ProductionWatchOptions {
  readonly registry: Pick<ModelRegistry, 'lastRevision' | 'current'>;
  readonly logger: Logger;
  /** Default 500. */
  readonly pollMs?: number;
  /** Of the component. Default `model-registry`. */
  readonly name?: string;
}

export interface ProductionWatch extends Component {
  /** Calls back with the version in production, if there is one, and with every later one. Returns what ends the watch. */
  watch(onChange: (version: string) => void): () => void;
  /** The same for what is tried out beside it. */
  watchTrials(onChange: (trials: Trials) => void): () => void;
}

export function createProductionWatch(options: ProductionWatchOptions): ProductionWatch {
  const { registry, logger, pollMs = DEFAULT_POLL_MS, name = 'model-registry' } = options;
  const watchers = new Set<(version: string) => void>();
  const trialWatchers = new Set<(trials: Trials) => void>();
  let production: string | undefined;
  let trials: Trials = NO_TRIALS;
  let seen = 0;
  let problem: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let looking: Promise<void> = Promise.resolve();

  async function look(): Promise<void> {
    try {
      const last = await registry.lastRevision();
      if (last === seen) return;
      const { revision, state } = await registry.current();
      seen = revision;
      problem = undefined;
      const tried = trialsOf(state);
      if (JSON.stringify(tried) !== JSON.stringify(trials)) {
        trials = tried;
        for (const watcher of trialWatchers) watcher(tried);
      }
      const named = productionOf(state);
      if (named === undefined || named === production) return;
      production = named;
      for (const watcher of watchers) watcher(named);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      // Said once: it is looked at twice a second.
      if (message !== problem) logger.error({ err: error }, 'the model registry cannot be read');
      problem = message;
    }
  }

  function poll(): void {
    timer = setTimeout(() => {
      looking = look().then(() => {
        if (running) poll();
      });
    }, pollMs);
    timer.unref();
  }

  return {
    name,
    async start() {
      if (running) return;
      running = true;
      await look();
      poll();
    },
    async stop() {
      running = false;
      clearTimeout(timer);
      await looking;
    },
    readiness: (): Readiness =>
      problem === undefined ? READY : { ready: true, detail: `what was in production stays: ${problem}` },
    watch(onChange) {
      watchers.add(onChange);
      if (production !== undefined) onChange(production);
      return () => watchers.delete(onChange);
    },
    watchTrials(onChange) {
      trialWatchers.add(onChange);
      onChange(trials);
      return () => trialWatchers.delete(onChange);
    },
  };
}
