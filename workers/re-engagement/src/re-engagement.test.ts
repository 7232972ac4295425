import { DAY_MS, HOUR_MS, type ManualClock, type MarqueeEvent, manualClock } from '@marquee/domain';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import type { KeyValueStore } from '@marquee/feature-store';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { createMaterialiser, createTitleTable } from '@marquee/features';
import { MarqueeError, silentLogger } from '@marquee/service-kit';
import { eventOf, sampleTitle, temporaryFolder } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { foldEngagement, NEW_PROFILE } from './engagement.ts';
import { createReEngagement, engagementView, type ReEngagement } from './index.ts';

const NOW = Date.UTC(2026, 2, 14, 12);
const titles = createTitleTable(
  Array.from({ length: 40 }, (_, i) =>
    sampleTitle({
      id: `t${i}`,
      name: `Title ${i}`,
      genreIds: [['drama', 'comedy', 'western', 'horror'][i % 4]!],
      addedAt: i < 30 ? NOW - 400 * DAY_MS : NOW - 5 * DAY_MS,
      maturityRating: 'PG',
      availability: [{ from: 0 }],
    }),
  ),
);

let folder: ReturnType<typeof temporaryFolder>;
let clock: ManualClock;
let store: KeyValueStore;
let bus: ReturnType<typeof createSqliteEventBus>;
let worker: ReEngagement;

beforeEach(async () => {
  folder = temporaryFolder();
  clock = manualClock(NOW - 100 * DAY_MS);
  store = createMemoryStore({ clock });
  bus = createSqliteEventBus({ file: folder.file('events.sqlite'), clock, logger: silentLogger });
  await store.start();
  await bus.start();
  await begin();
});
afterEach(async () => {
  await worker.stop();
  await bus.stop();
  await store.stop();
  await folder.remove();
});

async function begin(through: KeyValueStore = store): Promise<void> {
  worker = createReEngagement({ bus, store: through, titles, clock, logger: silentLogger });
  await worker.start();
}

/** The same store on a bad connection: the next writes with a checkpoint are done, and nobody hears of it. */
function unheard(writes: number): KeyValueStore {
  let left = writes;
  return new Proxy(store, {
    get(target, name) {
      const found = Reflect.get(target, name) as unknown;
      if (typeof found !== 'function') return found;
      if (name !== 'putMany') return found.bind(target);
      return async (...args: Parameters<KeyValueStore['putMany']>) => {
        await target.putMany(...args);
        if (args[1] !== undefined && left-- > 0)
          throw new MarqueeError('DEPENDENCY_UNAVAILABLE', 'the store did not answer in time');
      };
    },
  });
}

let count = 0;
function on<T extends MarqueeEvent['type']>(
  type: T,
  payload: unknown,
  daysAgo: number,
  profileId = 'ann',
): MarqueeEvent {
  const at = NOW - daysAgo * DAY_MS;
  return eventOf(type as 'PLAY_START', payload as never, {
    eventId: `e${++count}`,
    profileId,
    occurredAt: at,
    receivedAt: at,
  });
}

/** Into the log, and into what serving and the worker know of it. */
async function happen(...events: MarqueeEvent[]): Promise<void> {
  const acks = await bus.publish(events);
  const materialiser = createMaterialiser({ store, titles });
  await materialiser.apply(events.map((event, i) => ({ sequence: acks[i]!.sequence, event })));
  expect(await worker.settled(acks.at(-1)!, 5_000)).toBe(true);
}

const watched = (titleId: string, daysAgo: number, seconds: number, profileId?: string): MarqueeEvent[] => [
  on('PLAY_START', { titleId }, daysAgo, profileId),
  on('PLAY_STOP', { titleId, watchedSeconds: seconds, positionSeconds: seconds }, daysAgo - 0.01, profileId),
];
const habit = (profileId?: string): MarqueeEvent[] => [
  ...watched('t0', 50, 7_000, profileId),
  ...watched('t4', 48, 7_000, profileId),
  ...watched('t8', 46, 7_000, profileId),
  ...watched('t12', 40, 1_500, profileId),
];

async function requested(): Promise<MarqueeEvent[]> {
  const found: MarqueeEvent[] = [];
  for await (const batch of bus.replay({ types: ['NOTIFICATION_REQUESTED'] }))
    found.push(...batch.map(({ event }) => event));
  return found;
}

async function roundAt(daysAgo: number): Promise<number> {
  clock.set(NOW - daysAgo * DAY_MS);
  const asked = await worker.round();
  // What was asked for comes back through the log before the next round.
  expect(await worker.settled({ sequence: await bus.lastSequence(), partition: 0 }, 5_000)).toBe(true);
  return asked;
}

