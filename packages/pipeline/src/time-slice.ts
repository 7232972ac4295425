/**
 * Keeps the components of a run from holding the event loop between them, those started together and those that
 * follow one another without having waited for anything: after a while, what they have sent may leave and what
 * waits may run, before the next one is started.
 */
import { setImmediate } from 'node:timers';

const SLICE_MS = 2;

export class TimeSlice {
  readonly #now: () => number;
  #startedAt: number;
  #turn: Promise<void> | undefined;

  /** @param now milliseconds, never going back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#startedAt = now();
  }

  get spent(): boolean {
    return this.#now() - this.#startedAt >= SLICE_MS;
  }

  /** Resolves in the next turn of the event loop, for all who wait for it. */
  nextTurn(): Promise<void> {
    this.#turn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#turn = undefined;
        this.#startedAt = this.#now();
        resolve();
      });
    });
    return this.#turn;
  }
}
