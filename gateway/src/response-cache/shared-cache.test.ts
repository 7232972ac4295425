/** Several gateways over one store, with reads and mutations in every order. */
import { setImmediate as turn } from 'node:timers/promises';
import { type LocalServer, startLocalRedis } from '@marquee/local-servers';
import { silentLogger } from '@marquee/service-kit';
import { describeOnServer, temporaryFolder } from '@marquee/testkit';
import * as fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RedisCluster, startRedisCluster } from '../../test/redis-cluster.ts';
import { ask } from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';
import { MemoryResponseStore } from './memory/memory-response-store.ts';
import { RedisResponseStore } from './redis/redis-response-store.ts';
import type { ResponseStore } from './response-store.ts';
import { changesOf, entitySubject } from './subjects.ts';
import { cachingGateway, type Shelf, shelfGraph } from './test/shelf-graph.ts';

const READ = '{ me { id likes } shelf { id name liked } titles(first: 2) { id name length } }';
const PROFILES = ['p0', 'p1'];

type Act = {
  readonly kind: 'read' | 'like' | 'rename' | 'evict';
  readonly gateway: number;
  readonly who: number;
};
/** What each of several clients does, one after the other; clients go on side by side. */
const clients = fc.array(
  fc.array(
    fc.record({
      kind: fc.constantFrom<Act['kind'][]>('read', 'read', 'read', 'like', 'rename', 'evict'),
      gateway: fc.nat({ max: 1 }),
      who: fc.nat({ max: 1 }),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  { minLength: 1, maxLength: 4 },
);

/** A store on the other end of a slow line: each call takes some turns of the event loop to arrive, and to come back. */
function distant(store: ResponseStore, turns: () => number): ResponseStore {
  const far = async <T>(call: () => Promise<T>): Promise<T> => {
    for (let left = turns(); left > 0; left--) await turn();
    const result = await call();
    for (let left = turns(); left > 0; left--) await turn();
    return result;
  };
  return {
    name: store.name,
    start: () => store.start(),
    stop: () => store.stop(),
    readiness: () => store.readiness(),
    read: (slots) => far(() => store.read(slots)),
    write: (entries) => far(() => store.write(entries)),
    advance: (subjects) => far(() => store.advance(subjects)),
    remove: (owner) => far(() => store.remove(owner)),
  };
}

interface Me {
  readonly me: { readonly id: string; readonly likes: number };
  readonly shelf: readonly { readonly id: string; readonly name: string; readonly liked: number }[];
}

interface Opened {
  readonly store: ResponseStore;
  readonly again: () => ResponseStore;
  readonly empty: () => Promise<void>;
  /** What a server does whose memory is full: versions go, in no particular order. Absent: the store does not. */
  readonly evict?: () => Promise<void>;
}

async function evictVersions(server: Redis): Promise<void> {
  const versions = await server.keys('shared:*}:v:*');
  const gone = versions.filter((_, i) => i % 2 === 0);
  // One by one, as a server evicts.
  await Promise.all(gone.map((key) => server.del(key)));
}

function suite(open: () => Opened): void {
  let shelf: Shelf;
  let gateways: Gateway[];
  let alone: Gateway;
  let empty: () => Promise<void>;
  let evict: Opened['evict'];
  let store: ResponseStore;
  beforeAll(async () => {
    shelf = shelfGraph();
    const opened = open();
    ({ empty, evict, store } = opened);
    let at = 0;
    const turns = () => [0, 40, 3, 90, 12][at++ % 5]!;
    gateways = [opened.store, opened.again()].map((each) => cachingGateway(shelf, distant(each, turns)));
    alone = cachingGateway(shelf, undefined);
    for (const gateway of [...gateways, alone]) await gateway.start();
  });
  afterAll(async () => {
    for (const gateway of [...gateways, alone]) await gateway.stop();
  });

  const send = async (gateway: Gateway, who: string, query: string) => {
    const { body } = await ask(gateway, query, { 'x-profile-id': who });
    expect(body.errors).toBeUndefined();
    return body.data as unknown;
  };

  it('an answer is never from before what was acknowledged when it was asked for, and in the end equals an uncached one', {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        clients,
        fc.array(fc.nat({ max: 4 }), { minLength: 8, maxLength: 8 }),
        async (all, delays) => {
          await empty();
          shelf.likes.clear();
          let at = 0;
          shelf.pause = async () => {
            for (let left = delays[at++ % delays.length]!; left > 0; left--) await turn();
          };
          const acknowledged = new Map(PROFILES.map((profile) => [profile, 0]));
          let renames = 0;
          const act = async ({ kind, gateway, who }: Act): Promise<void> => {
            const profile = PROFILES[who]!;
            const at = gateways[gateway]!;
            if (kind === 'like') {
              const { like } = (await send(at, profile, 'mutation { like }')) as { like: number };
              acknowledged.set(profile, Math.max(like, acknowledged.get(profile)!));
            } else if (kind === 'evict') {
              await evict?.();
            } else if (kind === 'rename') {
              shelf.names.set('t1', `Name ${++renames}`);
              await store.advance([entitySubject('Title', 't1'), changesOf('Title')]);
            } else {
              const least = acknowledged.get(profile)!;
              const { me, shelf: titles } = (await send(at, profile, READ)) as Me;
              expect(me.id).toBe(profile);
              expect(me.likes).toBeGreaterThanOrEqual(least);
              for (const { liked } of titles) expect(liked).toBeGreaterThanOrEqual(least);
            }
          };
          await Promise.all(
            all.map(async (acts) => {
              for (const each of acts) await act(each);
            }),
          );
          for (const profile of PROFILES) {
            const expected = await send(alone, profile, READ);
            // Once filling, once filled, at both.
            for (const gateway of [...gateways, ...gateways]) {
              expect(await send(gateway, profile, READ)).toEqual(expected);
            }
          }
        },
      ),
      { numRuns: 40, interruptAfterTimeLimit: 12_000, endOnFailure: true },
    );
  });

  it('what one gateway has asked, the other need not ask', async () => {
    await empty();
    shelf.pause = async () => undefined;
    await send(gateways[0]!, 'p0', READ);
    // Written beside the answer.
    await expect
      .poll(async () => {
        const asked = { ...shelf.asked };
        await send(gateways[1]!, 'p0', READ);
        return JSON.stringify(asked) === JSON.stringify(shelf.asked);
      })
      .toBe(true);
  });
}

describe('gateways that share a store in memory', () =>
  suite(() => {
    const store = new MemoryResponseStore({ maxBytes: 4_000_000 });
    return {
      store,
      again: () => store,
      empty: () => store.advance([...PROFILES.map((id) => `viewer:${id}`), changesOf('Title')]),
    };
  }));

describeOnServer('redis-server', 'gateways that share a Redis', () => {
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
  suite(() => {
    const make = () =>
      new RedisResponseStore({
        url: server.url,
        keyPrefix: 'shared:',
        commandTimeoutMs: 2_000,
        logger: silentLogger,
      });
    const store = make();
    return {
      store,
      again: make,
      // What an earlier run still writes finds that its versions are gone.
      empty: async () => void (await admin.flushall()),
      evict: () => evictVersions(admin),
    };
  });
});

describeOnServer('redis-server', 'gateways that share a Redis Cluster', () => {
  const folder = temporaryFolder();
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster(folder.path);
  }, 60_000);
  afterAll(async () => {
    await cluster?.stop();
    await folder.remove();
  });
  suite(() => {
    const make = () =>
      new RedisResponseStore({
        clusterNodes: cluster.urls,
        keyPrefix: 'shared:',
        commandTimeoutMs: 2_000,
        logger: silentLogger,
      });
    const evict = async () => void (await Promise.all(cluster.nodes.map(evictVersions)));
    return { store: make(), again: make, empty: () => cluster.flush(), evict };
  });
});
