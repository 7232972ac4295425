import { manualClock } from '@marquee/domain';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { createRedisStore } from '@marquee/feature-store/redis';
import { createTitleTable, storeSlotGroupOf, titlePopularityView } from '@marquee/features';
import { startLocalRedis } from '@marquee/local-servers';
import { silentLogger } from '@marquee/service-kit';
import {
  describeOnServer,
  eventOf,
  SAMPLE_INSTANT,
  sampleTitles,
  temporaryFolder,
  waitUntil,
} from '@marquee/testkit';
import { expect, it, onTestFinished } from 'vitest';
import { createFeatureMaterializer } from './feature-materializer.ts';

const titles = createTitleTable(sampleTitles(5));
const clock = manualClock(SAMPLE_INSTANT);

describeOnServer('redis-server', 'the feature materialiser when its Redis fails', () => {
  it('counts every event once, through kills and hangs at any moment', async () => {
    const folder = temporaryFolder();
    const server = await startLocalRedis({ folder: folder.path });
    const bus = createSqliteEventBus({ file: folder.file('events.sqlite'), clock, logger: silentLogger });
    const store = createRedisStore({
      url: server.url,
      keyPrefix: 'test:',
      slotGroupOf: storeSlotGroupOf(bus.partitions),
      commandTimeoutMs: 150,
      logger: silentLogger,
    });
    const deps = { bus, store, titles, clock, logger: silentLogger };
    const worker = createFeatureMaterializer(deps, { refreshEveryMs: 0, batchSize: 20 });
    onTestFinished(async () => {
      await worker.stop();
      await bus.stop();
      await store.stop();
      await server.stop();
      folder.remove();
    });
    await bus.start();
    await store.start();
    await worker.start();

    const publish = async (count: number) => {
      const events = Array.from({ length: count }, (_, i) =>
        eventOf('IMPRESSION', { titleId: 'title-1' }, { profileId: `profile-${i % 7}` }),
      );
      return (await bus.publish(events)).at(-1)!;
    };
    for (const fail of [() => server.kill(), () => server.signal('SIGSTOP'), () => server.kill()]) {
      await publish(200);
      const reached = worker.position;
      await waitUntil(() => worker.position > reached);
      await fail();
      await publish(50);
      await waitUntil(() => worker.readiness().detail !== undefined);
      expect(worker.readiness().ready).toBe(true);
      server.signal('SIGCONT');
      await server.start();
    }
    const last = await publish(1);
    expect(await worker.settled(last, 20_000)).toBe(true);
    const [blob] = await store.getMany([titlePopularityView.key('title-1')]);
    const row = new Float32Array(titlePopularityView.fields.length);
    titlePopularityView.decodeInto(blob, row, 0);
    expect(row[titlePopularityView.index('impressions_total')]).toBe(751);
    expect(await bus.deadLetters({ limit: 10 })).toEqual([]);
  }, 60_000);
});
