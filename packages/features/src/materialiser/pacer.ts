/**
 * Long loops on the serving thread give way every few milliseconds:
 * `for (...) { work(); if (pacer.due()) await pacer.pause(); }`.
 */
import { setImmediate } from 'node:timers/promises';

export interface Pacer {
  /** True once the loop has run for its share. Costs some 50 ns. */
  due(): boolean;
  /** Lets everything that waits run, then starts a new share. */
  pause(): Promise<void>;
}

/** @param shareMs milliseconds that a loop may hold the thread. */
export function createPacer(shareMs = 4): Pacer {
  let since = performance.now();
  return {
    due: () => performance.now() - since >= shareMs,
    async pause() {
      await setImmediate();
      since = performance.now();
    },
  };
}
