/** What the bus promises while servers and processes fail: real ones, killed and stopped. */
import type { MarqueeEvent } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { describeOnServer, eventOf, waitUntil } from '@marquee/testkit';
import { expect, it, onTestFinished } from 'vitest';
import type { EventBus } from '../index.ts';
import { createNatsEventBus } from './index.ts';
import { idsByProfile, localLog, PARTITIONS } from './test/local-log.ts';

const PROFILES = Array.from({ length: 12 }, (_, index) => `profile-${index}`);

const saved = (profileId: string, eventId: string): MarqueeEvent =>
  eventOf('LIST_SAVED', { titleId: 'title-1' }, { profileId, eventId });

/** Publishes one event per profile again and again until `stop`, and remembers what was acknowledged, in order. */
function publishing(bus: EventBus) {
  const acknowledged = new Map<string, string[]>(PROFILES.map((profileId) => [profileId, []]));
  let spooled = 0;
  let going = true;
  const done = (async () => {
    for (let round = 0; going; round += 2) {
      // The second is not waited for by the first: order must not depend on that.
      const both = await Promise.all(
        [round, round + 1].map((each) =>
          bus.publish(PROFILES.map((profileId) => saved(profileId, `${profileId}-${each}`))),
        ),
      );
      for (const ack of both.flat()) {
        if (ack.spooled) spooled++;
        acknowledged.get(ack.eventId.slice(0, ack.eventId.lastIndexOf('-')))!.push(ack.eventId);
      }
    }
  })();
  return {
    acknowledged,
    get count() {
      return [...acknowledged.values()].reduce((sum, ids) => sum + ids.length, 0);
    },
    get spooled() {
      return spooled;
    },
    async stop() {
      going = false;
      await done;
    },
  };
}

/** The straight way is open again. */
const recovered = (bus: EventBus) =>
  waitUntil(() => bus.readiness().detail === undefined, { deadlineMs: 20_000, what: 'recovery' });

