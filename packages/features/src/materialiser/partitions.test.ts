import { type DeliveredEvent, HOUR_MS, partitionOf } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { createRedisStore } from '@marquee/feature-store/redis';
import { startLocalRedis } from '@marquee/local-servers';
import { silentLogger } from '@marquee/service-kit';
import { describeOnServer, eventOf, SAMPLE_INSTANT, temporaryFolder } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readPopularity } from '../ranking/popularity-now.ts';
import { arbitraryLog, PROFILES, split, titleTable } from '../test/arbitrary-log.ts';
import {
  artworkInSegmentView,
  artworkView,
  emptyProfileState,
  listIds,
  pageRowInSegmentView,
  pageRowView,
  profileStateView,
  storeSlotGroupOf,
  titleInSegmentView,
  titleListView,
  titlePopularityView,
} from '../views/index.ts';
import {
  createMaterialiser,
  MATERIALISER_CONSUMER,
  type Materialiser,
  StoreWentBack,
} from './materialiser.ts';

const SERVED = [
  titlePopularityView,
  titleInSegmentView,
  pageRowView,
  pageRowInSegmentView,
  artworkView,
  artworkInSegmentView,
];
const NOW = SAMPLE_INSTANT + 400 * 24 * HOUR_MS;
const titles = titleTable();

async function memoryStore(): Promise<KeyValueStore> {
  const store = createMemoryStore();
  await store.start();
  return store;
}

/** What requests read: the counts as they are now, profile states and the ranked lists. */
async function served(store: KeyValueStore) {
  const counts: Record<string, number[]> = {};
  for (const view of SERVED) {
    for await (const keys of store.scan(view.key(''))) {
      const blobs = await store.getMany(keys);
      for (const [i, key] of keys.entries()) {
        const row = new Float32Array(view.fields.length);
        view.decodeInto(blobs[i], row, 0);
        counts[key] = Object.values(readPopularity(row, 0, SAMPLE_INSTANT));
      }
    }
  }
  const states = (await store.getMany(PROFILES.map((id) => profileStateView.key(id)))).map(
    (blob) => profileStateView.decode(blob) ?? emptyProfileState(),
  );
  return { counts, states };
}

function expectClose(actual: Record<string, number[]>, expected: Record<string, number[]>): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [key, values] of Object.entries(expected)) {
    for (const [i, value] of values.entries()) {
      expect(Math.abs(actual[key]![i]! - value), `${key}[${i}]`).toBeLessThan(1e-3 + 1e-4 * value);
    }
  }
}

async function foldedAtOnce(events: readonly DeliveredEvent[]) {
  const store = await memoryStore();
  await createMaterialiser({ store, titles }).apply(events);
  const values = await served(store);
  await store.stop();
  return values;
}

const partOf = (events: readonly DeliveredEvent[], partition: number, partitions: number) =>
  events.filter(({ event }) => partitionOf(event.profileId, partitions) === partition);

/** The store with every call put off until the scheduler picks it: all interleavings of several owners. */
function interleaved(store: KeyValueStore, scheduler: fc.Scheduler): KeyValueStore {
  const late =
    <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      await scheduler.schedule(Promise.resolve());
      return call(...args);
    };
  return {
    name: store.name,
    preferredEntries: 4,
    start: () => store.start(),
    stop: () => store.stop(),
    readiness: () => store.readiness(),
    getMany: late((keys) => store.getMany(keys)),
    putMany: late((entries, checkpoint) => store.putMany(entries, checkpoint)),
    deleteMany: late((keys) => store.deleteMany(keys)),
    scan: (prefix) => store.scan(prefix),
    checkpoint: late((consumer, partition) => store.checkpoint(consumer, partition)),
    flush: () => store.flush(),
  };
}

