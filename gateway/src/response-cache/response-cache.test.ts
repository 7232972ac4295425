import { READY } from '@marquee/service-kit';
import { waitUntil } from '@marquee/testkit';
import { SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, ask, PRODUCTION, SECRET } from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';
import { MemoryResponseStore } from './memory/memory-response-store.ts';
import type { ResponseStore } from './response-store.ts';
import { changesOf, entitySubject } from './subjects.ts';
import { cachingGateway, cachingOptions, type Shelf, shelfGraph } from './test/shelf-graph.ts';

const running: Gateway[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((gateway) => gateway.stop()));
});

async function started(...gateways: Gateway[]): Promise<Gateway[]> {
  for (const gateway of gateways) {
    await gateway.start();
    running.push(gateway);
  }
  return gateways;
}

/** One gateway over one shelf. */
async function shop(
  options: Parameters<typeof cachingGateway>[2] = {},
  store: ResponseStore = new MemoryResponseStore({ maxBytes: 1_000_000 }),
) {
  const shelf = shelfGraph();
  const [gateway] = await started(cachingGateway(shelf, store, options));
  const as = (profile: string | undefined, query: string, headers: Record<string, string> = {}) =>
    ask(gateway!, query, { ...(profile === undefined ? {} : { 'x-profile-id': profile }), ...headers });
  return { shelf, store, gateway: gateway!, as };
}

const TITLES = '{ titles { id name } }';
const SHELF = '{ shelf { id name liked } }';
const ME = '{ me { id likes } }';
const total = ({ asked }: Shelf) => asked.catalogue! + asked.viewers!;
const data = ({ body }: Answer) => body.data;

