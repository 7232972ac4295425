/** Waiting on a condition with a deadline, in place of a fixed sleep. */
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 5;

/**
 * Resolves with the condition's first truthy value.
 * @throws Error naming `what` when `deadlineMs` (default 5,000) passes first.
 */
export async function waitUntil<T>(
  condition: () => T | Promise<T>,
  options: { readonly deadlineMs?: number; readonly what?: string } = {},
): Promise<NonNullable<T>> {
  const { deadlineMs = 5_000, what = 'the condition' } = options;
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() >= deadline) throw new Error(`${what} did not come true within ${deadlineMs} ms`);
    await delay(POLL_MS);
  }
}
