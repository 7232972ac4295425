/**
 * Long work on the thread that also serves, in turns: after each piece the loop is free for a multiple of the time
 * that the piece took. How long the whole takes matters to nobody; how long a request waits for a piece does.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when the next piece may begin. */
export type Pause = () => Promise<void>;

export interface PauseOptions {
  /** Share of the loop's time that the work may take, above 0 and up to 1. Default 0.25. */
  readonly share?: number;
  /** Bound on one pause, whatever a piece took. Default 100. */
  readonly maxMs?: number;
  /** Milliseconds of any clock that only goes forward. */
  readonly now?: () => number;
  readonly sleep?: (milliseconds: number) => Promise<unknown>;
}

/** For work that nobody else waits for the end of. */
export const withoutPause: Pause = async () => undefined;

/** The first piece begins when this is called. */
export function createPause(options: PauseOptions = {}): Pause {
  const { share = 0.25, maxMs = 100, now = () => performance.now(), sleep = (ms) => delay(ms) } = options;
  let began = now();
  return async () => {
    const worked = now() - began;
    await sleep(Math.min(maxMs, worked * (1 / share - 1)));
    began = now();
  };
}
