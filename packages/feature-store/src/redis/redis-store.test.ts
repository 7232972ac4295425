import { setTimeout as delay } from 'node:timers/promises';
import { type LocalServer, startLocalRedis } from '@marquee/local-servers';
import { silentLogger } from '@marquee/service-kit';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { describeKeyValueStoreContract, type KeyValueStoreHarness } from '../contract.ts';
import { createRedisStore, type RedisStore, type RedisStoreOptions } from './index.ts';
import { type LocalCluster, startLocalCluster } from './test/local-cluster.ts';

/** What the contract writes with a checkpoint stays together; the rest is spread. */
const slotGroupOf = (key: string): string | undefined =>
  key.startsWith('n:') || key.startsWith('checkpoint:')
    ? undefined
    : `g${key.charCodeAt(key.length - 1) % 8}`;

const shared = { slotGroupOf, keyPrefix: 'test:', commandTimeoutMs: 2_000, logger: silentLogger };
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

/** Redis keeps its own time: the test has to wait for it. */
const harnessOf = (options: () => RedisStoreOptions, empty: () => Promise<void>): KeyValueStoreHarness => ({
  open: () => createRedisStore(options()),
  elapse: (milliseconds) => delay(milliseconds + 5),
  dispose: empty,
});

describeOnServer('redis-server', 'the store on a single Redis', () => {
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
  const empty = async () => void (await admin.flushall());

  describeKeyValueStoreContract('redis', () => harnessOf(() => ({ ...shared, url: server.url }), empty));

  async function started(options: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
    await empty();
    const store = createRedisStore({ ...shared, url: server.url, ...options });
    await store.start();
    onTestFinished(() => store.stop());
    return store;
  }

  it('reads any number of keys, of any slot groups, in one round trip and one command', async () => {
    const store = await started();
    const before = store.traffic;
    await store.getMany(Array.from({ length: 1_000 }, (_, i) => `title:${i}`));
    expect(store.traffic.roundTrips - before.roundTrips).toBe(1);
    expect(store.traffic.commands - before.commands).toBe(1);
  });

  it('takes a write that is sent again, and was done, as done', async () => {
    const store = await started();
    await store.putMany([{ key: 'n:a', value: bytes('1') }], { consumer: 'c', sequence: 5, expected: 0 });
    // What ioredis does when the connection breaks before the answer: the very same command once more.
    const monitor = await admin.monitor();
    onTestFinished(() => monitor.disconnect());
    const seen = new Promise<string[]>((resolve) => {
      monitor.on('monitor', (_at: string, args: string[]) => {
        if (/^eval/i.test(args[0]!)) resolve(args);
      });
    });
    await store.putMany([{ key: 'n:a', value: bytes('2') }], { consumer: 'c', sequence: 9, expected: 5 });
    const [name, ...args] = await seen;
    expect(await admin.call(name!, ...args)).toBe('OK');
    await store.putMany([{ key: 'n:a', value: bytes('3') }], { consumer: 'c', sequence: 12, expected: 9 });
    // And so late that others have been done since: then it must change nothing.
    expect(await admin.call(name!, ...args)).toBe('12');
    expect((await store.getMany(['n:a'])).map(text)).toEqual(['3']);
    expect(await store.checkpoint('c')).toBe(12);
  });

  const large = (key: string, fill: number) => ({ key, value: new Uint8Array(100_000).fill(fill) });
  const firstByte = async (store: RedisStore, ...keys: string[]) =>
    (await store.getMany(keys)).map((value) => value?.[0]);

  it('writes a large batch with its checkpoint as one, expiry included, and leaves nothing beside it', async () => {
    const store = await started();
    await store.putMany([{ key: 'n:2', value: bytes('short-lived'), ttlMs: 60_000 }]);
    const entries = [large('n:1', 1), large('n:2', 2), { ...large('n:3', 3), ttlMs: 200 }, large('n:1', 4)];
    const before = store.traffic.roundTrips;
    await store.putMany(entries, { consumer: 'c', sequence: 5, expected: 0 });
    expect(store.traffic.roundTrips - before).toBe(2);
    expect(await firstByte(store, 'n:1', 'n:2', 'n:3')).toEqual([4, 2, 3]);
    await waitUntil(async () => (await firstByte(store, 'n:3'))[0] === undefined);
    expect(await admin.pttl('test:{common}:n:2')).toBe(-1);
    expect((await admin.keys('*')).sort()).toEqual([
      'test:{common}!checkpoint:c@0',
      'test:{common}!layout',
      'test:{common}:n:1',
      'test:{common}:n:2',
    ]);
  });

  it('changes nothing with a large batch that comes too late, and takes its values away', async () => {
    const store = await started();
    const entries = [large('n:1', 1), large('n:2', 1), large('n:3', 1)];
    await store.putMany(entries, { consumer: 'c', sequence: 5, expected: 0 });
    const late = store.putMany([large('n:1', 9), large('n:2', 9), large('n:4', 9)], {
      consumer: 'c',
      sequence: 6,
      expected: 3,
    });
    await expect(late).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await firstByte(store, 'n:1', 'n:2', 'n:3', 'n:4')).toEqual([1, 1, 1, undefined]);
    expect(await admin.keys('*~*')).toEqual([]);
  });

  it('changes nothing when values of a large batch have gone before the end of the write', async () => {
    const store = await started();
    const monitor = await admin.monitor();
    onTestFinished(() => monitor.disconnect());
    const staged = new Promise<string>((resolve) => {
      monitor.on('monitor', (_at: string, args: string[]) => {
        if (/^set$/i.test(args[0]!) && /~.*:5$/.test(args[1]!)) resolve(args[1]!);
      });
    });
    // Many chunks: the first is there, and one of it is gone, while the others are still being sent.
    const entries = Array.from({ length: 300 }, (_, i) => large(`n:${i}`, 1));
    const write = store.putMany(entries, { consumer: 'c', sequence: 5, expected: 0 });
    const failure = write.then(
      () => 'written',
      (error: { code: string }) => error.code,
    );
    await admin.del(await staged);
    expect(await failure).toBe('DEPENDENCY_UNAVAILABLE');
    expect(await store.checkpoint('c')).toBe(0);
    expect((await firstByte(store, ...entries.map(({ key }) => key))).every((b) => b === undefined)).toBe(
      true,
    );
  });

  it('refuses a write whose values are not in the slot group of its checkpoint', async () => {
    const store = await started();
    const write = store.putMany([{ key: 'title:1', value: bytes('t') }], { consumer: 'c', sequence: 1 });
    await expect(write).rejects.toMatchObject({ code: 'BAD_USER_INPUT', field: 'entries' });
    expect(await store.checkpoint('c')).toBe(0);
  });

  it('keeps two installations with different prefixes apart', async () => {
    const one = await started();
    const other = createRedisStore({ ...shared, keyPrefix: 'test*:', url: server.url });
    await other.start();
    onTestFinished(() => other.stop());
    await one.putMany([{ key: 'n:a', value: bytes('mine') }]);
    await other.putMany([{ key: 'n:b', value: bytes('theirs') }]);
    const keys = async (store: RedisStore) => {
      const found: string[] = [];
      for await (const page of store.scan('')) found.push(...page);
      return found;
    };
    expect(await keys(one)).toEqual(['n:a']);
    expect(await keys(other)).toEqual(['n:b']);
  });

  it('refuses keys that were written under another layout, and changes nothing', async () => {
    const store = await started();
    await store.putMany([{ key: 'n:a', value: bytes('a') }]);
    const grouping = Object.assign((key: string) => slotGroupOf(key), { layout: 'eight partitions' });
    const other = createRedisStore({ ...shared, slotGroupOf: grouping, url: server.url, startWithinMs: 300 });
    await expect(other.start()).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
    expect((await store.getMany(['n:a'])).map(text)).toEqual(['a']);
  });

  it('writes and reads back 50,000 values, and refuses more in one write', async () => {
    const store = await started({ slotGroupOf: undefined });
    const entries = Array.from({ length: 50_000 }, (_, i) => ({ key: `n:${i}`, value: bytes(`value ${i}`) }));
    await store.putMany(entries, { consumer: 'c', sequence: 1, expected: 0 });
    expect((await store.getMany(['n:0', 'n:49999'])).map(text)).toEqual(['value 0', 'value 49999']);
    const more = store.putMany([...entries, { key: 'n:x', value: bytes('x') }]);
    await expect(more).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describeOnServer('redis-server', 'the store on a Redis Cluster', () => {
  const folder = temporaryFolder();
  let cluster: LocalCluster;
  beforeAll(async () => {
    cluster = await startLocalCluster(folder.path);
  }, 40_000);
  afterAll(async () => {
    await cluster?.stop();
    folder.remove();
  });
  const options = (): RedisStoreOptions => ({ ...shared, clusterNodes: cluster.urls });

  describeKeyValueStoreContract('redis cluster', () => harnessOf(options, () => cluster.flush()));

  it('reads with one command per slot group, all at once', async () => {
    const store = createRedisStore(options());
    await store.start();
    onTestFinished(() => store.stop());
    const keys = Array.from({ length: 800 }, (_, i) => `title:${i}`);
    const groups = new Set(keys.map(slotGroupOf)).size;
    await store.putMany(keys.map((key) => ({ key, value: bytes(key) })));
    const before = store.traffic;
    expect((await store.getMany(keys)).map(text)).toEqual(keys);
    expect(store.traffic.roundTrips - before.roundTrips).toBe(1);
    expect(store.traffic.commands - before.commands).toBe(groups);
    const sizes = await Promise.all(cluster.nodes.map((node) => sizeOf(node.url)));
    expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(1);
  });

  it('writes a large batch with its checkpoint as one, on the node of its slot group', async () => {
    const store = createRedisStore(options());
    await store.start();
    onTestFinished(() => store.stop());
    const entries = [1, 2, 3].map((n) => ({ key: `n:${n}`, value: new Uint8Array(200_000).fill(n) }));
    await store.putMany(entries, { consumer: 'c', sequence: 5, expected: 0 });
    const late = store.putMany(entries, { consumer: 'c', sequence: 6, expected: 0 });
    await expect(late).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await store.getMany(['n:3', 'n:1'])).map((value) => value?.[0])).toEqual([3, 1]);
    expect(await store.checkpoint('c')).toBe(5);
  });

  async function sizeOf(url: string): Promise<number> {
    const client = new Redis(url);
    try {
      return await client.dbsize();
    } finally {
      client.disconnect();
    }
  }
});
