/** When a stream that broke is tried again: soon, not all at the same moment, and not for long. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Deadline, deadlineAfter } from '@marquee/service-kit';
import type { OpenedStream } from './sse-events.ts';

/** Longer, and the client had better know that it is told nothing. */
const WITHIN_MS = 8_000;
const TRY_WITHIN_MS = 2_000;
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 1_600;

/**
 * @param open rejects, or is undefined, when it cannot be opened. @param random as `Math.random`.
 * @returns undefined when time is up or nobody waits any more. Never rejects.
 */
export async function reopened(
  open: (deadline: Deadline) => Promise<OpenedStream | undefined>,
  signal: AbortSignal,
  random: () => number = Math.random,
): Promise<OpenedStream | undefined> {
  const deadline = deadlineAfter(WITHIN_MS);
  for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(MAX_WAIT_MS, waitMs * 2)) {
    // All streams of a copy break at once; they come back spread over the wait.
    const waited = await delay(Math.min(random() * waitMs, deadline.remainingMs()), true, { signal }).catch(
      () => false,
    );
    if (!waited || deadline.expired) return undefined;
    const opened = await open(deadline.within(TRY_WITHIN_MS)).catch(() => undefined);
    if (opened !== undefined) return opened;
  }
  return undefined;
}
