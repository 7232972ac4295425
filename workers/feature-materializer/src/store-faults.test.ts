import { mkdirSync } from 'node:fs';
import { manualClock, systemClock } from '@marquee/domain';
import { createFreshness } from '@marquee/event-bus';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { createRedisStore } from '@marquee/feature-store/redis';
import {
  createTitleTable,
  MATERIALISER_CONSUMER,
  storeSlotGroupOf,
  titlePopularityView,
} from '@marquee/features';
import { startLocalNats, startLocalRedis } from '@marquee/local-servers';
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

describeOnServer(
  ['redis-server', 'nats-server'],
  'clients of the feature materialiser while its Redis is away',
  () => {
    it('are told in every process that there is nothing to wait for, and wait again when it is back', async () => {
      const folder = temporaryFolder();
      const own = (name: string) => {
        mkdirSync(folder.file(name));
        return { folder: folder.file(name) };
      };
      const [redis, nats] = await Promise.all([startLocalRedis(own('redis')), startLocalNats(own('nats'))]);
      const connect = (process: string) =>
        createNatsEventBus({
          servers: nats.url,
          partitions: 2,
          spoolFile: folder.file(`${process}/spool.db`),
          clock: systemClock,
          logger: silentLogger,
        });
      const [asked, bus] = [connect('subgraph'), connect('worker')];
      const store = createRedisStore({
        url: redis.url,
        keyPrefix: 'test:',
        slotGroupOf: storeSlotGroupOf(2),
        commandTimeoutMs: 150,
        logger: silentLogger,
      });
      const worker = createFeatureMaterializer(
        { bus, store, titles, clock: systemClock, logger: silentLogger },
        { refreshEveryMs: 0 },
      );
      const progress = asked.progressOf(MATERIALISER_CONSUMER);
      onTestFinished(async () => {
        redis.signal('SIGCONT');
        await worker.stop();
        await Promise.all([asked.stop(), bus.stop()]);
        await store.stop();
        await Promise.all([redis.stop(), nats.stop()]);
        await folder.remove();
      });
      for (const component of [asked, bus, store, worker, progress]) await component.start();
      const freshness = createFreshness([progress]);
      const publish = () =>
        asked.publish([eventOf('IMPRESSION', { titleId: 'title-1' }, { profileId: 'ada' })]);
      expect(await freshness.waitFor(await publish(), 20_000)).toBe(true);

      for (const fail of [() => redis.kill(), () => redis.signal('SIGSTOP')]) {
        await fail();
        const acks = await publish();
        const { partition } = acks[0]!;
        await waitUntil(() => progress.stuck?.(partition) === true, {
          deadlineMs: 20_000,
          what: 'being stuck',
        });
        const beganAt = performance.now();
        expect(await freshness.waitFor(await publish(), 60_000)).toBe(false);
        expect(performance.now() - beganAt).toBeLessThan(30_000);
        redis.signal('SIGCONT');
        await redis.start();
        await waitUntil(() => progress.stuck?.(partition) === false, {
          deadlineMs: 30_000,
          what: 'going on',
        });
        expect(await freshness.waitFor(await publish(), 30_000)).toBe(true);
      }
    }, 120_000);
  },
);
