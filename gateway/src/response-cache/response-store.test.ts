import { setTimeout as delay } from 'node:timers/promises';
import { type LocalServer, startLocalRedis } from '@marquee/local-servers';
import { isMarqueeError, silentLogger } from '@marquee/service-kit';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeResponseStoreContract } from './contract.ts';
import { MemoryResponseStore } from './memory/memory-response-store.ts';
import { RedisResponseStore } from './redis/redis-response-store.ts';

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
    folder.remove();
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
    const keys = await admin.keys('test:*');
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(await admin.pttl(key)).toBeGreaterThan(0);
    await store.stop();
    await admin.flushall();
  });

  it('an owner whose version was evicted has lost what it had ended', async () => {
    const store = new RedisResponseStore(options());
    await store.start();
    const slot = { key: 'k', owner: 'p', subjects: [] };
    const [found] = await store.read([slot]);
    await store.write([{ slot, versions: found!.versions, text: 'x', ttlMs: 60_000 }]);
    await admin.del('test:{response}:v:p');
    expect((await store.read([slot]))[0]).toEqual({ versions: '', text: undefined });
    await store.stop();
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
