import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { freePort, type LocalRedisOptions, startLocalRedis } from '@marquee/local-servers';
import { type Logger, silentLogger } from '@marquee/service-kit';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { createRedisStore, type RedisStore, type RedisStoreOptions } from './index.ts';
import { startLocalCluster } from './test/local-cluster.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();
const COMMAND_TIMEOUT_MS = 200;

async function redis(options: Partial<LocalRedisOptions> = {}) {
  const folder = temporaryFolder();
  const server = await startLocalRedis({ folder: folder.path, ...options });
  onTestFinished(async () => {
    await server.stop();
    folder.remove();
  });
  return server;
}

function storeOn(options: Partial<RedisStoreOptions>): RedisStore {
  const store = createRedisStore({
    keyPrefix: 'test:',
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    connectTimeoutMs: 500,
    startWithinMs: 5_000,
    logger: silentLogger,
    ...options,
  });
  onTestFinished(() => store.stop());
  return store;
}

async function startedOn(url: string): Promise<RedisStore> {
  const store = storeOn({ url });
  await store.start();
  return store;
}

async function refused(options: Partial<RedisStoreOptions>): Promise<Error & { code: string }> {
  return storeOn({ startWithinMs: 400, ...options })
    .start()
    .then(
      () => expect.fail('it started'),
      (error) => error,
    );
}

/** What is logged as a warning or worse. */
function warningsOf(): { logger: Logger; messages: string[] } {
  const messages: string[] = [];
  const note = (...args: unknown[]): void => void messages.push(String(args.at(-1)));
  const ignore = (): void => undefined;
  const logger = { debug: ignore, info: ignore, warn: note, error: note } as unknown as Logger;
  return { logger, messages };
}

/** How long it took until the call failed, and with which code. */
async function failureOf(call: Promise<unknown>) {
  const begin = performance.now();
  const code = await call.then(
    () => 'none',
    (error: { code: string }) => error.code,
  );
  return { code, milliseconds: performance.now() - begin };
}

const entry = (key: string, value: string) => ({ key, value: bytes(value) });
const works = (store: RedisStore) =>
  store.getMany(['n:a']).then(
    () => true,
    () => false,
  );

