/**
 * Deadlines. Every external call and every pipeline component has one; the remaining time travels with the
 * request, so that no part works for a client that has already gone.
 */
import { MarqueeError } from './errors.ts';

export interface Deadline {
  /** Milliseconds left, never negative. */
  remainingMs(): number;
  readonly expired: boolean;
  /** The earlier of this deadline and `milliseconds` from now. */
  within(milliseconds: number): Deadline;
}

export function deadlineAfter(milliseconds: number): Deadline {
  return deadlineAt(performance.now() + milliseconds);
}

function deadlineAt(instant: number): Deadline {
  return {
    remainingMs: () => Math.max(0, instant - performance.now()),
    get expired() {
      return performance.now() >= instant;
    },
    within: (milliseconds) => deadlineAt(Math.min(instant, performance.now() + milliseconds)),
  };
}

/**
 * The promise's result, or DEADLINE_EXCEEDED naming `what` once the deadline passes. The work itself is not
 * cancelled; its late rejection is swallowed, because the caller has already been told.
 */
export async function beforeDeadline<T>(work: Promise<T>, deadline: Deadline, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new MarqueeError('DEADLINE_EXCEEDED', `${what} did not answer within its deadline`)),
      Math.ceil(deadline.remainingMs()),
    );
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}
