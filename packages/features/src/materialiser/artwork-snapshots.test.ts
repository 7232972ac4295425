import { DAY_MS, type DeliveredEvent, MINUTE_MS } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { eventOf, SAMPLE_INSTANT, sampleTitles } from '@marquee/testkit';
import { expect, test } from 'vitest';
import { createTitleTable } from '../title-table.ts';
import { artworkEntity, artworkSnapshotView, parseArtworkEntity } from '../views/artwork.view.ts';
import { createMaterialiser } from './materialiser.ts';

const T = Math.floor(SAMPLE_INSTANT / DAY_MS) * DAY_MS + 8 * 60 * MINUTE_MS;
const titles = createTitleTable(sampleTitles(3, (i) => (i === 0 ? {} : { artworkVariants: 3 })));
const [ONE, TWO, THREE] = [...titles.newest()].sort() as [string, string, string];

let sequence = 0;
function shown(titleId: string, artworkVariant: number | undefined, profileId: string, watched: boolean) {
  const payload = { titleId, ...(artworkVariant !== undefined && { artworkVariant }) };
  const envelope = { profileId, occurredAt: T, position: 2, row: 1 };
  const deliver = (event: unknown): DeliveredEvent => ({
    sequence: ++sequence,
    event: event as DeliveredEvent['event'],
  });
  return [
    deliver(eventOf('IMPRESSION', payload, envelope)),
    ...(watched ? [deliver(eventOf('PLAY_STOP', { ...payload, watchedSeconds: 600 }, envelope))] : []),
  ];
}

async function snapshot(store: KeyValueStore, segment: string) {
  const [blob] = await store.getMany([artworkSnapshotView.key(segment)]);
  return artworkSnapshotView.decode(blob);
}

test('a day begins with what was counted of each picture, with everybody and by segment, and keeps it', async () => {
  const store = createMemoryStore({});
  await store.start();
  const materialiser = createMaterialiser({ store, titles });
  const registered = eventOf(
    'PROFILE_REGISTERED',
    { name: 'Ada', segment: 'family' },
    { profileId: 'ada', occurredAt: T - 1 },
  );
  await materialiser.apply([
    { sequence: ++sequence, event: registered },
    ...shown(TWO, 1, 'ada', true),
    ...shown(TWO, 1, 'ben', false),
    ...shown(TWO, 2, 'ben', false),
    // With its own picture, and of a picture that it has no more: nothing is learned of either.
    ...shown(TWO, undefined, 'ben', true),
    ...shown(ONE, 1, 'ben', true),
  ]);
  await materialiser.refreshLists(T + MINUTE_MS);
  const day = Math.floor(T / DAY_MS);
  expect(await snapshot(store, 'all')).toEqual({
    day,
    counts: {
      [TWO]: [
        [0, 0],
        [2, 1],
        [1, 0],
      ],
    },
  });
  expect(await snapshot(store, 'family')).toEqual({
    day,
    counts: {
      [TWO]: [
        [0, 0],
        [1, 1],
      ],
    },
  });

  await materialiser.apply(shown(THREE, 0, 'ada', true));
  await materialiser.refreshLists(T + 2 * MINUTE_MS);
  expect((await snapshot(store, 'all'))!.counts[THREE]).toBeUndefined();
  await materialiser.refreshLists(T + DAY_MS);
  const next = await snapshot(store, 'all');
  expect(next!.day).toBe(day + 1);
  expect(next!.counts[THREE]).toEqual([[0.91, 0.91]]);
  expect((await snapshot(store, 'family'))!.counts[THREE]).toEqual([[0.91, 0.91]]);
  await store.stop();
});

test('several partitions begin the day with the sum of what each has counted', async () => {
  const store = createMemoryStore({});
  await store.start();
  const profiles = ['ada', 'ben', 'cleo', 'dan', 'eve'];
  const events = profiles.flatMap((profileId) => shown(TWO, 1, profileId, profileId === 'eve'));
  for (let partition = 0; partition < 3; partition++) {
    await createMaterialiser({ store, titles, partition, partitions: 3 }).apply(events);
  }
  await createMaterialiser({ store, titles, partitions: 3 }).refreshLists(T);
  expect((await snapshot(store, 'all'))!.counts[TWO]).toEqual([
    [0, 0],
    [5, 1],
  ]);
  await store.stop();
});

test('an entity is read back, and nothing else is one', () => {
  expect(parseArtworkEntity(artworkEntity('a~b', 2))).toEqual({ titleId: 'a~b', variant: 2 });
  for (const none of ['', '~1', 'a', 'a~x']) expect(parseArtworkEntity(none)).toBeUndefined();
});
