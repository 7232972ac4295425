import { setTimeout as delay } from 'node:timers/promises';
import { type LocalServer, startLocalRedis } from '@marquee/local-servers';
import { isMarqueeError, silentLogger } from '@marquee/service-kit';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisCluster, startRedisCluster } from '../../test/redis-cluster.ts';
import { describeResponseStoreContract } from './contract.ts';
import { MemoryResponseStore } from './memory/memory-response-store.ts';
import { RedisResponseStore } from './redis/redis-response-store.ts';
import { MAX_ENTRY_AGE_MS } from './response-store.ts';

describeResponseStoreContract('memory', () => {
  let now = 0;
  const store = new MemoryResponseStore({ maxBytes: 4_000_000, now: () => now });
  return {
    open: () => store,
    elapse: async (milliseconds) => {
      now += milliseconds;
    },
    dispose: async () => undefined,
  };
});

describe('memory is bounded', () => {
  it('by bytes, and what was not read for longest goes first', async () => {
    const store = new MemoryResponseStore({ maxBytes: 10_000 });
    const slot = (key: string) => ({ key, subjects: [] });
    const keep = (key: string) =>
      store.write([{ slot: slot(key), versions: '', text: 'x'.repeat(1_000), ttlMs: 60_000 }]);
    await keep('first');
    for (let i = 0; i < 100; i++) {
      await keep(`k${i}`);
      await store.read([slot('first')]);
      expect(store.bytes).toBeLessThanOrEqual(10_000);
    }
    const found = await store.read(['first', 'k99', 'k0'].map(slot));
    expect(found.map(({ text }) => text?.length)).toEqual([1_000, 1_000, undefined]);
    expect(
      await store.write([{ slot: slot('huge'), versions: '', text: 'x'.repeat(20_000), ttlMs: 1 }]),
    ).toBe(0);
  });
});

