import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PositionWaiters } from './delivery/position-waiters.ts';
import { createFreshness } from './freshness.ts';
import type { Progress } from './index.ts';

/** A projection that moves when it is told to, with the waits that were asked of it. */
function projection(): Progress & { readonly waits: number[]; moveTo(position: number): void } {
  const waiters = new PositionWaiters();
  const waits: number[] = [];
  let position = 0;
  return {
    waits,
    reached: () => position,
    settled(at, timeoutMs) {
      waits.push(timeoutMs);
      return waiters.waitFor(at.sequence, timeoutMs);
    },
    moveTo(next) {
      position = next;
      waiters.reached(next);
    },
  };
}

const ack = (sequence: number) => ({ eventId: `${sequence}`, sequence, partition: 0, duplicate: false });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a projection that stands still holds one client up, not all of them, and is waited for again once it moves', async () => {
  const still = projection();
  const freshness = createFreshness([still]);
  const first = freshness.waitFor([ack(1)], 8_000);
  await vi.advanceTimersByTimeAsync(4_000);
  // No longer than it takes to know: the client may have asked for more.
  expect(await first).toBe(false);

  const second = freshness.waitFor([ack(2)], 8_000);
  const third = freshness.waitFor([ack(3)], 8_000);
  await vi.advanceTimersByTimeAsync(100);
  expect(await second).toBe(false);
  expect(await third).toBe(false);
  // One of them is waited for on the side, to see the projection move.
  expect(still.waits).toEqual([4_000, 4_000, 100, 100]);

  still.moveTo(3);
  await vi.advanceTimersByTimeAsync(0);
  const fourth = freshness.waitFor([ack(4)], 8_000);
  await vi.advanceTimersByTimeAsync(1_000);
  still.moveTo(4);
  expect(await fourth).toBe(true);
});

it('a projection that is slow but moves is waited for in full by everybody, also after waits that were in vain', async () => {
  const slow = projection();
  const freshness = createFreshness([slow]);
  // One event in 1.5 s, and 20 of them before that of the first client.
  const answers: boolean[] = [];
  const clients = [1_000, 5_000, 8_000].map(async (timeoutMs, i) => {
    answers[i] = await freshness.waitFor([ack(20)], timeoutMs);
  });
  for (let position = 1; position <= 6; position++) {
    await vi.advanceTimersByTimeAsync(1_500);
    slow.moveTo(position);
  }
  await Promise.all(clients);
  expect(answers).toEqual([false, false, false]);
  const patient = freshness.waitFor([ack(10)], 8_000);
  for (let position = 7; position <= 10; position++) {
    await vi.advanceTimersByTimeAsync(1_500);
    slow.moveTo(position);
  }
  expect(await patient).toBe(true);
});

it('a projection that begins to move during the short wait is waited for in full', async () => {
  const still = projection();
  const freshness = createFreshness([still]);
  const first = freshness.waitFor([ack(1)], 8_000);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(await first).toBe(false);
  const second = freshness.waitFor([ack(5)], 8_000);
  await vi.advanceTimersByTimeAsync(50);
  still.moveTo(1);
  await vi.advanceTimersByTimeAsync(2_000);
  still.moveTo(5);
  expect(await second).toBe(true);
});

it('a wait that a client cuts short proves nothing against a projection', async () => {
  const slow = projection();
  const freshness = createFreshness([slow]);
  const hasty = freshness.waitFor([ack(1)], 1_000);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await hasty).toBe(false);
  const patient = freshness.waitFor([ack(1)], 5_000);
  await vi.advanceTimersByTimeAsync(2_000);
  slow.moveTo(1);
  expect(await patient).toBe(true);
});

it('clients with little time do not wait for ever again for a projection that stands still', async () => {
  const still = projection();
  const freshness = createFreshness([still]);
  const hasty = freshness.waitFor([ack(1)], 500);
  await vi.advanceTimersByTimeAsync(500);
  expect(await hasty).toBe(false);
  await vi.advanceTimersByTimeAsync(4_000);
  const next = freshness.waitFor([ack(2)], 500);
  await vi.advanceTimersByTimeAsync(100);
  expect(await next).toBe(false);
});

it('a projection whose worker says that it cannot go on is not waited for, and is again once it can', async () => {
  const still = projection();
  let stuck = false;
  const freshness = createFreshness([{ ...still, stuck: () => stuck }]);
  const first = freshness.waitFor([ack(1)], 8_000);
  await vi.advanceTimersByTimeAsync(1_000);
  stuck = true;
  // Who waits already is let go, too.
  await vi.advanceTimersByTimeAsync(200);
  expect(await first).toBe(false);
  const second = freshness.waitFor([ack(2)], 8_000);
  await vi.advanceTimersByTimeAsync(100);
  expect(await second).toBe(false);

  stuck = false;
  const third = freshness.waitFor([ack(3)], 8_000);
  await vi.advanceTimersByTimeAsync(3_000);
  still.moveTo(3);
  await vi.advanceTimersByTimeAsync(200);
  expect(await third).toBe(true);
});
