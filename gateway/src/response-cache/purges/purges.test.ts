/** What operators take out of the response cache is served by no gateway any more. */
import { createMemoryBroadcast } from '@marquee/coordination/memory';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import { startLocalNats, startLocalRedis } from '@marquee/local-servers';
import { parseConfig, silentLogger } from '@marquee/service-kit';
import { describeOnServer, temporaryFolder, waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask } from '../../../test/small-graph/small-graph.ts';
import type { Gateway, GatewayOptions } from '../../index.ts';
import { MemoryResponseStore } from '../memory/memory-response-store.ts';
import { RedisResponseStore } from '../redis/redis-response-store.ts';
import type { ResponseStore } from '../response-store.ts';
import { cachingGateway, cachingOptions, type Shelf, shelfGraph } from '../test/shelf-graph.ts';
import { type CacheInvocation, runCache } from './cache-commands.ts';
import {
  broadcastLedger,
  broadcastPurges,
  folderLedger,
  folderPurges,
  type PurgeLedger,
  type PurgeSource,
} from './purge-ledger.ts';
import { PURGE_COMMAND_VARIABLES, purgePlace } from './variables.ts';

const SHELF = '{ shelf { id name liked } }';
const ME = '{ me { id likes } }';
const POLL_MS = 20;

const purging =
  (ledger: PurgeLedger) =>
  (flags: CacheInvocation['flags'], command = 'purge') =>
    runCache({
      command,
      args: [],
      flags: { note: 'wrong data', ...flags },
      ledger,
      place: 'the tests',
      entityTypes: async () => new Set(['Title']),
      user: 'operator',
      // As the gateways' clock has it.
      now: () => new Date('2026-03-01T12:00:00Z'),
    });

async function serving(
  shelf: Shelf,
  store: ResponseStore,
  purges: PurgeSource,
  logger: GatewayOptions['logger'] = silentLogger,
): Promise<Gateway> {
  // Local copies as in production: they must go, too.
  const options = cachingOptions({ localAgeSeconds: 60 });
  const gateway = cachingGateway(shelf, undefined, { responseCache: { options, store, purges }, logger });
  await gateway.start();
  onTestFinished(() => gateway.stop());
  return gateway;
}

/** Asks as one of two viewers and says how often subgraphs were asked for it. */
function visitor(shelf: Shelf) {
  const asked = () => shelf.represented.catalogue! + shelf.asked.viewers!;
  return async (gateway: Gateway, query: string, profile = 'p1') => {
    const before = asked();
    const { body } = await ask(gateway, query, { 'x-profile-id': profile });
    expect(body.errors).toBeUndefined();
    return { data: body.data as { shelf: { name: string }[] }, asked: asked() - before };
  };
}

interface Place {
  readonly ledger: PurgeLedger;
  source(): PurgeSource;
}