describeOnServer('nats-server', 'the event bus under faults', () => {
  it('delivers every acknowledged event once and in order when the server is killed and comes back', async () => {
    const log = await localLog();
    const bus = await log.open('publisher');
    const consumer = await log.open('consumer');
    const handled = new Map<string, string[]>();
    const subscription = consumer.subscribe({
      name: 'counter',
      handle: async (batch) => {
        for (const { event } of batch) {
          const ids = handled.get(event.profileId) ?? [];
          if (!ids.includes(event.eventId)) handled.set(event.profileId, [...ids, event.eventId]);
        }
      },
    });
    await subscription.start();
    const publisher = publishing(bus);
    for (let round = 0; round < 2; round++) {
      const before = publisher.count;
      await waitUntil(() => publisher.count > before + 300, { deadlineMs: 15_000 });
      await log.server.kill();
      const spooled = publisher.spooled;
      await waitUntil(() => publisher.spooled > spooled + 100);
      expect(bus.readiness()).toMatchObject({ ready: true, detail: expect.stringContaining('spool') });
      await log.server.start();
    }
    await publisher.stop();
    await recovered(bus);
    const [last] = await bus.publish([saved('profile-0', 'the-end')]);
    expect(last!.spooled).toBeUndefined();
    publisher.acknowledged.get('profile-0')!.push('the-end');
    expect(await idsByProfile(bus)).toEqual(publisher.acknowledged);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      expect(await subscription.settled({ partition, sequence: last!.sequence }, 20_000)).toBe(true);
    }
    expect(handled).toEqual(publisher.acknowledged);
  }, 60_000);

  it('answers from the spool while the server does not move, and stores nothing twice when it goes on', async () => {
    const log = await localLog();
    const bus = await log.open('publisher', { publishTimeoutMs: 300, pingIntervalMs: 500 });
    await bus.publish([saved('ada', 'before')]);
    log.server.signal('SIGSTOP');
    // The last of these was sent, and perhaps stored later: nobody can tell.
    const sent = ['before'];
    await waitUntil(async () => {
      const began = performance.now();
      sent.push(`unclear-${sent.length}`);
      const [ack] = await bus.publish([saved('ada', sent.at(-1)!)]);
      expect(performance.now() - began).toBeLessThan(1_500);
      return ack!.spooled;
    });
    const [behind] = await bus.publish([saved('ada', 'behind')]);
    expect(behind).toMatchObject({ spooled: true });
    expect((await bus.publish([saved('ada', 'behind')]))[0]).toMatchObject({
      spooled: true,
      duplicate: true,
    });
    log.server.signal('SIGCONT');
    await recovered(bus);
    const [again] = await bus.publish([saved('ada', sent.at(-1)!)]);
    expect(again).toMatchObject({ duplicate: true });
    expect(await idsByProfile(bus)).toEqual(new Map([['ada', [...sent, 'behind']]]));
  }, 40_000);

  it('delivers what a killed process left in its spool at its next start, before anything newer', async () => {
    const log = await localLog();
    const options = log.options('publisher', { publishTimeoutMs: 300 });
    const child = log.spawn('publish', { ...options, idPrefix: 'first' });
    await waitUntil(() => child.lines.length > 20, { deadlineMs: 15_000 });
    await log.server.kill();
    await waitUntil(() => child.lines.filter((line) => line.endsWith(' 0')).length > 40, {
      deadlineMs: 15_000,
    });
    child.kill('SIGKILL');
    await child.exited;
    const acknowledged = child.lines.slice(1).map((line) => line.split(' ')[0]!);
    await log.server.start();
    const bus = createNatsEventBus(options);
    onTestFinished(() => bus.stop());
    await bus.start();
    await bus.publish([saved('profile-0', 'newer')]);
    await recovered(bus);
    const ids = await idsByProfile(bus);
    expect(ids.get('profile-0')!.at(-1)).toBe('newer');
    const stored = [...ids.values()].flat();
    expect(new Set(stored).size).toBe(stored.length);
    expect(acknowledged.filter((id) => !stored.includes(id))).toEqual([]);
    for (const own of ids.values()) {
      const rounds = own.filter((id) => id.startsWith('first')).map((id) => Number(id.split('-')[1]));
      expect(rounds).toEqual([...rounds].sort((a, b) => a - b));
    }
  }, 60_000);

  it('refuses what the spool cannot hold, and keeps what it took', async () => {
    const log = await localLog();
    const bus = await log.open('publisher', { publishTimeoutMs: 300, spoolMaxEvents: 10 });
    await log.server.kill();
    await waitUntil(() => bus.readiness().detail !== undefined);
    for (let i = 0; i < 10; i++) {
      expect((await bus.publish([saved('ada', `kept-${i}`)]))[0]).toMatchObject({ spooled: true });
    }
    await expect(bus.publish([saved('ada', 'refused')])).rejects.toMatchObject({
      code: 'DEPENDENCY_UNAVAILABLE',
      message: expect.stringContaining('spool has no room'),
    });
    expect(bus.readiness()).toMatchObject({ ready: false, detail: expect.stringContaining('full') });
    await log.server.start();
    await recovered(bus);
    expect((await idsByProfile(bus)).get('ada')).toEqual(Array.from({ length: 10 }, (_, i) => `kept-${i}`));
  }, 40_000);

  it('stops in time while the server is away, and delivers at the next start what waited', async () => {
    const log = await localLog();
    const bus = createNatsEventBus(log.options('publisher', { publishTimeoutMs: 300 }));
    await bus.start();
    const subscription = bus.subscribe({ name: 'any', handle: async () => undefined });
    await subscription.start();
    await log.server.kill();
    const publishes = Promise.all(
      PROFILES.map((profileId) => bus.publish([saved(profileId, `${profileId}-1`)])),
    );
    await waitUntil(() => bus.readiness().detail !== undefined);
    const stopping = performance.now();
    await bus.stop();
    expect(performance.now() - stopping).toBeLessThan(3_000);
    expect((await publishes).flat().every((ack) => ack.spooled)).toBe(true);
    await log.server.start();
    const next = await log.open('publisher');
    await recovered(next);
    expect([...(await idsByProfile(next)).values()].flat().sort()).toEqual(
      PROFILES.map((profileId) => `${profileId}-1`).sort(),
    );
  }, 40_000);

  it('divides the partitions of a name among processes, and hands over those of a killed one', async () => {
    const log = await localLog();
    const bus = await log.open('survivor');
    const child = log.spawn('consume', { ...log.options('victim'), consumer: 'shared' });
    await waitUntil(() => child.lines.includes('ready'), { deadlineMs: 15_000 });
    const handled: { partition: number; sequence: number; eventId: string }[] = [];
    const subscription = bus.subscribe({
      name: 'shared',
      batchSize: 5,
      handle: async (batch) => {
        for (const { sequence, event } of batch) {
          const partition = acks.get(event.eventId)?.partition ?? -1;
          handled.push({ partition, sequence, eventId: event.eventId });
        }
      },
    });
    await subscription.start();
    const acks = new Map<string, { partition: number; sequence: number }>();
    let round = 0;
    const publish = async () => {
      round++;
      const events = PROFILES.map((profileId) => saved(profileId, `${profileId}-${round}`));
      // Known before they can be handled.
      for (const ack of await bus.publish(events)) acks.set(ack.eventId, ack);
    };
    await waitUntil(
      async () => {
        await publish();
        return child.lines.length > 10 && handled.length > 10;
      },
      { deadlineMs: 20_000, what: 'both at work' },
    );
    const partitionsOf = (lines: readonly string[]) =>
      new Set(lines.filter((line) => /^\d/.test(line)).map((line) => line.split(' ')[0]!));
    child.kill('SIGKILL');
    await child.exited;
    const killedAt = performance.now();
    await publish();
    const last = [...acks.values()].reduce((max, { sequence }) => Math.max(max, sequence), 0);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      expect(await subscription.settled({ partition, sequence: last }, 15_000)).toBe(true);
    }
    expect(performance.now() - killedAt).toBeLessThan(8_000);
    expect(partitionsOf(child.lines).size).toBeGreaterThan(0);
    const seen = new Set([
      ...handled.map(({ eventId }) => eventId),
      ...child.lines.map((line) => line.split(' ')[2] ?? ''),
    ]);
    expect([...acks.keys()].filter((id) => !seen.has(id))).toEqual([]);
    for (const profileId of PROFILES) {
      const own = handled
        .filter(({ eventId }) => eventId.startsWith(`${profileId}-`))
        .map((one) => one.sequence);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
  }, 60_000);

  it('lets a subscription of its own go on where it was when the server was away', async () => {
    const log = await localLog();
    const bus = await log.open('one');
    const sequences: number[] = [];
    const subscription = bus.subscribe({
      name: 'own',
      startAfter: 0,
      handle: async (batch) => void sequences.push(...batch.map(({ sequence }) => sequence)),
    });
    await subscription.start();
    const first = await bus.publish(PROFILES.map((profileId) => saved(profileId, `${profileId}-1`)));
    expect(await subscription.settled(first.at(-1)!, 5_000)).toBe(true);
    await log.server.kill();
    await waitUntil(() => bus.readiness().detail !== undefined);
    await log.server.start();
    await waitUntil(() => bus.readiness().detail === undefined, { deadlineMs: 10_000 });
    const later = await bus.publish(PROFILES.map((profileId) => saved(profileId, `${profileId}-2`)));
    expect(await subscription.settled(later.at(-1)!, 10_000)).toBe(true);
    expect(sequences).toEqual([...first, ...later].map(({ sequence }) => sequence));
  }, 40_000);

  it('tells every process which partitions cannot go on while what their handler needs is away, and when they can', async () => {
    const log = await localLog();
    const bus = await log.open('publisher');
    const worker = await log.open('worker');
    let away = true;
    const subscription = worker.subscribe({
      name: 'projection',
      async handle() {
        if (away) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the store is away');
      },
    });
    const progress = bus.progressOf('projection');
    await progress.start();
    await subscription.start();
    const [ack] = await bus.publish([saved('profile-1', 'e1')]);
    const { partition } = ack!;
    const others = Array.from({ length: PARTITIONS }, (_, each) => each).filter((each) => each !== partition);
    expect(progress.stuck?.(partition)).toBe(false);
    await waitUntil(() => progress.stuck?.(partition) === true, { deadlineMs: 10_000, what: 'being stuck' });
    expect(others.map((each) => progress.stuck?.(each))).toEqual(others.map(() => false));

    away = false;
    expect(await progress.settled(ack!, 10_000)).toBe(true);
    await waitUntil(() => progress.stuck?.(partition) === false, { deadlineMs: 5_000, what: 'going on' });
  });
});
