/**
 * Runs something now and then, one run at a time. Requests that come during a run share the one after it, so
 * that each of them gets a run that began after it asked, and no queue can grow.
 */
import type { Logger } from '@marquee/service-kit';

export interface Refresher {
  /** The first run, then one every `everyMs`. A failed run is logged, not thrown. */
  start(): Promise<void>;
  /** Waits for the run in progress. */
  stop(): Promise<void>;
  /** @throws what the run throws. */
  refresh(): Promise<void>;
  /** The message of the last run's failure; undefined after a success. */
  readonly failure: string | undefined;
}

export function createRefresher(options: {
  run: () => Promise<void>;
  /** Asked before a run that nobody asked for. Default: always. */
  isDue?: () => boolean;
  /** 0: never by itself. */
  everyMs: number;
  /** After a run that failed; default 5 s: whatever was away may be back long before the next one is due. */
  retryMs?: number;
  logger: Logger;
}): Refresher {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let failure: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let retry: NodeJS.Timeout | undefined;
  const retryMs = Math.min(options.retryMs ?? 5_000, options.everyMs);

  const runOnce = async (): Promise<void> => {
    try {
      await options.run();
      failure = undefined;
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      throw error;
    }
  };
  const begin = (): Promise<void> => {
    const run = runOnce().finally(() => {
      if (running === run) running = undefined;
    });
    running = run;
    return run;
  };
  const refresh = (): Promise<void> => {
    if (running === undefined) return begin();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return begin();
      });
    return next;
  };
  const refreshWhenDue = async (): Promise<void> => {
    if (options.isDue?.() === false) return;
    try {
      await refresh();
    } catch (error) {
      options.logger.error({ err: error }, 'ranked lists could not be refreshed');
      if (timer === undefined) return;
      clearTimeout(retry);
      retry = setTimeout(() => {
        if (running === undefined && failure !== undefined) void refreshWhenDue();
      }, retryMs);
      retry.unref();
    }
  };

  return {
    async start() {
      if (options.everyMs > 0 && timer === undefined) {
        timer = setInterval(() => {
          // A run that takes longer than the interval is not followed by a second one at its heels.
          if (running === undefined) void refreshWhenDue();
        }, options.everyMs);
        timer.unref();
      }
      await refreshWhenDue();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      clearTimeout(retry);
      await next?.catch(() => undefined);
      await running?.catch(() => undefined);
    },
    refresh,
    get failure() {
      return failure;
    },
  };
}