function suite(name: string, open: () => Promise<Place & { stores(): ResponseStore }>): void {
  describe(`purges through ${name}`, () => {
    async function two() {
      const place = await open();
      const shelf = shelfGraph();
      const gateways = [
        await serving(shelf, place.stores(), place.source()),
        await serving(shelf, place.stores(), place.source()),
      ];
      const visit = visitor(shelf);
      const fill = async () => {
        for (const gateway of gateways) {
          for (const query of [SHELF, ME]) for (const p of ['p1', 'p2']) await visit(gateway, query, p);
        }
      };
      await fill();
      return { ...place, shelf, gateways, visit, purge: purging(place.ledger) };
    }

    it('end an entity and what lists it, at every gateway and in its own memory', async () => {
      const { shelf, gateways, visit, purge } = await two();
      shelf.names.set('t1', 'Corrected');
      for (const gateway of gateways)
        expect((await visit(gateway, SHELF)).data.shelf[1]?.name).toBe('Title t1');
      await purge({ entity: 'Title:t1' });
      for (const gateway of gateways) {
        await waitUntil(async () => (await visit(gateway, SHELF)).data.shelf[1]?.name === 'Corrected');
      }
    });

    it('end every entity of a type', async () => {
      const { shelf, gateways, visit, purge } = await two();
      for (const id of ['t0', 't1', 't2']) shelf.names.set(id, `Corrected ${id}`);
      await purge({ type: 'Title' });
      for (const gateway of gateways) {
        await waitUntil(async () =>
          (await visit(gateway, SHELF)).data.shelf.every(({ name }) => name.startsWith('Corrected')),
        );
      }
    });

    it('end what is kept for one viewer and leave the others what is theirs', async () => {
      const { gateways, visit, purge } = await two();
      await purge({ profile: 'p1' });
      for (const [at, gateway] of gateways.entries()) {
        // The first gateway to ask keeps it for all that share a store.
        if (at === 0) await waitUntil(async () => (await visit(gateway, ME, 'p1')).asked === 1);
        expect((await visit(gateway, ME, 'p2')).asked).toBe(0);
      }
    });

    it('end everything', async () => {
      const { shelf, gateways, visit, purge } = await two();
      shelf.names.set('t0', 'Corrected');
      await purge({ everything: true });
      await waitUntil(async () => (await visit(gateways[0]!, ME, 'p2')).asked === 1);
      for (const gateway of gateways) {
        await waitUntil(async () => (await visit(gateway, SHELF)).data.shelf[0]?.name === 'Corrected');
      }
    });

    it('are carried out by a gateway that starts afterwards', async () => {
      const { ledger, source, stores, purge } = await open().then((place) => ({
        ...place,
        purge: purging(place.ledger),
      }));
      const shelf = shelfGraph();
      const store = stores();
      const visit = visitor(shelf);
      const first = cachingGateway(shelf, undefined, { responseCache: { options: cachingOptions(), store } });
      await first.start();
      await visit(first, SHELF);
      await purge({ everything: true });
      expect(await ledger.history()).toHaveLength(1);
      shelf.names.set('t0', 'Corrected');
      const gateway = await serving(shelf, store, source());
      await waitUntil(async () => (await visit(gateway, SHELF)).data.shelf[0]?.name === 'Corrected');
      await first.stop();
    });

    it('are written down with who and why, and numbered also when several come at once', async () => {
      const { ledger } = await open();
      const purge = purging(ledger);
      await Promise.all(['a', 'b', 'c', 'd'].map((profile) => purge({ profile, by: `ops-${profile}` })));
      const history = await ledger.history();
      expect(history.map(({ number }) => number)).toEqual([1, 2, 3, 4]);
      expect(history.map(({ by }) => by).sort()).toEqual(['ops-a', 'ops-b', 'ops-c', 'ops-d']);
      expect((await purge({}, 'history'))[0]).toMatch(
        /^4 {2}2026-03-01T12:00:00.000Z {2}ops-. {2}profile . {2}wrong data$/,
      );
    });
  });
}

function folderPlace(): Place {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const path = folder.file('purges');
  return { ledger: folderLedger(path), source: () => folderPurges(path, POLL_MS) };
}

suite('a folder, with a store for each gateway', async () => ({
  ...folderPlace(),
  stores: () => new MemoryResponseStore({ maxBytes: 1_000_000 }),
}));

suite('the broadcast, with one store', async () => {
  const broadcast = createMemoryBroadcast();
  const store = new MemoryResponseStore({ maxBytes: 1_000_000 });
  // Closed once, by the first gateway that stops.
  const shared: ResponseStore = Object.assign(Object.create(store) as ResponseStore, {
    read: store.read.bind(store),
    write: store.write.bind(store),
    advance: store.advance.bind(store),
    remove: store.remove.bind(store),
    stop: async () => undefined,
    readiness: () => store.readiness(),
  });
  return {
    ledger: broadcastLedger(broadcast),
    source: () => broadcastPurges(broadcast),
    stores: () => shared,
  };
});