describeOnServer('redis-server', 'a store whose Redis is in trouble', () => {
  it('warns of nothing while it connects to a server that is there, and of one that is not', async () => {
    const { logger, messages } = warningsOf();
    const store = storeOn({ url: (await redis()).url, logger });
    await store.start();
    expect(messages).toEqual([]);
    const absent = storeOn({ url: `redis://127.0.0.1:${await freePort()}`, startWithinMs: 400, logger });
    await expect(absent.start()).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    expect(messages.length).toBeGreaterThan(0);
  });

  it('waits for a server that starts later, and says so meanwhile', async () => {
    const port = await freePort();
    const store = storeOn({ url: `redis://127.0.0.1:${port}` });
    const starting = store.start();
    await waitUntil(() => store.readiness().detail?.includes('refuses connections'));
    expect(store.readiness()).toMatchObject({
      ready: false,
      detail: expect.stringContaining(`127.0.0.1:${port}`),
    });
    await redis({ port, durable: false });
    await starting;
    expect(store.readiness()).toEqual({ ready: true });
  });

  it('gives up starting with one clear error', async () => {
    const error = await refused({ url: `redis://127.0.0.1:${await freePort()}` });
    expect(error.code).toBe('DEPENDENCY_UNAVAILABLE');
    expect(error.message).toContain('refuses connections');
  });

  it('names wrong credentials without showing them', async () => {
    const server = await redis({ durable: false, settings: ['--requirepass', 'right-one'] });
    const error = await refused({ url: server.url.replace('//', '//:wrong-one@') });
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain('refuses the credentials');
    expect(JSON.stringify([error.message, error.cause])).not.toContain('wrong-one');
    expect((await refused({ url: server.url })).code).toBe('CONFIG_INVALID');
    await startedOn(server.url.replace('//', '//:right-one@'));
  });

  it('names a server that is no Redis', async () => {
    const other = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const error = await refused({ url: `redis://127.0.0.1:${(other.address() as AddressInfo).port}` });
    expect(error).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('no Redis server'),
    });
  });

  it('refuses a replica, and a server that evicts lasting values', async () => {
    const primary = await redis({ durable: false, settings: ['--repl-diskless-sync-delay', '0'] });
    const replica = await redis({ durable: false, settings: ['--replicaof', `127.0.0.1 ${primary.port}`] });
    const admin = new Redis(replica.url);
    onTestFinished(() => admin.disconnect());
    await waitUntil(async () => (await admin.info('replication')).includes('master_link_status:up'), {
      deadlineMs: 15_000,
    });
    expect(await refused({ url: replica.url })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('read-only replica'),
    });
    const evicting = await redis({ durable: false, settings: ['--maxmemory-policy', 'allkeys-lru'] });
    expect(await refused({ url: evicting.url })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('allkeys-lru'),
    });
  }, 30_000);

  it('takes back up what an operator has corrected while it waited', async () => {
    const server = await redis({ durable: false, settings: ['--maxmemory-policy', 'allkeys-lru'] });
    const store = storeOn({ url: server.url });
    const starting = store.start();
    await waitUntil(() => store.readiness().detail?.includes('allkeys-lru'));
    const admin = new Redis(server.url);
    onTestFinished(() => admin.disconnect());
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    await starting;
  });

  it('writes nothing of a write that does not fit, names the reason, and goes on reading', async () => {
    const server = await redis({ durable: false, settings: ['--maxmemory', '8mb'] });
    const store = await startedOn(server.url);
    await store.putMany([entry('n:a', 'kept')], { consumer: 'c', sequence: 1, expected: 0 });
    const value = new Uint8Array(100_000);
    let sequence = 1;
    const fill = async (): Promise<string> => {
      for (;;) {
        const before = sequence++;
        const entries = Array.from({ length: 10 }, (_, i) => ({ key: `n:${sequence}-${i}`, value }));
        const write = store.putMany(entries, { consumer: 'c', sequence, expected: before });
        const { code } = await failureOf(write);
        if (code !== 'none') return code;
      }
    };
    expect(await fill()).toBe('OVERLOADED');
    expect(await store.checkpoint('c')).toBe(sequence - 1);
    expect(await store.getMany([`n:${sequence}-0`, `n:${sequence}-9`])).toEqual([undefined, undefined]);
    expect((await store.getMany(['n:a'])).map(text)).toEqual(['kept']);
  });

  it('is away while the server is killed, and back with everything when it is', async () => {
    const server = await redis();
    const store = await startedOn(server.url);
    await store.putMany([entry('n:a', 'before')], { consumer: 'c', sequence: 3 });
    await server.kill();
    await waitUntil(() => !store.connected);
    expect(await failureOf(store.getMany(['n:a']))).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    expect(store.readiness()).toMatchObject({
      ready: true,
      detail: expect.stringContaining('fallbacks serve'),
    });
    await server.start();
    await waitUntil(() => works(store));
    expect((await store.getMany(['n:a'])).map(text)).toEqual(['before']);
    // Scripts are gone from the server's memory; the write loads its own again.
    await store.putMany([entry('n:a', 'after')], { consumer: 'c', sequence: 4, expected: 3 });
    expect(store.readiness()).toEqual({ ready: true });
  });

  it('refuses a server that came back with another layout', async () => {
    const server = await redis();
    const store = await startedOn(server.url);
    const admin = new Redis(server.url);
    onTestFinished(() => admin.disconnect());
    await admin.set('test:{common}!layout', 'of tomorrow');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await waitUntil(() => !store.readiness().ready);
    expect(store.readiness().detail).toContain('of tomorrow');
    expect(await failureOf(store.getMany(['n:a']))).toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
  });

  it('goes on with a server that has begun to evict, and says so', async () => {
    const server = await redis({ durable: false });
    const store = await startedOn(server.url);
    const admin = new Redis(server.url);
    onTestFinished(() => admin.disconnect());
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await waitUntil(() => store.readiness().detail?.includes('evicts'));
    expect(store.readiness().ready).toBe(true);
    expect(await works(store)).toBe(true);
  });

  it('ends every call in time when the server hangs, refuses what would pile up, and recovers', async () => {
    const server = await redis({ durable: false });
    const store = await startedOn(server.url);
    server.signal('SIGSTOP');
    const calls = Array.from({ length: 5_000 }, () => failureOf(store.getMany(['n:a'])));
    const failures = await Promise.all(calls);
    expect(Math.max(...failures.map((f) => f.milliseconds))).toBeLessThan(COMMAND_TIMEOUT_MS + 800);
    const codes = new Set(failures.map((f) => f.code));
    expect(codes).toEqual(new Set(['DEPENDENCY_UNAVAILABLE', 'OVERLOADED']));
    server.signal('SIGCONT');
    await waitUntil(() => works(store));
  });

  it('finds its way again after a node of a cluster was killed', async () => {
    const folder = temporaryFolder();
    const cluster = await startLocalCluster(folder.path);
    onTestFinished(async () => {
      await cluster.stop();
      folder.remove();
    });
    const slotGroupOf = (key: string) => key.slice(-1);
    expect(await refused({ url: cluster.urls[0]! })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('node of a Redis Cluster'),
    });
    const store = storeOn({ clusterNodes: cluster.urls, slotGroupOf });
    await store.start();
    const keys = Array.from({ length: 10 }, (_, i) => `n:${i}`);
    await store.putMany(keys.map((key) => entry(key, key)));
    await cluster.nodes[1]!.kill();
    const { code, milliseconds } = await failureOf(store.getMany(keys));
    expect(code).toBe('DEPENDENCY_UNAVAILABLE');
    expect(milliseconds).toBeLessThan(COMMAND_TIMEOUT_MS + 500);
    await cluster.nodes[1]!.start();
    await waitUntil(
      () =>
        store.getMany(keys).then(
          () => true,
          () => false,
        ),
      { deadlineMs: 20_000 },
    );
    const found = (await store.getMany(keys)).map(text);
    // What was on the killed node is gone: these nodes keep nothing on disk.
    expect(found.filter((value) => value !== undefined).length).toBeGreaterThan(0);
    await store.putMany(keys.map((key) => entry(key, 'again')));
    expect((await store.getMany(keys)).map(text)).toEqual(keys.map(() => 'again'));
  }, 60_000);

  it('names a single server that was given as a cluster', async () => {
    const server = await redis({ durable: false });
    expect(await refused({ clusterNodes: [server.url], startWithinMs: 1_000 })).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('no Redis Cluster'),
    });
  });
});