describe('what is kept is not asked for again', () => {
  it('public roots for every viewer, whatever they call the operation', async () => {
    const { shelf, as } = await shop();
    const first = await as('p2', TITLES);
    expect(data(first)).toEqual({ titles: ['t0', 't1', 't2'].map((id) => ({ id, name: `Title ${id}` })) });
    const again = await as('p1', 'query Other { titles { id name } }');
    expect(data(again)).toEqual(data(first));
    expect(total(shelf)).toBe(1);
  });

  it('arguments are part of it', async () => {
    const { shelf, as } = await shop();
    const lengths = async (unit: string) => data(await as('p1', `{ shelf { length(unit: "${unit}") } }`));
    const minutes = await lengths('minutes');
    expect(await lengths('hours')).not.toEqual(minutes);
    expect(await lengths('minutes')).toEqual(minutes);
    expect(shelf.asked).toEqual({ catalogue: 2, viewers: 1 });
  });

  it('entities that another request is fetching are waited for, beside those that are fetched', async () => {
    const shelf = shelfGraph();
    const { catalogue } = shelf.executors;
    const [firstAsked, secondAsked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let calls = 0;
    shelf.executors.catalogue = async (request) => {
      if (++calls === 1) {
        firstAsked.resolve();
        await secondAsked.promise;
      } else secondAsked.resolve();
      return catalogue!(request);
    };
    const [gateway] = await started(cachingGateway(shelf, new MemoryResponseStore({ maxBytes: 1_000_000 })));
    const as = (profile: string) => ask(gateway!, '{ shelf { id name } }', { 'x-profile-id': profile });
    const first = as('p1');
    await firstAsked.promise;
    shelf.names.set('t3', 'Title t3');
    expect(data(await as('p2'))).toEqual({
      shelf: ['t0', 't1', 't2', 't3'].map((id) => ({ id, name: `Title ${id}` })),
    });
    expect((await first).body.errors).toBeUndefined();
    expect(shelf.represented.catalogue).toBe(4);
  });

  it('entities one by one, for all viewers: only those that are missing are asked for', async () => {
    const { shelf, as, store } = await shop();
    await as('p1', SHELF);
    expect(shelf.represented).toEqual({ catalogue: 3, viewers: 0 });
    await as('p2', SHELF);
    expect(shelf.represented.catalogue).toBe(3);
    await store.advance([entitySubject('Title', 't1')]);
    shelf.names.set('t1', 'Renamed');
    const answer = await as('p2', SHELF);
    expect(shelf.represented.catalogue).toBe(4);
    expect(data(answer)).toEqual({
      shelf: [
        { id: 't0', name: 'Title t0', liked: 0 },
        { id: 't1', name: 'Renamed', liked: 0 },
        { id: 't2', name: 'Title t2', liked: 0 },
      ],
    });
  });

  it("a viewer's own, until they do something", async () => {
    const { shelf, as } = await shop();
    for (let i = 0; i < 3; i++) expect(data(await as('p1', ME))).toEqual({ me: { id: 'p1', likes: 0 } });
    expect(total(shelf)).toBe(1);
    await as('p1', 'mutation { like }');
    expect(data(await as('p1', ME))).toEqual({ me: { id: 'p1', likes: 1 } });
    expect(total(shelf)).toBe(3);
  });

  it('a mutation that changes nothing ends nothing, unless another one does', async () => {
    const { shelf, as } = await shop();
    await as('p1', ME);
    await as('p1', 'mutation { see }');
    await as('p1', ME);
    expect(shelf.asked.viewers).toBe(2);
  });

  it('the same question by many at once is asked once', async () => {
    const { shelf, as } = await shop();
    const gate = Promise.withResolvers<void>();
    shelf.pause = () => gate.promise;
    const many = [...Array(5)].flatMap(() => [as('p1', TITLES), as('p2', ME), as('p2', SHELF)]);
    await expect.poll(() => total(shelf)).toBeGreaterThanOrEqual(3);
    gate.resolve();
    const answers = await Promise.all(many);
    expect(answers.every(({ body }) => body.errors === undefined)).toBe(true);
    expect(shelf.asked.viewers).toBeLessThanOrEqual(3);
  });
});

describe('what must not be kept is not', () => {
  it('what nobody says anything of', async () => {
    const { shelf, as } = await shop();
    for (let i = 0; i < 2; i++) await as('p1', '{ unhinted }');
    for (let i = 0; i < 2; i++) await as('p1', '{ unhinted titles { id } }');
    expect(shelf.asked.catalogue).toBe(4);
  });

  it('answers with errors, whole or in part', async () => {
    const { shelf, as } = await shop();
    for (let i = 0; i < 2; i++) {
      const answer = await as('p1', '{ broken { id } }');
      expect(answer.body.errors).toHaveLength(1);
    }
    expect(shelf.asked.catalogue).toBe(2);
  });

  it('what a subgraph made without something', async () => {
    const { shelf, as } = await shop();
    shelf.isDegraded = true;
    const degraded = await as('p1', '{ me { degraded } }');
    shelf.isDegraded = false;
    const whole = await as('p1', '{ me { degraded } }');
    expect([data(degraded), data(whole)]).toEqual([{ me: { degraded: true } }, { me: { degraded: false } }]);
  });

  it('what is for a viewer where there is none', async () => {
    const { shelf, as } = await shop();
    for (let i = 0; i < 2; i++) await as(undefined, ME);
    expect(shelf.asked.viewers).toBe(2);
  });

  it('anything, when it is off', async () => {
    const shelf = shelfGraph();
    const [gateway] = await started(cachingGateway(shelf, undefined));
    for (let i = 0; i < 2; i++) await ask(gateway!, TITLES);
    expect(shelf.asked.catalogue).toBe(2);
  });

  it('an answer longer than allowed', async () => {
    const { shelf, as } = await shop({ cache: { maxEntryBytes: 1_024 } });
    shelf.names.set('t0', 'x'.repeat(2_000));
    for (let i = 0; i < 2; i++) await as(undefined, TITLES);
    expect(shelf.asked.catalogue).toBe(2);
  });
});

describe('nobody sees what is kept for somebody else', () => {
  it('two profiles', async () => {
    const { as } = await shop();
    for (const profile of ['p1', 'p2', 'p1', 'p2']) {
      expect(data(await as(profile, ME))).toEqual({ me: { id: profile, likes: 0 } });
    }
  });

  it('a field of which nothing is said is kept for each viewer, and for those without one', async () => {
    const { shelf, as } = await shop();
    for (const profile of ['p1', 'p2', undefined, 'p1', 'p2', undefined]) {
      expect(data(await as(profile, '{ seenBy }'))).toEqual({ seenBy: profile ?? 'nobody' });
    }
    expect(shelf.asked.catalogue).toBe(3);
  });

  it('a subgraph whose PUBLIC is not believed', async () => {
    const { shelf, as } = await shop({
      cache: { subgraphs: { catalogue: { enabled: true, perViewer: true } } },
    });
    for (const profile of ['p1', 'p2', 'p1', 'p2']) await as(profile, TITLES);
    expect(shelf.asked).toEqual({ catalogue: 2, viewers: 0 });
    // Not in the list: not kept.
    for (let i = 0; i < 2; i++) await as('p1', ME);
    expect(shelf.asked.viewers).toBe(2);
  });

  it('two sets of scopes of one profile', async () => {
    const { as } = await shop();
    const token = async (scope: string) =>
      new SignJWT({ sub: 'p1', scope })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuedAt()
        .setExpirationTime('10y')
        .sign(new TextEncoder().encode(SECRET));
    for (const scope of ['a', 'b', 'a', 'b']) {
      const answer = await as(undefined, '{ scopes }', { authorization: `Bearer ${await token(scope)}` });
      expect(data(answer)).toEqual({ scopes: scope });
    }
  });

  it('two supergraphs, such as contract variants', async () => {
    const store = new MemoryResponseStore({ maxBytes: 1_000_000 });
    const [one, other] = [shelfGraph(), shelfGraph()];
    const supergraphSdl = `# another one\n${other.supergraphSdl}`;
    const gateways = await started(
      cachingGateway(one, store),
      cachingGateway({ ...other, supergraphSdl }, store),
    );
    other.names.set('t0', 'Theirs');
    for (const gateway of [...gateways, ...gateways]) await ask(gateway, TITLES);
    expect([one.asked.catalogue, other.asked.catalogue]).toEqual([1, 1]);
  });
});

describe('a client that wants a fresh answer', () => {
  const fresh = { 'cache-control': 'no-cache' };

  it('gets one where it may, and others get it too', async () => {
    const { shelf, as } = await shop();
    await as('p1', TITLES);
    shelf.names.set('t0', 'Renamed');
    expect(JSON.stringify(data(await as('p1', TITLES)))).not.toContain('Renamed');
    expect(JSON.stringify(data(await as('p1', TITLES, fresh)))).toContain('Renamed');
    expect(JSON.stringify(data(await as('p2', TITLES)))).toContain('Renamed');
    expect(shelf.asked.catalogue).toBe(2);
    await as('p1', TITLES, { 'cache-control': 'no-store' });
    expect(shelf.asked.catalogue).toBe(3);
  });

  it('is not listened to in production without the scope', async () => {
    const { shelf, as } = await shop({ config: PRODUCTION });
    for (let i = 0; i < 3; i++) await as(undefined, TITLES, fresh);
    expect(shelf.asked.catalogue).toBe(1);
  });
});

describe('a store that is away costs its entries and nothing else', () => {
  class Switched extends MemoryResponseStore {
    fault: 'none' | 'rejects' | 'hangs' = 'none';
    reads = 0;
    async #meet(): Promise<void> {
      if (this.fault === 'rejects') throw new Error('away');
      if (this.fault === 'hangs') await new Promise(() => undefined);
    }
    override async read(...args: Parameters<MemoryResponseStore['read']>) {
      this.reads++;
      await this.#meet();
      return super.read(...args);
    }
    override async write(...args: Parameters<MemoryResponseStore['write']>) {
      await this.#meet();
      return super.write(...args);
    }
    override async advance(...args: Parameters<MemoryResponseStore['advance']>) {
      await this.#meet();
      return super.advance(...args);
    }
  }

  it.each(['rejects', 'hangs'] as const)('one that %s is given up quickly, then not asked', async (fault) => {
    const store = new Switched({ maxBytes: 1_000_000 });
    const { shelf, as } = await shop({ cache: { readWithinMs: 20 } }, store);
    await as('p1', SHELF);
    store.fault = fault;
    const startedAt = performance.now();
    for (let i = 0; i < 20; i++) {
      const { status, body } = await as('p1', SHELF);
      expect([status, body.errors]).toEqual([200, undefined]);
    }
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(store.reads).toBeLessThan(30);
    expect(shelf.asked.viewers).toBeGreaterThanOrEqual(20);
  });

  it('what a mutation could not end is not served by its gateway, and is ended when the store is back', async () => {
    const store = new Switched({ maxBytes: 1_000_000 });
    const { as } = await shop({}, store);
    await as('p1', ME);
    const slot = { key: 'probe', owner: 'viewer:p1', subjects: [] };
    const [before] = await store.read([slot]);
    store.fault = 'rejects';
    expect((await as('p1', 'mutation { like }')).body.errors).toBeUndefined();
    store.fault = 'none';
    expect(data(await as('p1', ME))).toEqual({ me: { id: 'p1', likes: 1 } });
    // Another gateway hears of it as soon as the store can be told.
    await expect.poll(async () => (await store.read([slot]))[0]!.versions).not.toBe(before!.versions);
  });
});

