import { setTimeout as delay } from 'node:timers/promises';
import { manualClock } from '@marquee/domain';
import { type LocalServer, startLocalRedis } from '@marquee/local-servers';
import { isMarqueeError, silentLogger } from '@marquee/service-kit';
import { describeOnServer, temporaryFolder } from '@marquee/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalCluster } from '../../../../packages/feature-store/src/redis/test/local-cluster.ts';
import { describeQuotaCounterContract } from './contract.ts';
import { memoryCounter } from './memory/memory-counter.ts';
import { RedisQuotaCounter } from './redis/redis-counter.ts';

const kit = { keyPrefix: 'test:', commandTimeoutMs: 2_000, logger: silentLogger };

describeQuotaCounterContract('memory', () => {
  const clock = manualClock(1_772_000_000_000);
  const counter = memoryCounter(() => clock.now());
  return {
    open: () => counter,
    elapse: async (milliseconds) => void clock.advance(milliseconds),
    dispose: async () => undefined,
  };
});

describeOnServer('redis-server', 'quotas in Redis', () => {
  const folder = temporaryFolder();
  let server: LocalServer;
  let admin: Redis;
  beforeAll(async () => {
    server = await startLocalRedis({ folder: folder.path, durable: false });
    admin = new Redis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
    folder.remove();
  });

  describeQuotaCounterContract('redis', () => ({
    open: () => new RedisQuotaCounter({ ...kit, url: server.url }),
    // Redis keeps its own time.
    elapse: (milliseconds) => delay(milliseconds + 5),
    dispose: async () => void (await admin.flushall()),
  }));

  it('nothing lives longer than what it counts', async () => {
    const counter = new RedisQuotaCounter({ ...kit, url: server.url });
    await counter.start();
    await counter.take({ subject: 'acme:requests', quota: { limit: 5, windowSeconds: 60 }, amount: 1 });
    await counter.attend('g1', 5_000);
    const keys = await admin.keys('test:*');
    expect(keys.sort()).toEqual(['test:quota:gateways', 'test:quota:{acme:requests:60}']);
    for (const key of keys) {
      const leftMs = await admin.pttl(key);
      expect(leftMs).toBeGreaterThan(0);
      expect(leftMs).toBeLessThanOrEqual(60_000);
    }
    await counter.stop();
    await admin.flushall();
  });

  it('a clock that is set back by a little goes on with the window it had; by more, begins anew', async () => {
    const counter = new RedisQuotaCounter({ ...kit, url: server.url });
    await counter.start();
    const key = 'test:quota:{a:86400}';
    const quota = { limit: 5, windowSeconds: 86_400 };
    const [seconds] = await admin.time();
    const window = Math.floor(Number(seconds) / 86_400);
    await admin.set(key, `${window + 1} 5`);
    const held = await counter.take({ subject: 'a', quota, amount: 1 });
    expect(held).toMatchObject({ admitted: false, used: 5 });
    expect(held.endsInMs).toBeGreaterThan(86_400_000);
    await admin.set(key, `${window + 2} 5`);
    expect(await counter.take({ subject: 'a', quota, amount: 1 })).toMatchObject({ admitted: true, used: 1 });
    await counter.stop();
    await admin.flushall();
  });

  it('a server that is away fails each call at once', async () => {
    const place = temporaryFolder();
    const own = await startLocalRedis({ folder: place.path, durable: false });
    const counter = new RedisQuotaCounter({ ...kit, url: own.url, commandTimeoutMs: 200 });
    await counter.start();
    await counter.attend('g1', 1_000);
    await own.stop();
    const quota = { limit: 5, windowSeconds: 60 };
    for (const call of [
      () => counter.take({ subject: 'a', quota, amount: 1 }),
      () => counter.attend('g1', 1_000),
      () => counter.leave('g1'),
    ]) {
      const error: unknown = await call().catch((reason: unknown) => reason);
      expect(isMarqueeError(error) && error.code).toBe('DEPENDENCY_UNAVAILABLE');
    }
    await counter.stop();
    place.remove();
  });
});

describeOnServer('redis-server', 'quotas on a cluster of Redis', () => {
  const folder = temporaryFolder();
  let cluster: Awaited<ReturnType<typeof startLocalCluster>>;
  beforeAll(async () => {
    cluster = await startLocalCluster(folder.path);
  });
  afterAll(async () => {
    await cluster.stop();
    folder.remove();
  });
  describe('spread over its nodes', () => {
    describeQuotaCounterContract('redis cluster', () => ({
      open: () => new RedisQuotaCounter({ ...kit, clusterNodes: cluster.urls }),
      elapse: (milliseconds) => delay(milliseconds + 5),
      dispose: () => cluster.flush(),
    }));
  });
});
