import type { DeliveredEvent } from '@marquee/domain';
import { eventOf } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeliveryOptions, deliver } from './delivery.ts';

const event = eventOf('LIST_SAVED', { titleId: 'title-1' });
const batchOf = (size: number): DeliveredEvent[] =>
  Array.from({ length: size }, (_, index) => ({ sequence: index + 1, event }));

/** Delivers to a handler that fails whenever a batch holds poison, and reports what became of every event. */
async function run(size: number, poison: ReadonlySet<number>, options: Partial<DeliveryOptions> = {}) {
  const handled: number[] = [];
  const buried: number[] = [];
  const deliveries = new Map<number, number>();
  const positions: number[] = [];
  const done = await deliver(batchOf(size), {
    maxDeliveries: 5,
    handle: async (batch) => {
      for (const { sequence } of batch) deliveries.set(sequence, (deliveries.get(sequence) ?? 0) + 1);
      if (batch.some(({ sequence }) => poison.has(sequence))) throw new Error('poison');
      handled.push(...batch.map(({ sequence }) => sequence));
    },
    onHandled: (sequence) => positions.push(sequence),
    onFailure: () => {},
    deadLetter: async ({ sequence }) => {
      buried.push(sequence);
    },
    backOff: async () => true,
    ...options,
  });
  return { done, handled, buried, deliveries, positions };
}

describe('delivering to a handler that fails', () => {
  it('buries exactly the poison, handles all others once and in order, within the deliveries allowed', async () => {
    const cases = fc.record({
      size: fc.integer({ min: 1, max: 300 }),
      poison: fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 6 }),
      maxDeliveries: fc.integer({ min: 1, max: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ size, poison, maxDeliveries }) => {
        const bad = new Set(poison.filter((sequence) => sequence <= size));
        const result = await run(size, bad, { maxDeliveries });
        const all = batchOf(size).map(({ sequence }) => sequence);
        expect(result.done).toBe(true);
        expect(result.buried).toEqual(all.filter((sequence) => bad.has(sequence)));
        expect(result.handled).toEqual(all.filter((sequence) => !bad.has(sequence)));
        expect(result.positions).toEqual([...result.positions].sort((a, b) => a - b));
        expect(result.positions.at(-1)).toBe(size);
        // Being tried alone comes before the bound: two deliveries where the bound is one.
        expect(Math.max(...result.deliveries.values())).toBeLessThanOrEqual(Math.max(2, maxDeliveries));
        if (maxDeliveries > 1) for (const one of bad) expect(result.deliveries.get(one)).toBe(maxDeliveries);
      }),
    );
  });

  it('finds one bad event among a thousand in a hundred calls', async () => {
    let calls = 0;
    const { buried } = await run(1_000, new Set([777]), {
      handle: async (batch) => {
        calls++;
        if (batch.some(({ sequence }) => sequence === 777)) throw new Error('poison');
      },
    });
    expect(buried).toEqual([777]);
    expect(calls).toBeLessThan(100);
  });

  it('stops where it is when it may not wait any longer, and leaves the rest unhandled', async () => {
    let waits = 0;
    const result = await run(100, new Set([50]), { backOff: async () => ++waits < 3 });
    expect(result.done).toBe(false);
    expect(result.buried).toEqual([]);
    expect(result.positions).toEqual([10, 20, 30, 40]);
  });

  it('does not pass an event whose dead letter could not be written', async () => {
    let refusals = 3;
    const written: number[] = [];
    const result = await run(3, new Set([2]), {
      deadLetter: async ({ sequence }) => {
        if (refusals-- > 0) throw new Error('disk full');
        written.push(sequence);
      },
    });
    expect(written).toEqual([2]);
    expect(result.positions.at(-1)).toBe(3);
  });
});
