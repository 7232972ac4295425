import { type MarqueeEvent, manualClock } from '@marquee/domain';
import { createFreshness } from '@marquee/event-bus';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { createMemoryStore } from '@marquee/feature-store/memory';
import {
  createTitleTable,
  genresWatchedView,
  listIds,
  MATERIALISER_CONSUMER,
  peopleWatchedView,
  profileStateView,
  readPopularity,
  titleListView,
  titlePopularityView,
  watchedSubjectsKeys,
} from '@marquee/features';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, SAMPLE_INSTANT, sampleTitles, temporaryFolder, waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFeatureMaterializer, type FeatureMaterializerOptions } from './feature-materializer.ts';

const titles = createTitleTable(sampleTitles(5));
const clock = manualClock(SAMPLE_INSTANT);

async function world(options: FeatureMaterializerOptions = {}) {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const bus = createSqliteEventBus({ file: folder.file('events.sqlite'), clock, logger: silentLogger });
  const store = createMemoryStore({ clock });
  await bus.start();
  await store.start();
  const worker = createFeatureMaterializer(
    { bus, store, titles, clock, logger: silentLogger },
    { refreshEveryMs: 0, ...options },
  );
  onTestFinished(async () => {
    await worker.stop();
    await bus.stop();
    await store.stop();
  });
  const stateOf = async (id: string) =>
    profileStateView.decode((await store.getMany([profileStateView.key(id)]))[0]);
  return { bus, store, worker, stateOf };
}

const watch = (titleId: string): MarqueeEvent => eventOf('PLAY_STOP', { titleId, watchedSeconds: 900 });

