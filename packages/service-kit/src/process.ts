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

export function overallReadiness(components: readonly Component[]): {
  ready: boolean;
  components: Record<string, Readiness>;
} {
  const states = Object.fromEntries(components.map((c) => [c.name, c.readiness()]));
  return { ready: Object.values(states).every((state) => state.ready), components: states };
}