describe('what is kept in the process', () => {
  it('spares the store, for as long as it may be late', async () => {
    const { shelf, as, store } = await shop({ cache: { localAgeSeconds: 60 } });
    await as('p1', SHELF);
    await store.advance([entitySubject('Title', 't1'), changesOf('Title')]);
    shelf.names.set('t1', 'Renamed');
    const answer = await as('p1', SHELF);
    expect(JSON.stringify(data(answer))).not.toContain('Renamed');
    expect(shelf.represented.catalogue).toBe(3);
  });

  it.each([
    ['was being fetched', 'fetch'],
    ['was being read from the store', 'read'],
  ] as const)('what %s when all was forgotten is not kept after it', async (_what, held) => {
    const gate = { reached: Promise.withResolvers<void>(), open: Promise.withResolvers<void>() };
    let isHeld = false;
    const hold = async <T>(what: typeof held, value: Promise<T>): Promise<T> => {
      const already = await value;
      if (isHeld && what === held) {
        gate.reached.resolve();
        await gate.open.promise;
      }
      return already;
    };
    class Slow extends MemoryResponseStore {
      override read(...args: Parameters<MemoryResponseStore['read']>) {
        const isOfTitles = args[0].some(({ subjects }) => subjects.includes('Title:t1'));
        return isOfTitles ? hold('read', super.read(...args)) : super.read(...args);
      }
    }
    const shelf = shelfGraph();
    const { catalogue } = shelf.executors;
    shelf.executors.catalogue = (request) => hold('fetch', catalogue!(request));
    const store = new Slow({ maxBytes: 1_000_000 });
    let forgetLocal = (): void => undefined;
    const nothing = { start: async () => undefined, stop: async () => undefined, readiness: () => READY };
    const options = cachingOptions({ localAgeSeconds: 60, readWithinMs: 10_000 });
    const [gateway, other] = await started(
      cachingGateway(shelf, undefined, {
        responseCache: {
          options,
          store,
          changes: (told) => {
            forgetLocal = told.forgetLocal;
            return { name: 'changes', ...nothing };
          },
        },
      }),
      cachingGateway(shelf, store),
    );
    const names = async (at: Gateway | undefined) =>
      JSON.stringify(data(await ask(at!, SHELF, { 'x-profile-id': 'p1' })));
    if (held === 'read') {
      await names(other);
      await waitUntil(async () => shelf.represented.catalogue === 3 && store.bytes > 1_000);
    }
    isHeld = true;
    const before = names(gateway);
    await gate.reached.promise;
    shelf.names.set('t1', 'Renamed');
    await store.advance([entitySubject('Title', 't1'), changesOf('Title')]);
    forgetLocal();
    isHeld = false;
    gate.open.resolve();
    // It was asked for before the change.
    expect(await before).not.toContain('Renamed');
    expect(await names(gateway)).toContain('Renamed');
  });

  it('belongs to each answer alone', async () => {
    const { as } = await shop({ cache: { localAgeSeconds: 60 } });
    const both = '{ a: shelf { id name length liked } b: shelf { id name length } }';
    const first = await as('p1', both);
    for (let i = 0; i < 3; i++) expect(data(await as('p1', both))).toEqual(data(first));
  });
});