describeOnServer('redis-server', 'answers in Redis', () => {
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
    await folder.remove();
  });
  const options = () => ({
    url: server.url,
    keyPrefix: 'test:',
    commandTimeoutMs: 2_000,
    logger: silentLogger,
  });

  describeResponseStoreContract('redis', () => ({
    open: () => new RedisResponseStore(options()),
    // Redis keeps its own time.
    elapse: (milliseconds) => delay(milliseconds + 5),
    dispose: async () => void (await admin.flushall()),
  }));

  it('nothing lives without an expiry', async () => {
    const store = new RedisResponseStore(options());
    await store.start();
    const slot = { key: 'k', owner: 'p', subjects: ['Title:1'] };
    const [found] = await store.read([slot]);
    await store.write([{ slot, versions: found!.versions, text: 'x', ttlMs: 60_000 }]);
    await store.advance(['Title:1']);
    await store.read([{ key: 'k2', subjects: ['Title:2'] }]);
    const keys = await admin.keys('test:*');
    // The entry, and the versions of the owner and of the second title.
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(await admin.pttl(key)).toBeGreaterThan(0);
    await store.stop();
    await admin.flushall();
  });

  it('versions outlive what is written at them', async () => {
    const store = new RedisResponseStore(options());
    await store.start();
    const slot = { key: 'k', owner: 'p', subjects: ['everything'] };
    const [found] = await store.read([slot]);
    const versions = await admin.keys('test:*}:v:*');
    expect(versions).toHaveLength(2);
    for (const key of versions) await admin.pexpire(key, 5_000);
    await store.write([{ slot, versions: found!.versions, text: 'x', ttlMs: MAX_ENTRY_AGE_MS }]);
    await waitUntil(async () => {
      const lives = await Promise.all(versions.map((key) => admin.pttl(key)));
      return lives.every((life) => life > MAX_ENTRY_AGE_MS);
    });
    await store.stop();
    await admin.flushall();
  });

  it.each([
    ['an owner', { key: 'k', owner: 'p', subjects: ['Title:1'] }, 'p'],
    ['a subject', { key: 'k', subjects: ['Title:1', 'everything'] }, 'Title:1'],
    ['one of several', { key: 'k', owner: 'p', subjects: ['Title:1', 'everything'] }, 'everything'],
  ])(
    '%s whose version was evicted has lost what it had ended, and what is being computed',
    async (_, slot, lost) => {
      const store = new RedisResponseStore(options());
      await store.start();
      const [found] = await store.read([slot]);
      const entry = { slot, versions: found!.versions, text: 'x', ttlMs: 60_000 };
      expect(await store.write([entry])).toBe(1);
      const [place] = await admin.keys(`test:*}:v:${lost}`);
      // Ended, and forgotten that it was: as if it never had been.
      await store.advance([lost]);
      await admin.del(place!);
      const [again] = await store.read([slot]);
      expect(again!.text).toBeUndefined();
      expect(again!.versions).not.toBe(found!.versions);
      expect(await store.write([entry])).toBe(0);
      await admin.del(place!);
      expect(await store.write([entry])).toBe(0);
      expect((await store.read([slot]))[0]?.text).toBeUndefined();
      await store.stop();
      await admin.flushall();
    },
  );

  it('a server that has lost its memory has nothing, and takes nothing from before', async () => {
    const store = new RedisResponseStore(options());
    await store.start();
    const slot = { key: 'k', owner: 'p', subjects: ['everything'] };
    const [found] = await store.read([slot]);
    await admin.flushall();
    expect(await store.write([{ slot, versions: found!.versions, text: 'x', ttlMs: 60_000 }])).toBe(0);
    expect((await store.read([slot]))[0]?.text).toBeUndefined();
    await store.stop();
  });

  it('whoever reads at the same time is told the same versions', async () => {
    const stores = Array.from({ length: 4 }, () => new RedisResponseStore(options()));
    await Promise.all(stores.map((store) => store.start()));
    for (let round = 0; round < 20; round++) {
      const slot = { key: 'k', owner: `p${round}`, subjects: ['Title:1', `Title:${round}`] };
      const found = await Promise.all(stores.map((store) => store.read([slot])));
      expect(new Set(found.map(([each]) => each?.versions)).size).toBe(1);
    }
    await Promise.all(stores.map((store) => store.stop()));
    await admin.flushall();
  });

  it('a server that is away fails each call within its time, and is found again', async () => {
    const place = temporaryFolder();
    const own = await startLocalRedis({ folder: place.path, durable: false });
    const store = new RedisResponseStore({ ...options(), url: own.url, commandTimeoutMs: 200 });
    await store.start();
    await store.advance(['p']);
    await own.stop();
    const startedAt = performance.now();
    for (const call of [
      () => store.read([{ key: 'a', subjects: [] }]),
      () => store.advance(['p']),
      () => store.write([{ slot: { key: 'a', subjects: [] }, versions: '', text: 'x', ttlMs: 1_000 }]),
      () => store.remove('p'),
    ]) {
      const error: unknown = await call().catch((reason: unknown) => reason);
      expect(isMarqueeError(error) && error.code).toBe('DEPENDENCY_UNAVAILABLE');
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    const again = await startLocalRedis({
      folder: place.path,
      durable: false,
      port: Number(new URL(own.url).port),
    });
    await waitUntil(async () => {
      try {
        await store.advance(['p']);
        return true;
      } catch {
        return false;
      }
    });
    await store.stop();
    await again.stop();
    place.remove();
  });
});

describeOnServer('redis-server', 'answers in a Redis Cluster', () => {
  const folder = temporaryFolder();
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster(folder.path);
  }, 60_000);
  afterAll(async () => {
    await cluster?.stop();
    await folder.remove();
  });
  const options = () => ({
    clusterNodes: cluster.urls,
    keyPrefix: 'test:',
    commandTimeoutMs: 2_000,
    logger: silentLogger,
  });

  describeResponseStoreContract('redis cluster', () => ({
    open: () => new RedisResponseStore(options()),
    elapse: (milliseconds) => delay(milliseconds + 5),
    dispose: () => cluster.flush(),
  }));

  it('are on all of its nodes, a part each', async () => {
    const store = new RedisResponseStore(options());
    await store.start();
    const slots = Array.from({ length: 200 }, (_, i) => ({
      key: `k${i}`,
      subjects: [`Title:${i}`, 'everything'],
    }));
    const found = await store.read(slots);
    const entries = slots.map((slot, i) => ({
      slot,
      versions: found[i]!.versions,
      text: 'x',
      ttlMs: 60_000,
    }));
    expect(await store.write(entries)).toBe(200);
    const sizes = await Promise.all(cluster.nodes.map((node) => node.dbsize()));
    expect(sizes[0]! + sizes[1]!).toBe(401);
    for (const size of sizes) expect(size).toBeGreaterThan(100);
    await store.stop();
    await cluster.flush();
  });
});
