import { expect, it, vi } from 'vitest';
import { PositionWaiters } from './delivery/position-waiters.ts';
import { createFreshness } from './freshness.ts';
import type { Progress } from './index.ts';

/** A projection that moves when it is told to, with the waits that were asked of it. */
function projection(): Progress & { readonly waits: number[]; reached(position: number): void } {
  const waiters = new PositionWaiters();
  const waits: number[] = [];
  return {
    waits,
    settled(at, timeoutMs) {
      waits.push(timeoutMs);
      return waiters.waitFor(at.sequence, timeoutMs);
    },
    reached: (position) => waiters.reached(position),
  };
}

const ack = (sequence: number) => ({ eventId: `${sequence}`, sequence, partition: 0, duplicate: false });

it('a projection that stands still holds one client up, not all of them, and is waited for again once it moves', async () => {
  vi.useFakeTimers();
  try {
    const still = projection();
    const freshness = createFreshness([still]);
    const first = freshness.waitFor([ack(1)], 5_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await first).toBe(false);

    const second = freshness.waitFor([ack(2)], 5_000);
    const third = freshness.waitFor([ack(3)], 5_000);
    await vi.advanceTimersByTimeAsync(100);
    expect(await second).toBe(false);
    expect(await third).toBe(false);
    // One of them is waited for on the side, to see the projection move.
    expect(still.waits).toEqual([5_000, 5_000, 100, 100]);

    still.reached(3);
    await vi.advanceTimersByTimeAsync(0);
    const fourth = freshness.waitFor([ack(4)], 5_000);
    await vi.advanceTimersByTimeAsync(1_000);
    still.reached(4);
    expect(await fourth).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

it('a wait that a client cuts short proves nothing against a projection', async () => {
  vi.useFakeTimers();
  try {
    const slow = projection();
    const freshness = createFreshness([slow]);
    const hasty = freshness.waitFor([ack(1)], 50);
    await vi.advanceTimersByTimeAsync(50);
    expect(await hasty).toBe(false);
    const patient = freshness.waitFor([ack(1)], 5_000);
    await vi.advanceTimersByTimeAsync(2_000);
    slow.reached(1);
    expect(await patient).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});