describe('re-engagement', () => {
  test('asks for a digest for somebody who has stopped coming: first what was begun, then what is new', async () => {
    await happen(...habit());
    expect(await roundAt(35)).toBe(0);
    expect(await roundAt(0)).toBe(1);
    const [event] = await requested();
    expect(event).toMatchObject({
      profileId: 'ann',
      schemaVersion: 1,
      payload: { kind: 'digest', lapsedDays: 40 },
    });
    const { items, expiresAt } = (event as Extract<MarqueeEvent, { type: 'NOTIFICATION_REQUESTED' }>).payload;
    expect(items[0]).toMatchObject({ titleId: 't12', why: 'unfinished' });
    expect(items.map(({ why }) => why)).toContain('new-for-you');
    expect(items.map(({ titleId }) => titleId)).not.toContain('t0');
    expect(items.length).toBeLessThanOrEqual(5);
    expect(expiresAt).toBe(NOW + 3 * DAY_MS);
  });

  test('no more often than the caps allow, and again only after they have come back and gone', async () => {
    await happen(...habit());
    expect(await roundAt(20)).toBe(1);
    expect(await roundAt(19)).toBe(0);
    expect(await roundAt(6)).toBe(1);
    expect(await roundAt(-8)).toBe(1);
    expect(await roundAt(-22)).toBe(0);
    await happen(...watched('t16', -23, 7_000));
    expect(await roundAt(-30)).toBe(0);
    expect(await roundAt(-40)).toBe(1);
  });

  test('a round that is repeated before the log has told of the first, or after a crash, asks for nothing twice', async () => {
    await happen(...habit(), ...habit('bob'));
    clock.set(NOW);
    expect(await worker.round()).toBe(2);
    expect(await worker.round()).toBe(0);
    // As after a crash between asking and knowing: the state of before.
    const key = engagementView.key('ann');
    const [blob] = await store.getMany([key]);
    await worker.settled({ sequence: await bus.lastSequence(), partition: 0 }, 5_000);
    const state = engagementView.decode((await store.getMany([key]))[0])!;
    await store.putMany([
      { key, value: engagementView.encode({ ...state, lastDigestAt: 0, digestsInLapse: 0 }) },
    ]);
    expect(blob).toBeDefined();
    clock.set(NOW + HOUR_MS);
    expect(await worker.round()).toBe(0);
    expect(await requested()).toHaveLength(2);
  });

  test('whoever has opted out gets nothing, until they opt in', async () => {
    await happen(...habit(), on('NOTIFICATION_SETTINGS_CHANGED', { digest: false }, 39));
    expect(await roundAt(0)).toBe(0);
    await happen(on('NOTIFICATION_SETTINGS_CHANGED', { digest: true }, -1));
    expect(await roundAt(-1)).toBe(1);
  });

  test('an opt-in that a process could not send until after the opt-out that followed it changes nothing', () => {
    const optOut = on('NOTIFICATION_SETTINGS_CHANGED', { digest: false }, 2);
    const before = on('NOTIFICATION_SETTINGS_CHANGED', { digest: true }, 3);
    const fold = (...events: MarqueeEvent[]) => events.reduce(foldEngagement, NEW_PROFILE).optedOut;
    expect(fold(optOut, before)).toBe(true);
    expect(fold(before, optOut)).toBe(true);
    expect(fold(optOut, on('NOTIFICATION_SETTINGS_CHANGED', { digest: true }, 2))).toBe(true);
    expect(fold(optOut, on('NOTIFICATION_SETTINGS_CHANGED', { digest: true }, 1))).toBe(false);
  });

  test('an erased profile is forgotten, also by what comes late, and the request for its digest goes with its events', async () => {
    await happen(...habit());
    expect(await roundAt(20)).toBe(1);
    const erased = on('PROFILE_ERASED', {}, 10);
    const [ack] = await bus.publish([erased]);
    expect(await worker.settled(ack!, 5_000)).toBe(true);
    await bus.purgeProfile('ann', { beforeSequence: ack!.sequence });
    expect(await requested()).toEqual([]);
    await happen(...watched('t20', 30, 7_000));
    const [blob] = await store.getMany([engagementView.key('ann')]);
    expect(engagementView.decode(blob)).toEqual({ ...NEW_PROFILE, erasedAt: erased.occurredAt });
    expect(await roundAt(0)).toBe(0);
  });

  test('what it knows survives the process, and nobody who hardly came or is long gone is bothered', async () => {
    await happen(...watched('t0', 40, 7_000, 'once'), ...habit());
    await worker.stop();
    await begin();
    expect(await roundAt(0)).toBe(1);
    expect((await requested()).map(({ profileId }) => profileId)).toEqual(['ann']);
    expect(await roundAt(-60)).toBe(0);
  });

  test('nobody is asked back by a worker that has not read yet that they have come', async () => {
    await happen(...habit());
    await worker.stop();
    await bus.publish(watched('t1', 0.5, 7_000));
    await begin();
    // Has begun, and has a batch before it that says otherwise.
    expect(await roundAt(0)).toBe(0);
    expect(await requested()).toEqual([]);
  });

  test('a write that was done and looked failed is neither repeated nor held against the events that follow', async () => {
    await worker.stop();
    await begin(unheard(2));
    await happen(...habit());
    await happen(...habit('bob'));
    expect(await bus.deadLetters({ limit: 10 })).toEqual([]);
    expect(await roundAt(0)).toBe(2);
  });

  test('a clock that runs ahead does not make somebody look present for ever', () => {
    const ahead = eventOf(
      'PLAY_START',
      { titleId: 't' },
      { occurredAt: NOW + 900 * DAY_MS, receivedAt: NOW },
    );
    expect(foldEngagement(NEW_PROFILE, ahead).lastActiveAt).toBe(NOW);
  });
});
