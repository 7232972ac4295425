/** Experiments that change while processes run: the configuration that everybody is told, as it is told. */
import { type Component, type Logger, READY } from '@marquee/service-kit';
import type { ExperimentsSource } from './experiments-source.ts';
import { parseExperiments } from './parse-experiments.ts';
import type { ExperimentsSnapshot } from './snapshot.ts';

/** The key that the configuration is broadcast under, as JSON text. */
export const EXPERIMENTS_KEY = 'experiments';

export interface WatchedExperimentsOptions {
  /** Calls `onChange` with the value there is and with every later one; returns how to stop. */
  watch(key: string, onChange: (value: string) => void): () => void;
  /** In force until something has been broadcast. */
  readonly fallback: ExperimentsSource;
  readonly logger: Logger;
}

/** A configuration that is refused changes nothing: the last good one stays in force, and readiness says so. */
export function watchedExperiments(options: WatchedExperimentsOptions): Component & ExperimentsSource {
  const { logger } = options;
  let snapshot: ExperimentsSnapshot = options.fallback.current();
  let refused: string | undefined;
  let stopWatching: (() => void) | undefined;

  function take(text: string): void {
    try {
      snapshot = parseExperiments(JSON.parse(text), 'the configuration broadcast');
      refused = undefined;
      logger.info({ experiments: snapshot.experiments.map(({ key }) => key) }, 'experiments in force');
    } catch (error) {
      refused = error instanceof Error ? error.message : String(error);
      logger.error({ err: error }, 'experiments were refused; the last good ones stay in force');
    }
  }

  return {
    name: 'experiments',
    current: () => snapshot,
    async start() {
      stopWatching ??= options.watch(EXPERIMENTS_KEY, take);
    },
    async stop() {
      stopWatching?.();
      stopWatching = undefined;
    },
    readiness: () =>
      refused === undefined ? READY : { ready: true, detail: `last good ones in force: ${refused}` },
  };
}
