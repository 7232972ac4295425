/** What happens on the platform ends what is kept: over a real log, and projections that lag behind it. */
import { CATALOGUE_PARTITION, type MarqueeEvent, systemClock } from '@marquee/domain';
import type { ConsumerProgress, EventBus } from '@marquee/event-bus';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { type Component, READY, silentLogger } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { MemoryResponseStore } from './memory/memory-response-store.ts';
import { platformChanges } from './platform-changes.ts';
import type { Slot } from './response-store.ts';

const folder = temporaryFolder();
const bus: EventBus = createSqliteEventBus({
  file: `${folder.path}/events.sqlite`,
  clock: systemClock,
  logger: silentLogger,
});
beforeAll(() => bus.start());
afterAll(async () => {
  await bus.stop();
  folder.remove();
});

const home: Slot = { key: 'home', owner: 'viewer:p1', subjects: ['removals of Title'] };
const others: Slot = { key: 'home', owner: 'viewer:p2', subjects: ['removals of Title'] };
const title: Slot = { key: 't1', subjects: ['Title:t1'] };
const list: Slot = { key: 'list', subjects: ['changes of Title'] };
const all = [home, others, title, list];

let store: MemoryResponseStore;
let changes: Component;
/** What the process and its store were told, in order. */
let told: ('forget' | 'advance')[];
/** Resolves what waits for the projection. */
let project: () => void;
let isProjected: Promise<void>;
beforeEach(async () => {
  store = new MemoryResponseStore({ maxBytes: 1_000_000 });
  const { advance } = store;
  told = [];
  store.advance = async (subjects) => {
    await advance.call(store, subjects);
    told.push('advance');
  };
  ({ resolve: project, promise: isProjected } = Promise.withResolvers<void>());
  project();
  const projection: ConsumerProgress = {
    name: 'projection',
    start: async () => undefined,
    stop: async () => undefined,
    readiness: () => READY,
    reached: () => 0,
    settled: (_, timeoutMs) =>
      Promise.race([
        isProjected.then(() => true),
        new Promise<boolean>((resolve) => setTimeout(resolve, timeoutMs, false).unref()),
      ]),
  };
  changes = platformChanges({
    bus,
    projections: [projection],
    maxAgeMs: 60_000,
    removedMs: [1_000],
    logger: silentLogger,
  })({
    store,
    forgetLocal: () => {
      told.push('forget');
    },
  });
  await changes.start();
  for (const slot of all) await keep(slot);
});
afterEach(() => changes.stop());

async function keep(slot: Slot): Promise<void> {
  const [found] = await store.read([slot]);
  await store.write([{ slot, versions: found!.versions, text: slot.key, ttlMs: 60_000 }]);
}

async function kept(): Promise<boolean[]> {
  return (await store.read(all)).map(({ text }) => text !== undefined);
}

let count = 0;
async function happens(
  event: Pick<MarqueeEvent, 'type' | 'payload'> & { profileId?: string },
): Promise<void> {
  const now = Date.now();
  const envelope = { eventId: `e${++count}`, schemaVersion: 1, occurredAt: now, receivedAt: now };
  await bus.publish([{ profileId: 'p1', ...envelope, ...event } as MarqueeEvent]);
}

it('what a viewer does ends what is kept for that viewer', async () => {
  await happens({ type: 'TITLE_HIDDEN', payload: { titleId: 't1' } });
  await expect.poll(kept).toEqual([false, true, true, true]);
});

it('what was merely seen or served ends nothing', async () => {
  await happens({ type: 'IMPRESSION', payload: { titleId: 't1' } });
  await happens({ type: 'TITLE_HIDDEN', payload: { titleId: 't1' }, profileId: 'p2' });
  await expect.poll(kept).toEqual([true, false, true, true]);
});

it('a changed title ends what is kept of it and lists that say what titles are like, not pages', async () => {
  await happens({ type: 'TITLE_CHANGED', payload: { titleId: 't1' }, profileId: CATALOGUE_PARTITION });
  await expect.poll(kept).toEqual([true, true, false, false]);
  // Also what was read from the store before that was told.
  await expect.poll(() => told.slice(-2)).toEqual(['advance', 'forget']);
});

it('a removed title ends pages too: what is not there any more must not be on them', async () => {
  await happens({ type: 'TITLE_REMOVED', payload: { titleId: 't1' }, profileId: CATALOGUE_PARTITION });
  await expect.poll(kept).toEqual([false, false, false, false]);
});

it('what a subgraph still told of a removed title, and was kept again, ends once it tells it no more', async () => {
  await happens({ type: 'TITLE_REMOVED', payload: { titleId: 't1' }, profileId: CATALOGUE_PARTITION });
  await expect.poll(kept).toEqual([false, false, false, false]);
  await keep(title);
  expect((await kept())[2]).toBe(true);
  told.length = 0;
  await expect.poll(async () => (await kept())[2], { timeout: 5_000 }).toBe(false);
  await expect.poll(() => told.slice(-2)).toEqual(['advance', 'forget']);
});

it('an erased profile leaves nothing behind', async () => {
  await happens({ type: 'PROFILE_ERASED', payload: {} });
  await expect.poll(kept).toEqual([false, true, true, true]);
  expect(await store.remove('viewer:p1')).toBe(0);
});

it('what is computed before the projection has handled the event ends when it has', async () => {
  ({ resolve: project, promise: isProjected } = Promise.withResolvers<void>());
  await happens({ type: 'REACTION_SET', payload: { titleId: 't1', reaction: 'LIKE' } });
  await expect.poll(async () => (await kept())[0]).toBe(false);
  await keep(home);
  expect((await kept())[0]).toBe(true);
  project();
  await expect.poll(async () => (await kept())[0]).toBe(false);
});
