/**
 * What every event bus must do, whatever carries it. An adapter's test calls this once:
 * `describeEventBusContract('sqlite', () => harness)`.
 */

import {
  type DeliveredEvent,
  type EventType,
  type MarqueeEvent,
  manualClock,
  partitionOf,
} from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { eventOf, SAMPLE_INSTANT, waitUntil } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConsumerOptions,
  createFreshness,
  type EventBus,
  MAX_PUBLISH_BATCH,
  type Subscription,
} from './index.ts';

/** One log that can be opened again and again. */
export interface EventBusHarness {
  /**
   * A new bus over the same log, not started. Retries must be quick (a few ms), `maxInFlight` must be
   * `MAX_IN_FLIGHT`, and dead letters must be dated by the clock.
   */
  open(options: { readonly clock: { now(): number }; readonly maxInFlight: number }): EventBus;
  dispose(): Promise<void>;
}

const MAX_IN_FLIGHT = 12_000;
const DEADLINE_MS = 5_000;

export function describeEventBusContract(
  name: string,
  makeHarness: () => EventBusHarness | Promise<EventBusHarness>,
): void {
  describe(`event bus: ${name}`, () => {
    const clock = manualClock(SAMPLE_INSTANT);
    let harness: EventBusHarness;
    let bus: EventBus;

    const open = async () => {
      bus = harness.open({ clock, maxInFlight: MAX_IN_FLIGHT });
      await bus.start();
    };
    const reopen = async () => {
      await bus.stop();
      await open();
    };

    beforeEach(async () => {
      harness = await makeHarness();
      await open();
    });
    afterEach(async () => {
      await bus.stop();
      await harness.dispose();
    });

    /** A subscription that remembers what it was given; `refuse` throws to fail a batch. */
    function recorder(
      options: Partial<ConsumerOptions> & { refuse?: (batch: readonly DeliveredEvent[]) => void } = {},
    ): { subscription: Subscription; handled: DeliveredEvent[]; deliveries: Map<string, number> } {
      const handled: DeliveredEvent[] = [];
      const deliveries = new Map<string, number>();
      const { refuse, ...rest } = options;
      const subscription = bus.subscribe({
        name: 'recorder',
        handle: async (batch) => {
          for (const { event } of batch)
            deliveries.set(event.eventId, (deliveries.get(event.eventId) ?? 0) + 1);
          refuse?.(batch);
          handled.push(...batch);
        },
        ...rest,
      });
      return { subscription, handled, deliveries };
    }
    const idsOf = (events: readonly DeliveredEvent[]) => events.map(({ event }) => event.eventId);
    const collect = async (options?: Parameters<EventBus['replay']>[0]) => {
      const events: DeliveredEvent[] = [];
      for await (const batch of bus.replay(options)) events.push(...batch);
      return events;
    };

    describe('publishing', () => {
      it('acknowledges in the given order, with growing sequences', async () => {
        const events = likes(50);
        const acks = await bus.publish(events);
        expect(acks.map((ack) => ack.eventId)).toEqual(events.map((event) => event.eventId));
        expect(acks.every((ack) => !ack.duplicate)).toBe(true);
        for (const [index, ack] of acks.entries()) {
          if (index > 0) expect(ack.sequence).toBeGreaterThan(acks[index - 1]!.sequence);
        }
        expect(await bus.lastSequence()).toBe(acks.at(-1)!.sequence);
      });

      it('keeps acknowledged events, whole, across a reopening', async () => {
        const events = likes(3, { profileId: 'ada', slateId: 'slate-1', assignments: { rows: 'control' } });
        const acks = await bus.publish(events);
        await reopen();
        expect(await collect()).toEqual(
          acks.map((ack, index) => ({ sequence: ack.sequence, event: events[index] })),
        );
        expect(await bus.lastSequence()).toBe(acks.at(-1)!.sequence);
      });

      it('stores an event id once and acknowledges repeats with the first sequence', async () => {
        const [first, second, third] = likes(3) as [MarqueeEvent, MarqueeEvent, MarqueeEvent];
        const [original] = await bus.publish([first]);
        const acks = await bus.publish([second, first, third, second]);
        expect(acks.map((ack) => ack.duplicate)).toEqual([false, true, false, true]);
        expect(acks[1]!.sequence).toBe(original!.sequence);
        expect(acks[3]!.sequence).toBe(acks[0]!.sequence);
        await reopen();
        expect(await bus.publish([first])).toEqual([{ ...original, duplicate: true }]);
        expect(idsOf(await collect())).toEqual([first.eventId, second.eventId, third.eventId]);
      });

      it('acknowledges concurrent publishes of one event as one original and its duplicates', async () => {
        const [event] = likes(1) as [MarqueeEvent];
        const acks = (await Promise.all(Array.from({ length: 20 }, () => bus.publish([event])))).flat();
        expect(acks.filter((ack) => !ack.duplicate)).toHaveLength(1);
        expect(new Set(acks.map((ack) => ack.sequence)).size).toBe(1);
      });

      it('keeps the order of publishes that one caller started one after the other', async () => {
        const events = likes(100);
        await Promise.all(events.map((event) => bus.publish([event])));
        expect(idsOf(await collect())).toEqual(events.map((event) => event.eventId));
      });

      it('takes an empty batch and does nothing', async () => {
        expect(await bus.publish([])).toEqual([]);
        expect(await bus.lastSequence()).toBe(0);
      });

      it('refuses a batch above the bound and stores nothing of it', async () => {
        const [event] = likes(1) as [MarqueeEvent];
        const tooMany = Array.from({ length: MAX_PUBLISH_BATCH + 1 }, () => event);
        await expect(bus.publish(tooMany)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field: 'events' });
        expect(await bus.lastSequence()).toBe(0);
      });

      it('refuses with OVERLOADED what does not fit in flight, and keeps what it admitted', async () => {
        const batches = Array.from({ length: 4 }, () => likes(MAX_IN_FLIGHT / 3));
        const results = await Promise.allSettled(batches.map((batch) => bus.publish(batch)));
        expect(results.map((result) => result.status)).toEqual([
          'fulfilled',
          'fulfilled',
          'fulfilled',
          'rejected',
        ]);
        expect((results[3] as PromiseRejectedResult).reason).toMatchObject({ code: 'OVERLOADED' });
        expect(await collect({ batchSize: 5_000 })).toHaveLength(MAX_IN_FLIGHT);
        // The refusal leaves nothing behind: the same batch is welcome once there is room.
        expect((await bus.publish(batches[3]!)).every((ack) => !ack.duplicate)).toBe(true);
      });

      it('answers DEPENDENCY_UNAVAILABLE when it is not running', async () => {
        await bus.stop();
        await expect(bus.publish(likes(1))).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
        expect(bus.readiness().ready).toBe(false);
      });
    });

    describe('consuming', () => {
      it('delivers everything in order, what was there before and what comes after', async () => {
        const before = likes(25);
        await bus.publish(before);
        const { subscription, handled } = recorder({ batchSize: 10 });
        await subscription.start();
        const after = likes(25);
        const acks = await bus.publish(after);
        expect(await subscription.settled(acks.at(-1)!, DEADLINE_MS)).toBe(true);
        expect(idsOf(handled)).toEqual([...before, ...after].map((event) => event.eventId));
        // Partitions for which nothing came follow a little later.
        await waitUntil(() => subscription.position === acks.at(-1)!.sequence);
      });

      it('never hands over more than the batch size', async () => {
        const sizes: number[] = [];
        const acks = await bus.publish(likes(95));
        const { subscription } = recorder({
          batchSize: 10,
          refuse: (batch) => {
            sizes.push(batch.length);
          },
        });
        await subscription.start();
        await subscription.settled(acks.at(-1)!, DEADLINE_MS);
        expect(Math.max(...sizes)).toBe(10);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(95);
      });

      it('goes on after the last acknowledged event when it is opened again', async () => {
        const first = await bus.publish(likes(5));
        const one = recorder();
        await one.subscription.start();
        await one.subscription.settled(first.at(-1)!, DEADLINE_MS);
        await one.subscription.stop();
        await reopen();
        const later = likes(5);
        const acks = await bus.publish(later);
        const two = recorder();
        await two.subscription.start();
        await two.subscription.settled(acks.at(-1)!, DEADLINE_MS);
        expect(idsOf(two.handled)).toEqual(later.map((event) => event.eventId));
      });

      it('starts after the given sequence instead, also behind what was acknowledged', async () => {
        const events = likes(10);
        const acks = await bus.publish(events);
        const one = recorder();
        await one.subscription.start();
        await one.subscription.settled(acks.at(-1)!, DEADLINE_MS);
        await one.subscription.stop();
        const two = recorder({ startAfter: acks[3]!.sequence });
        await two.subscription.start();
        await two.subscription.settled(acks.at(-1)!, DEADLINE_MS);
        expect(idsOf(two.handled)).toEqual(events.slice(4).map((event) => event.eventId));
      });

      it('refuses to start after an event that the log does not have', async () => {
        const { subscription } = recorder({ startAfter: 1_000 });
        await expect(subscription.start()).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
      });

      it('delivers only the types that were asked for, and settles past the others', async () => {
        const like = eventOf('REACTION_SET', { titleId: 'title-1', reaction: 'LIKE' });
        const hide = eventOf('TITLE_HIDDEN', { titleId: 'title-2' });
        const { subscription, handled } = recorder({ types: ['REACTION_SET'] });
        await subscription.start();
        const acks = await bus.publish([hide, like, { ...hide, eventId: `${hide.eventId}-again` }]);
        expect(await subscription.settled(acks.at(-1)!, DEADLINE_MS)).toBe(true);
        expect(idsOf(handled)).toEqual([like.eventId]);
      });

      it('gives every name its own copy, and shares the work of one name', async () => {
        const one = recorder({ name: 'shared', batchSize: 5 });
        const two = recorder({ name: 'shared', batchSize: 5 });
        const other = recorder({ name: 'other' });
        await Promise.all([one, two, other].map(({ subscription }) => subscription.start()));
        const events = likes(100);
        const acks = await bus.publish(events);
        const last = acks.at(-1)!;
        for (const { subscription } of [one, two, other]) {
          expect(await subscription.settled(last, DEADLINE_MS)).toBe(true);
        }
        const expected = events.map((event) => event.eventId);
        expect(idsOf(other.handled)).toEqual(expected);
        const shared = [...one.handled, ...two.handled].sort((a, b) => a.sequence - b.sequence);
        expect(idsOf(shared)).toEqual(expected);
        expect(one.handled.length).toBeGreaterThan(0);
        expect(two.handled.length).toBeGreaterThan(0);
      });

      it('leaves the work to the others when one subscription of a name stops', async () => {
        const one = recorder({ name: 'shared' });
        const two = recorder({ name: 'shared' });
        await one.subscription.start();
        await two.subscription.start();
        await one.subscription.stop();
        const acks = await bus.publish(likes(10));
        expect(await two.subscription.settled(acks.at(-1)!, DEADLINE_MS)).toBe(true);
        expect(one.handled).toEqual([]);
        expect(two.handled).toHaveLength(10);
      });

      it('waits for the batch in flight when it stops, and hands over nothing afterwards', async () => {
        let release = () => {};
        const gate = new Promise<void>((resolve) => {
          release = resolve;
        });
        let finished = false;
        let calls = 0;
        const subscription = bus.subscribe({
          name: 'slow',
          batchSize: 1,
          handle: async () => {
            calls++;
            await gate;
            finished = true;
          },
        });
        await subscription.start();
        await bus.publish(likes(5));
        await waitUntil(() => calls === 1);
        const stopped = subscription.stop();
        release();
        await stopped;
        expect(finished).toBe(true);
        expect(calls).toBe(1);
      });

      it('gives a subscription with a start of its own everything, whoever else uses the name', async () => {
        const before = await bus.publish(likes(5));
        const one = recorder({ name: 'mine', startAfter: 0 });
        const two = recorder({ name: 'mine', startAfter: before[1]!.sequence });
        await Promise.all([one, two].map(({ subscription }) => subscription.start()));
        const acks = [...before, ...(await bus.publish(likes(5)))];
        for (const { subscription } of [one, two]) {
          expect(await subscription.settled(acks.at(-1)!, DEADLINE_MS)).toBe(true);
        }
        expect(idsOf(one.handled)).toEqual(acks.map((ack) => ack.eventId));
        expect(idsOf(two.handled)).toEqual(acks.slice(2).map((ack) => ack.eventId));
      });

      it('puts all events of a profile into its partition, and delivers the partitions asked for', async () => {
        expect(bus.partitions).toBeGreaterThanOrEqual(1);
        const profiles = Array.from({ length: 40 }, (_, i) => `profile-${i}`);
        const events = profiles.flatMap((profileId) => likes(2, { profileId }));
        const acks = await bus.publish(events);
        for (const [i, ack] of acks.entries()) {
          expect(ack.partition).toBe(partitionOf(events[i]!.profileId, bus.partitions));
        }
        const wanted = Array.from({ length: Math.ceil(bus.partitions / 2) }, (_, i) => i);
        const { subscription, handled } = recorder({ startAfter: 0, partitions: wanted });
        await subscription.start();
        for (const partition of wanted) {
          expect(
            await subscription.settled({ sequence: acks.at(-1)!.sequence, partition }, DEADLINE_MS),
          ).toBe(true);
        }
        const expected = events.filter((event) =>
          wanted.includes(partitionOf(event.profileId, bus.partitions)),
        );
        expect(idsOf(handled).sort()).toEqual(expected.map((event) => event.eventId).sort());
        for (const profileId of profiles) {
          const own = handled
            .filter(({ event }) => event.profileId === profileId)
            .map(({ sequence }) => sequence);
          expect(own).toEqual([...own].sort((a, b) => a - b));
        }
      });

      it('tells from outside how far a consumer has come, before it runs and while it does', async () => {
        const progress = bus.progressOf('watched');
        await progress.start();
        const acks = await bus.publish(likes(3));
        expect(await progress.settled(acks.at(-1)!, 1)).toBe(false);
        const { partition, sequence } = acks.at(-1)!;
        expect(progress.reached(partition)).toBeLessThan(sequence);
        const waiting = progress.settled(acks.at(-1)!, DEADLINE_MS);
        const { subscription } = recorder({ name: 'watched', startAfter: 0 });
        await subscription.start();
        expect(await waiting).toBe(true);
        expect(progress.reached(partition)).toBeGreaterThanOrEqual(sequence);
        const later = await bus.publish(likes(3));
        expect(await progress.settled(later.at(-1)!, DEADLINE_MS)).toBe(true);
        await progress.stop();
      });

      it('tells who begins to listen later how far a consumer had come', async () => {
        const acks = await bus.publish(likes(3));
        const { subscription } = recorder({ name: 'quiet' });
        await subscription.start();
        expect(await subscription.settled(acks.at(-1)!, DEADLINE_MS)).toBe(true);
        const progress = bus.progressOf('quiet');
        await progress.start();
        expect(await progress.settled(acks.at(-1)!, DEADLINE_MS)).toBe(true);
        await progress.stop();
      });

      it('lets everybody wait for a consumer that is slow but moves, also after somebody has waited in vain', async () => {
        const progress = bus.progressOf('slow');
        await progress.start();
        const freshness = createFreshness([progress]);
        const handled: string[] = [];
        const { subscription } = recorder({
          name: 'slow',
          batchSize: 1,
          handle: async ([one]) => {
            await new Promise((resolve) => setTimeout(resolve, 400));
            handled.push(one!.event.eventId);
          },
        });
        const acks = await bus.publish(likes(5));
        await subscription.start();
        const hasty = await freshness.waitFor(acks, 900);
        expect(hasty).toBe(false);
        expect(await freshness.waitFor(acks, DEADLINE_MS)).toBe(true);
        expect(handled).toHaveLength(5);
        await progress.stop();
      });

      it('reports lag and settles only when it has really come so far', async () => {
        const { subscription } = recorder();
        const acks = await bus.publish(likes(7));
        expect(await subscription.lag()).toBe(7);
        expect(await subscription.settled(acks.at(-1)!, 1)).toBe(false);
        await subscription.start();
        expect(await subscription.settled(acks.at(-1)!, DEADLINE_MS)).toBe(true);
        await waitUntil(async () => (await subscription.lag()) === 0, { deadlineMs: DEADLINE_MS });
      });
    });

    describe('failing handlers', () => {
      it('delivers again what a handler failed on, in order', async () => {
        let failures = 3;
        const { subscription, handled } = recorder({
          refuse: () => {
            if (failures-- > 0) throw new Error('not now');
          },
        });
        await subscription.start();
        const events = likes(20);
        const acks = await bus.publish(events);
        expect(await subscription.settled(acks.at(-1)!, DEADLINE_MS)).toBe(true);
        expect(idsOf(handled)).toEqual(events.map((event) => event.eventId));
        expect(await bus.deadLetters({ limit: 10 })).toEqual([]);
      });

      it('puts poison into the dead letters with its reason, and the rest goes on in order', async () => {
        const events = likes(100);
        const poison = new Set([events[17]!.eventId, events[60]!.eventId]);
        const { subscription, handled, deliveries } = recorder({
          refuse: (batch) => {
            const bad = batch.find(({ event }) => poison.has(event.eventId));
            if (bad !== undefined) throw new Error(`cannot digest ${bad.event.eventId}`);
          },
        });
        const acks = await bus.publish(events);
        await subscription.start();
        expect(await subscription.settled(acks.at(-1)!, DEADLINE_MS)).toBe(true);
        const good = events.filter((event) => !poison.has(event.eventId));
        expect(idsOf(handled)).toEqual(good.map((event) => event.eventId));
        await waitUntil(async () => (await subscription.lag()) === 0, { deadlineMs: DEADLINE_MS });
        expect([...poison].map((id) => deliveries.get(id))).toEqual([5, 5]);

        await reopen();
        const letters = await bus.deadLetters({ limit: 10 });
        const expected = [17, 60].map((index) => ({
          consumer: 'recorder',
          sequence: acks[index]!.sequence,
          event: events[index]!,
          reason: `cannot digest ${events[index]!.eventId}`,
          at: SAMPLE_INSTANT,
        }));
        expect([...letters].sort((a, b) => a.sequence - b.sequence)).toEqual(expected);
        expect(await bus.deadLetters({ limit: 1 })).toHaveLength(1);
      });

      it('buries nothing while something the handler needs is away', async () => {
        let away = true;
        let attempts = 0;
        const { subscription, handled } = recorder({
          maxDeliveries: 2,
          refuse: () => {
            attempts++;
            if (away) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the store is away');
          },
        });
        await subscription.start();
        const acks = await bus.publish(likes(3));
        await waitUntil(() => attempts > 6);
        expect(subscription.readiness().detail).toContain('the store is away');
        away = false;
        expect(await subscription.settled(acks.at(-1)!, DEADLINE_MS)).toBe(true);
        expect(handled).toHaveLength(3);
        expect(await bus.deadLetters({ limit: 10 })).toEqual([]);
      });

      it('can be stopped while it waits for another attempt, and delivers again afterwards', async () => {
        let attempts = 0;
        const failing = recorder({
          refuse: () => {
            attempts++;
            throw new MarqueeError('OVERLOADED', 'busy');
          },
        });
        await failing.subscription.start();
        const acks = await bus.publish(likes(3));
        await waitUntil(() => attempts > 0);
        await failing.subscription.stop();
        const { subscription, handled } = recorder();
        await subscription.start();
        expect(await subscription.settled(acks.at(-1)!, DEADLINE_MS)).toBe(true);
        expect(handled).toHaveLength(3);
      });
    });

    describe('replaying and purging', () => {
      it('replays in order, in batches, from a sequence and by type, up to the time of the call', async () => {
        const events: MarqueeEvent[] = Array.from({ length: 30 }, (_, index) =>
          index % 3 === 0
            ? eventOf('TITLE_HIDDEN', { titleId: `title-${index}` })
            : eventOf('LIST_SAVED', { titleId: `title-${index}` }),
        );
        const acks = await bus.publish(events);
        const replay = bus.replay({ batchSize: 4 });
        await bus.publish(likes(5));
        const batches: (readonly DeliveredEvent[])[] = [];
        for await (const batch of replay) batches.push(batch);
        expect(batches.flat().map(({ event }) => event)).toEqual(events);
        expect(Math.max(...batches.map((batch) => batch.length))).toBe(4);

        const types: EventType[] = ['TITLE_HIDDEN'];
        const hidden = await collect({ afterSequence: acks[2]!.sequence, types, batchSize: 2 });
        expect(idsOf(hidden)).toEqual(
          events.filter((event, index) => index > 2 && event.type === 'TITLE_HIDDEN').map((e) => e.eventId),
        );
      });

      it('removes a profile with its dead letters and leaves the others and their sequences alone', async () => {
        const mine = likes(5, { profileId: 'ada' });
        const theirs = likes(5, { profileId: 'ben' });
        const poisonous = recorder({
          maxDeliveries: 1,
          refuse: () => {
            throw new Error('indigestible');
          },
        });
        const acks = await bus.publish(mine.flatMap((event, index) => [theirs[index]!, event]));
        await poisonous.subscription.start();
        await poisonous.subscription.settled(acks.at(-1)!, DEADLINE_MS);

        // Before a sequence first: what erasing a profile does, whose last word stays.
        expect(await bus.purgeProfile('ada', { beforeSequence: acks[3]!.sequence })).toBe(1);
        expect(await bus.purgeProfile('ada')).toBe(4);
        expect(await collect()).toEqual(
          theirs.map((event, index) => ({ sequence: acks[index * 2]!.sequence, event })),
        );
        expect((await bus.deadLetters({ limit: 100 })).every(({ event }) => event.profileId === 'ben')).toBe(
          true,
        );
        expect(await bus.purgeProfile('ada')).toBe(0);
        expect(await bus.purgeProfile('nobody')).toBe(0);

        // Sequences of purged events are not given again, also after a reopening.
        await reopen();
        const [next] = await bus.publish(likes(1));
        expect(next!.sequence).toBeGreaterThan(acks.at(-1)!.sequence);
      });
    });
  });
}

function likes(count: number, envelope: Partial<MarqueeEvent> = {}): MarqueeEvent[] {
  return Array.from({ length: count }, (_, index) =>
    eventOf(
      'REACTION_SET',
      { titleId: `title-${index}`, reaction: 'LIKE' },
      envelope as { profileId?: string },
    ),
  );
}
