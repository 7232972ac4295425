/** What is watched by genre and by person is what the counts of titles add up to, however those came about. */
import { DEFAULT_SEGMENT, type DeliveredEvent, HOUR_MS, MINUTE_MS, partitionOf } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { createRedisStore } from '@marquee/feature-store/redis';
import { startLocalRedis } from '@marquee/local-servers';
import { silentLogger } from '@marquee/service-kit';
import { describeOnServer, eventOf, SAMPLE_INSTANT, temporaryFolder } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readPopularity } from '../ranking/popularity-now.ts';
import { watchesAt } from '../ranking/watch-rate-now.ts';
import { arbitraryLog, split, TITLES, titleTable } from '../test/arbitrary-log.ts';
import {
  genresWatchedView,
  inSegmentId,
  peopleWatchedView,
  type SubjectWatches,
  storeSlotGroupOf,
  titleInSegmentView,
  titlePopularityView,
  watchedSubjectsKeys,
} from '../views/index.ts';
import { creditedPeople } from './credited-people.ts';
import { createMaterialiser } from './materialiser.ts';

const NOW = SAMPLE_INSTANT + 400 * 24 * HOUR_MS;
const SEGMENTS = [DEFAULT_SEGMENT, 'family', 'student'];
const FIELDS = ['watches5m', 'watches1h', 'watches1d', 'watches7d', 'watches30d', 'watchesTotal'] as const;
const titles = titleTable();

async function memoryStore(): Promise<KeyValueStore> {
  const store = createMemoryStore();
  await store.start();
  return store;
}

/** By document and id, as of a later instant; read as serving reads them, with one multi-get. */
async function watched(store: KeyValueStore, at: number): Promise<Record<string, SubjectWatches>> {
  const blobs = await store.getMany(SEGMENTS.flatMap(watchedSubjectsKeys));
  const all: Record<string, SubjectWatches> = {};
  for (const [i, blob] of blobs.entries()) {
    const document = (i % 2 === 0 ? genresWatchedView : peopleWatchedView).decode(blob);
    for (const entry of document?.entries ?? []) {
      all[`${SEGMENTS[i >> 1]} ${entry.id}`] = watchesAt(entry, document!.asOf, at);
    }
  }
  return all;
}

/** The same from the served rows of titles, added up here. */
async function addedUp(store: KeyValueStore, at: number): Promise<Record<string, SubjectWatches>> {
  const all: Record<string, Record<string, number>> = {};
  for (const segment of SEGMENTS) {
    for (const title of TITLES) {
      const view = segment === DEFAULT_SEGMENT ? titlePopularityView : titleInSegmentView;
      const [blob] = await store.getMany([
        view.key(segment === DEFAULT_SEGMENT ? title.id : inSegmentId(title.id, segment)),
      ]);
      const row = new Float32Array(view.fields.length);
      view.decodeInto(blob, row, 0);
      const counts = readPopularity(row, 0, at);
      if (counts.watchesTotal === 0) continue;
      for (const id of new Set([...title.genreIds, ...creditedPeople(titles.get(title.id)!)])) {
        const before = all[`${segment} ${id}`] ?? {};
        const after = FIELDS.map((field) => [field, (before[field] ?? 0) + counts[field]]);
        all[`${segment} ${id}`] = Object.fromEntries(after);
      }
    }
  }
  return all as unknown as Record<string, SubjectWatches>;
}

function expectSame(
  actual: Record<string, SubjectWatches>,
  expected: Record<string, SubjectWatches>,
  off: number,
) {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [key, sums] of Object.entries(expected)) {
    for (const field of FIELDS) {
      const difference = Math.abs(actual[key]![field] - sums[field]);
      expect(difference, `${key} ${field}`).toBeLessThanOrEqual(1e-9 + off * sums[field]);
    }
  }
}

const partOf = (events: readonly DeliveredEvent[], partition: number, partitions: number) =>
  events.filter(({ event }) => partitionOf(event.profileId, partitions) === partition);

/** Every batch twice, by as many owners as there are partitions, then a refresh. */
async function counted(
  store: KeyValueStore,
  events: readonly DeliveredEvent[],
  partitions: number,
  cuts: number[],
) {
  for (let p = 0; p < partitions; p++) {
    const owner = createMaterialiser({ store, titles, partition: p, partitions });
    for (const batch of split(partOf(events, p, partitions), cuts)) {
      await owner.apply(batch);
      await owner.apply(batch);
    }
  }
  await createMaterialiser({ store, titles, partitions }).refreshLists(NOW);
}

const log = (
  watches: readonly (readonly [profileId: string, titleId: string, at: number])[],
): DeliveredEvent[] =>
  watches.map(([profileId, titleId, at], i) => {
    const event = eventOf('PLAY_STOP', { titleId, watchedSeconds: 900 }, { profileId, occurredAt: at });
    return { sequence: i + 1, event: event as DeliveredEvent['event'] };
  });

