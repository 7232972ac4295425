/**
 * Keeps the components of a run from holding the event loop between them, those started together and those that
 * follow one another without having waited for anything: after a while, what they have sent may leave and what
 * waits may run, before the next one is started.
 */
import { setImmediate } from 'node:timers';

const SLICE_MS = 2;

export class TimeSlice {
  #startedAt = performance.now();
  #turn: Promise<void> | undefined;

  get spent(): boolean {
    return performance.now() - this.#startedAt >= SLICE_MS;
  }

  /** Resolves in the next turn of the event loop, for all who wait for it. */
  nextTurn(): Promise<void> {
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = undefined;
        this.#startedAt = performance.now();
        resolve();
      });
    });
    return this.#turn;
  }
}
