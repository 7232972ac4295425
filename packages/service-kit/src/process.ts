/** The life of a process: start components in order, stop them in reverse, within a bound. */
import type { Component, Readiness } from './component.ts';
import type { Logger } from './logging.ts';

/**
 * Starts all, in order. When one fails, those already started are stopped again and the failure is thrown:
 * a process is either wholly up or not there.
 */
export async function startAll(components: readonly Component[], logger: Logger): Promise<void> {
  for (const [index, component] of components.entries()) {
    try {
      await component.start();
      logger.debug({ component: component.name }, 'started');
    } catch (error) {
      await stopAll(components.slice(0, index), logger, 5_000);
      throw error;
    }
  }
}

/** Stops all, last started first, each within `boundMs`. Returns the names of those that did not stop cleanly. */
export async function stopAll(
  components: readonly Component[],
  logger: Logger,
  boundMs: number,
): Promise<readonly string[]> {
  const unclean: string[] = [];
  for (const component of [...components].reverse()) {
    let timer: NodeJS.Timeout | undefined;
    try {
      await Promise.race([
        component.stop(),
        new Promise((_, reject) => {
          timer = setTimeout(() => reject(new Error(`did not stop within ${boundMs} ms`)), boundMs);
        }),
      ]);
    } catch (error) {
      unclean.push(component.name);
      logger.error({ component: component.name, err: error }, 'did not stop cleanly');
    } finally {
      clearTimeout(timer);
    }
  }
  return unclean;
}

export interface ComponentState extends Readiness {
  /** What serves while this part does not; present only then. */
  readonly fallback?: string;
}

/**
 * Ready means that requests can be answered, not that all is well: a part that something else stands in for makes
 * the answers worse and the process no less ready. Every part is listed with its own state either way.
 *
 * @param fallbacks what serves without a part, by the part's name.
 */
export function overallReadiness(
  components: readonly Component[],
  fallbacks: Readonly<Record<string, string>> = {},
): {
  ready: boolean;
  components: Record<string, ComponentState>;
} {
  const states = components.map((component): [string, ComponentState] => {
    const state = component.readiness();
    const fallback = state.ready ? undefined : fallbacks[component.name];
    return [component.name, fallback === undefined ? state : { ...state, fallback }];
  });
  return {
    ready: states.every(([, { ready, fallback }]) => ready || fallback !== undefined),
    components: Object.fromEntries(states),
  };
}