describeOnServer('nats-server', 'on NATS and Redis', () => {
  suite('NATS, with answers in Redis', async () => {
    const folders = [temporaryFolder(), temporaryFolder()] as const;
    const [nats, redis] = [
      await startLocalNats({ folder: folders[0].path }),
      await startLocalRedis({ folder: folders[1].path, durable: false }),
    ];
    const connect = () => createNatsBroadcast({ servers: nats.url, logger: silentLogger });
    const own = connect();
    await own.start();
    onTestFinished(async () => {
      await own.stop();
      await nats.stop();
      await redis.stop();
      for (const folder of folders) folder.remove();
    });
    return {
      ledger: broadcastLedger(own),
      source: () => broadcastPurges(connect()),
      stores: () =>
        new RedisResponseStore({
          url: redis.url,
          keyPrefix: 'test:',
          commandTimeoutMs: 2_000,
          logger: silentLogger,
        }),
    };
  });
});

describe('a purge', () => {
  it('is tried again until the store can be told, and stands in the log of each gateway', async () => {
    const place = folderPlace();
    const shelf = shelfGraph();
    const store = new MemoryResponseStore({ maxBytes: 1_000_000 });
    let isAway = true;
    const told: unknown[] = [];
    const failing = Object.assign(Object.create(store) as ResponseStore, {
      read: store.read.bind(store),
      write: store.write.bind(store),
      stop: store.stop.bind(store),
      readiness: () => store.readiness(),
      async advance(subjects: readonly string[]) {
        if (isAway) throw new Error('away');
        await store.advance(subjects);
      },
    });
    const warned: unknown[] = [];
    const logger = {
      ...silentLogger,
      child: () => logger,
      debug: () => undefined,
      error: () => undefined,
      info: (about: unknown) => void told.push(about),
      warn: (about: unknown) => void warned.push(about),
    } as unknown as GatewayOptions['logger'];
    const gateway = await serving(shelf, failing, place.source(), logger);
    const visit = visitor(shelf);
    await visit(gateway, SHELF);
    shelf.names.set('t0', 'Corrected');
    await purging(place.ledger)({ entity: 'Title:t0', by: 'ops' });
    await waitUntil(() => warned.length > 1);
    isAway = false;
    await waitUntil(async () => (await visit(gateway, SHELF)).data.shelf[0]?.name === 'Corrected');
    expect(told).toContainEqual({ purge: 1, by: 'ops', note: 'wrong data', target: 'Title:t0' });
  });

  it('is written where it is said, and else where the environment says', () => {
    const place = (environment: Record<string, string>, said: { nats?: string; folder?: string } = {}) => {
      const found = purgePlace(parseConfig(PURGE_COMMAND_VARIABLES, environment), said);
      return 'folder' in found ? found.folder : found.nats.servers.join();
    };
    const [NATS_URL, MARQUEE_CACHE_PURGES] = ['nats://a:4222', '/purges'];
    expect(place({})).toBe('.marquee/cache-purges');
    expect(place({ NATS_URL })).toBe('nats://a:4222');
    expect(place({ NATS_URL, MARQUEE_CACHE_PURGES })).toBe('/purges');
    expect(place({ NATS_URL, MARQUEE_CACHE_PURGES }, { nats: 'nats://b:4222' })).toBe('nats://b:4222');
    expect(place({ NATS_URL }, { folder: '/other' })).toBe('/other');
  });

  it.each([
    [{}, /say what, and one thing at a time/],
    [{ type: 'Title', everything: true }, /one thing at a time/],
    [{ type: 'Genre' }, /Genre is no entity of the supergraph.*those are Title/],
    [{ entity: 'Title' }, /is not Type:key/],
    [{ profile: 'p1', note: ' ' }, /--note must say why/],
  ] as const)('says what is wrong with %j', async (flags, message) => {
    await expect(purging(folderPlace().ledger)(flags)).rejects.toThrow(message);
  });
});