describe('several materialisers, each with its partition', () => {
  it('serve what one would, for any number of partitions and any order, restarts and redeliveries', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryLog(),
        fc.constantFrom(1, 2, 4, 8),
        fc.array(fc.nat(200), { maxLength: 5 }),
        fc.infiniteStream(fc.nat()),
        fc.boolean(),
        async (events, partitions, cuts, choices, restart) => {
          const store = await memoryStore();
          const make = (partition: number) => createMaterialiser({ store, titles, partition, partitions });
          const owners = Array.from({ length: partitions }, (_, p) => make(p));
          const waiting = owners.map((_, p) => [...split(partOf(events, p, partitions), cuts)]);
          for (;;) {
            const busy = waiting.flatMap((batches, p) => (batches.length > 0 ? [p] : []));
            if (busy.length === 0) break;
            const p = busy[choices.next().value! % busy.length]!;
            const batch = waiting[p]!.shift()!;
            await owners[p]!.apply(batch);
            if (restart) owners[p] = make(p);
            await owners[p]!.apply(batch);
          }
          const expected = await foldedAtOnce(events);
          const actual = await served(store);
          expect(actual.states).toEqual(expected.states);
          expectClose(actual.counts, expected.counts);
          await store.stop();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('agree after the next refresh, whatever raced, with two owners for one partition', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryLog(30),
        fc.scheduler(),
        fc.constantFrom(2, 4),
        async (events, scheduler, n) => {
          const store = await memoryStore();
          const slow = interleaved(store, scheduler);
          const work = Array.from({ length: n + 1 }, async (_, i) => {
            const partition = i % n;
            const owner = createMaterialiser({ store: slow, titles, partition, partitions: n });
            for (const batch of split(partOf(events, partition, n), [3, 9]))
              await applyUntilDone(owner, batch);
          });
          await scheduler.waitFor(Promise.all(work));
          const leader = createMaterialiser({ store, titles, partitions: n });
          await leader.refreshLists(NOW);
          const expected = await foldedAtOnce(events);
          const actual = await served(store);
          expect(actual.states).toEqual(expected.states);
          expectClose(actual.counts, expected.counts);
          await store.stop();
        },
      ),
      { numRuns: 40 },
    );
  });

  async function applyUntilDone(owner: Materialiser, batch: readonly DeliveredEvent[]): Promise<void> {
    for (;;) {
      const error = await owner.apply(batch).then(
        () => undefined,
        (reason: { code?: string }) => reason,
      );
      if (error === undefined) return;
      if (error.code !== 'CONFLICT') throw error;
    }
  }

  it('rank the lists from the sums', async () => {
    const store = await memoryStore();
    const watch = (titleId: string, profileId: string, sequence: number): DeliveredEvent => ({
      sequence,
      event: eventOf('PLAY_STOP', { titleId, watchedSeconds: 900 }, { profileId }) as DeliveredEvent['event'],
    });
    // title-1 has most watches of all, and in no partition most of its own.
    const viewers = Array.from({ length: 200 }, (_, i) => `viewer-${i}`);
    const per = [0, 1, 2].map((p) => viewers.filter((id) => partitionOf(id, 3) === p));
    const events = per.flatMap((ids, p) => [
      ...ids.slice(0, 5).map((id, i) => watch('title-1', id, 1 + i)),
      ...ids.slice(0, 6).map((id, i) => watch(`title-${p + 2}`, id, 11 + i)),
    ]);
    for (const p of [0, 1, 2]) {
      const owner = createMaterialiser({ store, titles, partition: p, partitions: 3 });
      await owner.apply(partOf(events, p, 3));
    }
    await createMaterialiser({ store, titles, partitions: 3 }).refreshLists(SAMPLE_INSTANT);
    const [blob] = await store.getMany([titleListView.key(listIds.popular('all'))]);
    expect(titleListView.decode(blob)?.entries[0]).toMatchObject({
      titleId: 'title-1',
      score: expect.closeTo(15.28, 1),
    });
    await store.stop();
  });

  it('tell when the store has lost what they had written, until they are told to resume', async () => {
    const store = await memoryStore();
    const materialiser = createMaterialiser({ store, titles });
    expect(await materialiser.resume()).toBe(0);
    const event = (sequence: number): DeliveredEvent => ({
      sequence,
      event: eventOf('IMPRESSION', { titleId: 'title-1' }) as DeliveredEvent['event'],
    });
    await materialiser.apply([event(1), event(2)]);
    await store.stop();
    await store.start();
    await expect(materialiser.apply([event(3)])).rejects.toThrow(StoreWentBack);
    expect(await store.checkpoint(MATERIALISER_CONSUMER)).toBe(0);
    expect(await materialiser.resume()).toBe(0);
    await materialiser.apply([event(1), event(2), event(3)]);
    expect(await store.checkpoint(MATERIALISER_CONSUMER)).toBe(3);
    await store.stop();
  });
});

describe('storeSlotGroupOf', () => {
  const groupOf = storeSlotGroupOf(8);

  it('keeps what a partition’s owner writes at once together, and what is read with a profile’s state', () => {
    const partition = partitionOf('ada', 8);
    for (const key of [
      profileStateView.key('ada'),
      'profile_erasure:ada',
      `title_popularity_shard:${partition}|title-1`,
      `title_in_segment_shard:${partition}|title-1|family`,
      `page_row_shard:${partition}|TRENDING@3`,
      `artwork_shard:${partition}|title-1~1`,
      `artwork_in_segment_shard:${partition}|title-1~1|family`,
      `page_row_in_segment_shard:${partition}|TRENDING@3|family`,
      `checkpoint:${MATERIALISER_CONSUMER}@${partition}`,
    ]) {
      expect(groupOf(key), key).toBe(`p${partition}`);
    }
  });

  it('spreads titles over four groups at most, and puts all about a title into one', () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => `title-${i}`);
    expect(new Set(ids.map((id) => groupOf(titlePopularityView.key(id)))).size).toBe(4);
    for (const id of ids.slice(0, 20)) {
      expect(groupOf(titleInSegmentView.key(`${id}|family`))).toBe(groupOf(titlePopularityView.key(id)));
    }
  });

  it('is another layout for another number of partitions', () => {
    expect(storeSlotGroupOf(4).layout).not.toBe(groupOf.layout);
  });
});

describeOnServer('redis-server', 'materialisers on Redis', () => {
  it('serve what one in memory would, with every atomic write inside one slot group', async () => {
    const folder = temporaryFolder();
    const server = await startLocalRedis({ folder: folder.path, durable: false });
    onTestFinished(async () => {
      await server.stop();
      folder.remove();
    });
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryLog(), fc.constantFrom(1, 4), async (events, partitions) => {
        const store = createRedisStore({
          url: server.url,
          keyPrefix: `run-${++runs}:`,
          slotGroupOf: storeSlotGroupOf(partitions),
          commandTimeoutMs: 2_000,
          logger: silentLogger,
        });
        await store.start();
        for (let p = 0; p < partitions; p++) {
          const owner = createMaterialiser({ store, titles, partition: p, partitions });
          await owner.apply(partOf(events, p, partitions));
        }
        const expected = await foldedAtOnce(events);
        const actual = await served(store);
        expect(actual.states).toEqual(expected.states);
        expectClose(actual.counts, expected.counts);
        await store.stop();
      }),
      { numRuns: 20 },
    );
  });
});
