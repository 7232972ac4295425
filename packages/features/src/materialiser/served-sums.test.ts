import { type DeliveredEvent, partitionOf } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, waitUntil } from '@marquee/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { titleTable } from '../test/arbitrary-log.ts';
import { titleInSegmentView, titlePopularityView } from '../views/index.ts';
import { createMaterialiser, createServedSums, type ServedSums } from './materialiser.ts';

const PARTITIONS = 2;
const titles = titleTable();
/** A viewer of each partition. */
const VIEWERS = [0, 1].map(
  (partition) =>
    Array.from({ length: 50 }, (_, i) => `viewer-${i}`).find(
      (id) => partitionOf(id, PARTITIONS) === partition,
    )!,
);

async function memoryStore(): Promise<KeyValueStore> {
  const store = createMemoryStore();
  await store.start();
  onTestFinished(() => store.stop());
  return store;
}

/** The store, with some of its calls done otherwise. */
function changed(store: KeyValueStore, changes: Partial<KeyValueStore>): KeyValueStore {
  return {
    name: store.name,
    start: () => store.start(),
    stop: () => store.stop(),
    readiness: () => store.readiness(),
    getMany: (keys) => store.getMany(keys),
    putMany: (entries, checkpoint) => store.putMany(entries, checkpoint),
    deleteMany: (keys) => store.deleteMany(keys),
    scan: (prefix) => store.scan(prefix),
    checkpoint: (consumer, partition) => store.checkpoint(consumer, partition),
    flush: () => store.flush(),
    ...changes,
  };
}

function sumsOn(store: KeyValueStore, everyMs = 1): ServedSums {
  const sums = createServedSums({ store, partitions: PARTITIONS, everyMs, logger: silentLogger });
  onTestFinished(() => sums.stop());
  return sums;
}

function owner(store: KeyValueStore, partition: number, sums: ServedSums) {
  return createMaterialiser({ store, titles, partition, partitions: PARTITIONS, sums });
}

const seen = (partition: number, sequence: number): DeliveredEvent => ({
  sequence,
  event: eventOf('IMPRESSION', { titleId: 'title-1' }, { profileId: VIEWERS[partition]! }),
});

async function servedImpressions(store: KeyValueStore): Promise<number> {
  const [blob] = await store.getMany([titlePopularityView.key('title-1')]);
  const row = new Float32Array(titlePopularityView.fields.length);
  titlePopularityView.decodeInto(blob, row, 0);
  return row[titlePopularityView.index('impressions_total')]!;
}

it('serves the sum of all partitions a round after they have counted, for everybody and by segment', async () => {
  const store = await memoryStore();
  const sums = sumsOn(store);
  const registered: DeliveredEvent = {
    sequence: 1,
    event: eventOf('PROFILE_REGISTERED', { name: 'n', segment: 'family' }, { profileId: VIEWERS[0]! }),
  };
  await owner(store, 0, sums).apply([registered, seen(0, 2), seen(0, 3)]);
  await owner(store, 1, sums).apply([seen(1, 4)]);
  await waitUntil(async () => (await servedImpressions(store)) === 3);
  const [inSegment] = await store.getMany([titleInSegmentView.key('title-1|family')]);
  expect(inSegment).toBeDefined();
});

it('does not make a batch wait for the sums', async () => {
  const store = await memoryStore();
  const sums = sumsOn(
    changed(store, {
      putMany: () => new Promise(() => undefined),
      getMany: () => new Promise(() => undefined),
    }),
  );
  await owner(store, 0, sums).apply([seen(0, 1)]);
  expect(await servedImpressions(store)).toBe(0);
  // It would wait for the round that never ends.
  sums.stop = async () => undefined;
});

it('ends with the right sum when the process that had read first writes last', async () => {
  const store = await memoryStore();
  const gate = Promise.withResolvers<void>();
  let heldBack = 0;
  let landed = false;
  const late = changed(store, {
    async putMany(entries, checkpoint) {
      const isHeldBack = checkpoint === undefined && heldBack++ === 0;
      if (isHeldBack) await gate.promise;
      await store.putMany(entries, checkpoint);
      landed ||= isHeldBack;
    },
  });
  const [slow, fast] = [sumsOn(late), sumsOn(store)];
  await owner(store, 0, slow).apply([seen(0, 1)]);
  await waitUntil(() => heldBack === 1);
  // The slow one has read 1 and is about to write it; meanwhile the other counts on and writes 3.
  await owner(store, 1, fast).apply([seen(1, 2), seen(1, 3)]);
  await waitUntil(async () => (await servedImpressions(store)) === 3);
  gate.resolve();
  // Whichever of the two looks again first finds that it was written over.
  await waitUntil(() => landed);
  await waitUntil(async () => (await servedImpressions(store)) === 3);
  await slow.stop();
  expect(await servedImpressions(store)).toBe(3);
});

it('keeps what it could not add up, says so, and adds it up later', async () => {
  const store = await memoryStore();
  let away = true;
  const sums = sumsOn(
    changed(store, {
      async getMany(keys) {
        if (away) throw new Error('away');
        return store.getMany(keys);
      },
    }),
  );
  await owner(store, 0, sums).apply([seen(0, 1)]);
  await waitUntil(() => sums.failure === 'away');
  away = false;
  await waitUntil(async () => (await servedImpressions(store)) === 1);
  await waitUntil(() => sums.failure === undefined);
});

it('adds up what is due before it stops', async () => {
  const store = await memoryStore();
  const sums = sumsOn(store, 60_000);
  await owner(store, 0, sums).apply([seen(0, 1)]);
  expect(await servedImpressions(store)).toBe(0);
  await sums.stop();
  expect(await servedImpressions(store)).toBe(1);
});

it('leaves the store alone when nothing was counted', async () => {
  const store = await memoryStore();
  let reads = 0;
  const counting = changed(store, {
    getMany(keys) {
      reads++;
      return store.getMany(keys);
    },
  });
  const sums = sumsOn(counting);
  sums.touched(['profile_state@1:viewer-1', titlePopularityView.key('title-1')]);
  await sums.stop();
  expect(reads).toBe(0);
});

it('adds up what a killed predecessor had applied and not added up, when it is read again', async () => {
  const store = await memoryStore();
  const events = [seen(0, 1), seen(0, 2)];
  // Killed before its first round.
  const killed: ServedSums = { touched: () => undefined, stop: async () => undefined, failure: undefined };
  await owner(store, 0, killed).apply(events);
  const sums = sumsOn(store);
  await owner(store, 0, sums).apply(events);
  await waitUntil(async () => (await servedImpressions(store)) === 2);
});