describe('the feature materialiser worker', () => {
  it('shows an event to whoever waits for its acknowledgement', async () => {
    const { bus, worker, stateOf } = await world();
    await worker.start();
    const acks = await bus.publish([watch('title-1')]);
    expect(await createFreshness([worker]).waitFor(acks, 5_000)).toBe(true);
    expect((await stateOf('profile-1'))?.history[0]?.titleId).toBe('title-1');
    expect(worker.position).toBeGreaterThanOrEqual(acks[0]!.sequence);
    expect(await worker.lag()).toBe(0);
    expect(worker.readiness().ready).toBe(true);
  });

  it('goes on where the store ends, not where the bus ended', async () => {
    const { bus, store, worker, stateOf } = await world();
    await worker.start();
    const acks = await bus.publish([watch('title-1'), watch('title-2')]);
    await worker.settled(acks[1]!, 5_000);
    await worker.stop();
    // A crash lost what the store had not written down: it starts empty, the log is read again.
    await store.stop();
    await store.start();
    expect(await store.checkpoint(MATERIALISER_CONSUMER)).toBe(0);
    const again = createFeatureMaterializer(
      { bus, store, titles, clock, logger: silentLogger },
      { refreshEveryMs: 0 },
    );
    onTestFinished(() => again.stop());
    await again.start();
    expect(await again.settled(acks[1]!, 5_000)).toBe(true);
    expect((await stateOf('profile-1'))?.qualifiedWatches).toBe(2);
  });

  it('has ranked lists from the start, and new ones on demand', async () => {
    const { bus, store, worker } = await world();
    const popular = async () =>
      titleListView.decode((await store.getMany([titleListView.key(listIds.popular('all'))]))[0]);
    await worker.start();
    expect((await popular())?.entries).toHaveLength(5);
    const acks = await bus.publish([watch('title-4')]);
    await worker.settled(acks[0]!, 5_000);
    await worker.refreshLists();
    expect((await popular())?.entries[0]?.titleId).toBe('title-4');
  });

  it('shows what is being watched right now at once, and by genre with the next refresh', async () => {
    const { bus, store, worker } = await world();
    await worker.start();
    const acks = await bus.publish([watch('title-4')]);
    expect(await worker.settled(acks[0]!, 5_000)).toBe(true);
    const row = new Float32Array(titlePopularityView.fields.length);
    titlePopularityView.decodeInto((await store.getMany([titlePopularityView.key('title-4')]))[0], row, 0);
    expect(readPopularity(row, 0, clock.now()).watches5m).toBeCloseTo(1, 1);
    expect(readPopularity(row, 0, clock.now() + 3_600_000).watches5m).toBeLessThan(1e-3);
    await worker.refreshLists();
    const [genres, people] = await store.getMany(watchedSubjectsKeys('all'));
    expect(genresWatchedView.decode(genres)!.entries.map(({ id }) => id)).toEqual(
      titles.get('title-4')!.genreIds.toSorted(),
    );
    for (const entry of [
      ...genresWatchedView.decode(genres)!.entries,
      ...peopleWatchedView.decode(people)!.entries,
    ]) {
      expect(entry).toMatchObject({ watches5m: expect.closeTo(1, 1), watchesTotal: 1 });
    }
  });

  it('reads the log again when the store turns out to have lost something', async () => {
    const { bus, store, worker, stateOf } = await world();
    await worker.start();
    const acks = await bus.publish([watch('title-1'), watch('title-2')]);
    expect(await worker.settled(acks[1]!, 5_000)).toBe(true);
    // A server that was restarted from nothing, under a worker that goes on.
    await store.stop();
    await store.start();
    await bus.publish([watch('title-3')]);
    await waitUntil(async () => (await stateOf('profile-1'))?.qualifiedWatches === 3);
    expect((await stateOf('profile-1'))?.history.map((entry) => entry.titleId)).toHaveLength(3);
    expect(await bus.deadLetters({ limit: 10 })).toEqual([]);
  });

  it('works on what it is given, from where the last owner stopped, and on nothing after it is taken away', async () => {
    const { bus, store, worker, stateOf } = await world({ partitions: 'assigned' });
    await worker.start();
    expect(worker.owned).toEqual([]);
    const first = await bus.publish([watch('title-1')]);
    expect(await worker.settled(first[0]!, 0)).toBe(false);
    await worker.own(0);
    await worker.own(0);
    expect(worker.owned).toEqual([0]);
    expect(await worker.settled(first[0]!, 5_000)).toBe(true);
    await worker.disown(0);
    await bus.publish([watch('title-2')]);
    expect((await stateOf('profile-1'))?.qualifiedWatches).toBe(1);
    await expect(worker.own(1)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field: 'partition' });

    const successor = createFeatureMaterializer(
      { bus, store, titles, clock, logger: silentLogger },
      { refreshEveryMs: 0, partitions: 'assigned' },
    );
    onTestFinished(() => successor.stop());
    await successor.start();
    await successor.own(0);
    await waitUntil(async () => (await stateOf('profile-1'))?.qualifiedWatches === 2);
  });

  it('counts every event once while two workers believe that they own a partition', async () => {
    const { bus, store, worker, stateOf } = await world();
    const rival = createFeatureMaterializer(
      { bus, store, titles, clock, logger: silentLogger },
      { refreshEveryMs: 0, batchSize: 3 },
    );
    onTestFinished(() => rival.stop());
    await worker.start();
    await rival.start();
    for (let i = 0; i < 20; i++) {
      await bus.publish(Array.from({ length: 5 }, () => eventOf('IMPRESSION', { titleId: 'title-2' })));
    }
    const [last] = await bus.publish([watch('title-1')]);
    expect(await worker.settled(last!, 5_000)).toBe(true);
    expect(await rival.settled(last!, 5_000)).toBe(true);
    const [row] = await store.getMany([titlePopularityView.key('title-2')]);
    const values = new Float32Array(titlePopularityView.fields.length);
    titlePopularityView.decodeInto(row, values, 0);
    expect(values[titlePopularityView.index('impressions_total')]).toBe(100);
    expect((await stateOf('profile-1'))?.qualifiedWatches).toBe(1);
    expect(await bus.deadLetters({ limit: 10 })).toEqual([]);
  });

  it('leaves the lists to the leader', async () => {
    let leader = false;
    const { store, worker } = await world({ refreshEveryMs: 1, leads: () => leader });
    const popular = async () => (await store.getMany([titleListView.key(listIds.popular('all'))]))[0];
    await worker.start();
    expect(await popular()).toBeUndefined();
    leader = true;
    await waitUntil(async () => (await popular()) !== undefined);
  });

  it('is not ready, and settles nothing, before it is started', async () => {
    const { worker } = await world();
    expect(worker.readiness().ready).toBe(false);
    expect(await worker.settled({ sequence: 1, partition: 0 }, 0)).toBe(false);
  });
});