describe('what is watched by genre and person', () => {
  it('is the sum of the titles’ counts, at the refresh and at any instant after it', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryLog(),
        fc.constantFrom(1, 4),
        fc.array(fc.nat(200), { maxLength: 3 }),
        fc.integer({ min: 0, max: 90 * 24 * 60 }),
        async (events, partitions, cuts, minutesLater) => {
          const store = await memoryStore();
          await counted(store, events, partitions, cuts);
          const later = NOW + minutesLater * MINUTE_MS;
          expectSame(await watched(store, NOW), await addedUp(store, NOW), 1e-9);
          expectSame(await watched(store, later), await addedUp(store, later), 1e-6);
          await store.stop();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is what was watched, by hand: duplicates count once, late and reordered events what is left of them', async () => {
    const half = (minutes: number, halfLife: number): number => 2 ** (-minutes / halfLife);
    // title-1 and title-2 have a genre each of their own, and genre-2 together.
    const ages = [60, 0, 10, 5] as const;
    const watches = [
      ['ada', 'title-1', NOW - ages[0] * MINUTE_MS],
      ['ben', 'title-2', NOW - ages[1] * MINUTE_MS],
      ['cleo', 'title-1', NOW - ages[2] * MINUTE_MS],
      ['dora', 'title-2', NOW - ages[3] * MINUTE_MS],
    ] as const;
    const genresOf = (id: string) => titles.get(id)!.genreIds;
    const shared = genresOf('title-1').find((id) => genresOf('title-2').includes(id))!;
    for (const order of [watches, watches.toReversed()]) {
      const store = await memoryStore();
      await counted(store, log(order), 1, [1, 2]);
      const of = (await watched(store, NOW))[`${DEFAULT_SEGMENT} ${shared}`]!;
      const sum = (halfLife: number): number =>
        ages.reduce<number>((all, age) => all + half(age, halfLife), 0);
      expect(Math.abs(of.watches5m / sum(5) - 1)).toBeLessThan(0.05);
      expect(Math.abs(of.watches1h / sum(60) - 1)).toBeLessThan(0.005);
      expect(of.watches1d).toBeCloseTo(sum(24 * 60), 2);
      expect(of.watches7d).toBeCloseTo(sum(7 * 24 * 60), 3);
      expect(of.watches30d).toBeCloseTo(sum(30 * 24 * 60), 3);
      expect(of.watchesTotal).toBe(4);
      await store.stop();
    }
  });

  it('forgets titles that left the catalogue, and nothing of the others', async () => {
    const store = await memoryStore();
    const table = titleTable();
    const materialiser = createMaterialiser({ store, titles: table });
    await materialiser.apply(
      log([
        ['ada', 'title-1', NOW],
        ['ben', 'title-2', NOW],
      ]),
    );
    await materialiser.refreshLists(NOW);
    const genre = async () => {
      const [blob] = await store.getMany([genresWatchedView.key(DEFAULT_SEGMENT)]);
      return Object.fromEntries(genresWatchedView.decode(blob)!.entries.map((e) => [e.id, e.watchesTotal]));
    };
    const before = await genre();
    table.remove(['title-1']);
    await materialiser.refreshLists(NOW);
    const after = await genre();
    const left = new Set(titles.get('title-1')!.genreIds);
    for (const [id, count] of Object.entries(before)) {
      expect(after[id] ?? 0, id).toBe(left.has(id) ? count - 1 : count);
    }
    await store.stop();
  });

  it('goes on from rows that were counted before there was a count of five minutes', async () => {
    const store = await memoryStore();
    await createMaterialiser({ store, titles }).apply(log([['ada', 'title-1', NOW - HOUR_MS]]));
    const key = titlePopularityView.key('title-1');
    const [now] = await store.getMany([key]);
    const older = now!.slice(0, now!.length - 4);
    new DataView(older.buffer).setUint32(4, titlePopularityView.fields.length - 1, true);
    await store.putMany([{ key, value: older }]);
    const materialiser = createMaterialiser({ store, titles });
    const [, later] = log([
      ['ada', 'title-1', NOW],
      ['ben', 'title-1', NOW],
    ]);
    await materialiser.apply([later!]);
    await materialiser.refreshLists(NOW);
    const genre = titles.get('title-1')!.genreIds[0];
    expect((await watched(store, NOW))[`${DEFAULT_SEGMENT} ${genre}`]).toMatchObject({
      watches5m: expect.closeTo(1, 1),
      watchesTotal: 2,
    });
    await store.stop();
  });
});

describeOnServer('redis-server', 'what is watched by genre and person, on Redis', () => {
  it('is the sum of the titles’ counts, and one command reads it', async () => {
    const folder = temporaryFolder();
    const server = await startLocalRedis({ folder: folder.path, durable: false });
    onTestFinished(async () => {
      await server.stop();
      folder.remove();
    });
    const groupOf = storeSlotGroupOf(4);
    expect(new Set(SEGMENTS.flatMap(watchedSubjectsKeys).map((key) => groupOf(key)))).toEqual(
      new Set(['lists']),
    );
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryLog(), fc.constantFrom(1, 4), async (events, partitions) => {
        const store = createRedisStore({
          ...{ url: server.url, keyPrefix: `run-${++runs}:`, commandTimeoutMs: 2_000, logger: silentLogger },
          slotGroupOf: storeSlotGroupOf(partitions),
        });
        await store.start();
        await counted(store, events, partitions, [7]);
        expectSame(await watched(store, NOW), await addedUp(store, NOW), 1e-9);
        await store.stop();
      }),
      { numRuns: 10 },
    );
  });
});
