import { type MarqueeEvent, manualClock } from '@marquee/domain';
import { createFreshness } from '@marquee/event-bus';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { createMemoryStore } from '@marquee/feature-store/memory';
import {
  createTitleTable,
  listIds,
  MATERIALISER_CONSUMER,
  profileStateView,
  titleListView,
} from '@marquee/features';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, SAMPLE_INSTANT, sampleTitles, temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFeatureMaterializer } from './feature-materializer.ts';

const titles = createTitleTable(sampleTitles(5));
const clock = manualClock(SAMPLE_INSTANT);

async function world() {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const bus = createSqliteEventBus({ file: folder.file('events.sqlite'), clock, logger: silentLogger });
  const store = createMemoryStore({ clock });
  await bus.start();
  await store.start();
  const worker = createFeatureMaterializer(
    { bus, store, titles, clock, logger: silentLogger },
    { refreshEveryMs: 0 },
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
    await worker.settled(acks[1]!.sequence, 5_000);
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
    expect(await again.settled(acks[1]!.sequence, 5_000)).toBe(true);
    expect((await stateOf('profile-1'))?.qualifiedWatches).toBe(2);
  });

  it('has ranked lists from the start, and new ones on demand', async () => {
    const { bus, store, worker } = await world();
    const popular = async () =>
      titleListView.decode((await store.getMany([titleListView.key(listIds.popular('all'))]))[0]);
    await worker.start();
    expect((await popular())?.entries).toHaveLength(5);
    const acks = await bus.publish([watch('title-4')]);
    await worker.settled(acks[0]!.sequence, 5_000);
    await worker.refreshLists();
    expect((await popular())?.entries[0]?.titleId).toBe('title-4');
  });

  it('is not ready, and settles nothing, before it is started', async () => {
    const { worker } = await world();
    expect(worker.readiness().ready).toBe(false);
    expect(await worker.settled(1, 0)).toBe(false);
  });
});
