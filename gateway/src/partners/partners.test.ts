import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { manualClock } from '@marquee/domain';
import { createSubgraphExecutor } from '@marquee/service-kit/subgraph';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { parse } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { composeSupergraph } from '../../../schema/composition.ts';
import {
  answerOf,
  DEVELOPMENT,
  gatewayOver,
  NOW,
  type SmallGraph,
  smallGraph,
} from '../../test/small-graph/small-graph.ts';
import { runOperations } from '../trusted-documents/operations-commands.ts';
import { type PartnersInvocation, runPartners } from './partners-commands.ts';

const graph = smallGraph();
const TITLES = 'query Titles($first: Int = 1) { titles(first: $first) { id } }';

/** Whose list has to be bounded by an argument. */
function shop(): Pick<SmallGraph, 'supergraphSdl' | 'executors'> {
  const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@listSize"])';
  const sdl = `${link}
    type Query { books(first: Int): [Book] @listSize(slicingArguments: ["first"]) }
    type Book { name: String }`;
  const schema = buildSubgraphSchema([
    { typeDefs: parse(sdl), resolvers: { Query: { books: () => [{ name: 'Dune' }] } } },
  ]);
  return {
    supergraphSdl: composeSupergraph([{ name: 'shop', sdl }]).supergraphSdl,
    executors: { shop: createSubgraphExecutor({ schema, createContext: (request) => ({ request }) }) },
  };
}

function office(served: Pick<SmallGraph, 'supergraphSdl' | 'executors'> = graph) {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const clock = manualClock(NOW);
  const partners = folder.file('partners');
  const registry = folder.file('operations');
  const run = (command: string, args: readonly string[], flags: PartnersInvocation['flags'] = {}) =>
    runPartners({ command, args, flags, folder: partners, random: randomBytes, clock });
  const issue = async (name: string, environment = 'development', flags = {}) =>
    (await run('issue', [name], { environment, ...flags }))[0]!;
  const publish = (client: string, operations: Record<string, string>) =>
    runOperations({
      command: 'publish',
      args: ['m.json'],
      flags: { client, version: '1' },
      registry,
      readFile: async () => JSON.stringify(operations),
      readSupergraph: async () => served.supergraphSdl,
      readContracts: async () => [],
      contractOf: async () => undefined,
      clock,
    });
  const serve = async () => {
    const gateway = gatewayOver(served as SmallGraph, {
      clock,
      config: {
        ...DEVELOPMENT,
        documents: { ...DEVELOPMENT.documents, registry },
        partners: { folder: partners, environment: 'development' },
      },
    });
    await gateway.start();
    onTestFinished(() => gateway.stop());
    const send = (key: string | undefined, body: object, accept = 'application/json') =>
      fetch(`${gateway.url()}/graphql`, {
        method: 'POST',
        headers: {
          ...{ accept, 'content-type': 'application/json' },
          ...(key !== undefined && { 'x-api-key': key }),
        },
        body: JSON.stringify(body),
      });
    const ask = async (key: string | undefined, body: object = { id: 'titles' }) =>
      answerOf(await send(key, body));
    return Object.assign(ask, { send });
  };
  return { clock, run, issue, publish, serve, partners };
}

const codeOf = ({ status, body }: Awaited<ReturnType<typeof answerOf>>) => [
  status,
  body.errors?.[0]?.extensions.code,
];

describe('an API key', () => {
  it('runs what was published for its holder, and nothing else', async () => {
    const { run, issue, publish, serve } = office();
    await run('add', ['acme']);
    await publish('acme', { titles: TITLES });
    await publish('globex', { me: 'query Me { me }' });
    await publish('*', { names: 'query Names { titles(first: 1) { name } }' });
    const key = await issue('acme');
    const ask = await serve();
    expect((await ask(key)).body).toEqual({ data: { titles: [{ id: 't0' }] } });
    expect((await ask(key, { id: 'names' })).body.data).toEqual({ titles: [{ name: 'Title 0' }] });
    expect(codeOf(await ask(key, { id: 'me' }))).toEqual([200, 'PERSISTED_QUERY_NOT_FOUND']);
    expect(codeOf(await ask(key, { query: '{ me }' }))).toEqual([400, 'PERSISTED_QUERY_ID_REQUIRED']);
  });

  it('is on disk as a hash alone, and in no list', async () => {
    const { run, issue, partners } = office();
    await run('add', ['acme']);
    const key = await issue('acme');
    const files = readdirSync(partners).map((name) => readFileSync(join(partners, name), 'utf8'));
    const shown = [...files, ...(await run('list', [])), ...(await run('list', [], { json: true }))].join();
    expect(shown).not.toContain(key.slice(20, 40));
    expect((await run('list', [], { json: true })).join()).not.toContain('hash');
  });

  it('of another environment is refused, and both are named', async () => {
    const { run, issue, serve } = office();
    await run('add', ['acme']);
    const key = await issue('acme', 'production');
    const answer = await (await serve())(key);
    expect(codeOf(answer)).toEqual([401, 'API_KEY_WRONG_ENVIRONMENT']);
    expect(answer.body.errors?.[0]?.message).toBe('This API key is for production; this is development.');
  });

  it('that is unknown, expired or revoked is refused in the same words', async () => {
    const { run, issue, serve, clock, publish } = office();
    await run('add', ['acme']);
    await publish('acme', { titles: TITLES });
    const short = await issue('acme', 'development', { expires: '1h' });
    const revoked = await issue('acme');
    const kept = await issue('acme');
    const [line] = (await run('list', [])).filter((text) => text.includes('k_')).slice(1);
    await run('revoke', [line!.trim().split(' ')[0]!]);
    clock.advance(2 * 3_600_000);
    const other = office();
    await other.run('add', ['acme']);
    const unknown = await other.issue('acme');
    const ask = await serve();
    const refusals = await Promise.all([short, revoked, unknown].map((key) => ask(key)));
    for (const refusal of refusals) {
      expect(codeOf(refusal)).toEqual([401, 'API_KEY_INVALID']);
      expect(refusal.body.errors?.[0]?.message).toBe(refusals[0]!.body.errors?.[0]?.message);
    }
    expect((await ask(kept)).status).toBe(200);
    expect(codeOf(await ask(`${kept}x`))).toEqual([401, 'API_KEY_INVALID']);
    expect(codeOf(await ask('x'.repeat(5_000)))).toEqual([401, 'API_KEY_INVALID']);
    // A build that has lost its key is told so, and does not go on as nobody in particular.
    expect(codeOf(await ask(''))).toEqual([401, 'API_KEY_INVALID']);
  });

  it('is rotated with an overlap in which both work, without a restart', async () => {
    const { run, issue, serve, clock, publish } = office();
    await run('add', ['acme']);
    await publish('acme', { titles: TITLES });
    const old = await issue('acme');
    const ask = await serve();
    expect((await ask(old)).status).toBe(200);
    const fresh = (await run('rotate', ['acme'], { environment: 'development', overlap: '1h' }))[0]!;
    await waitUntil(async () => (await ask(fresh)).status === 200);
    expect((await ask(old)).status).toBe(200);
    clock.advance(3_600_000 + 1_000);
    expect(codeOf(await ask(old))).toEqual([401, 'API_KEY_INVALID']);
    expect((await ask(fresh)).status).toBe(200);
  });
});

describe('limits of a partner', () => {
  it('of requests: headers on every answer, then 429 until the window ends', async () => {
    const { run, issue, serve, clock, publish } = office();
    await run('add', ['acme'], { rate: '3/1m' });
    await publish('acme', { titles: TITLES });
    const [one, two] = [await issue('acme'), await issue('acme')];
    const ask = await serve();
    clock.advance(12_300);
    const first = await ask(one);
    expect(first.headers.get('ratelimit-policy')).toBe('"requests";q=3;w=60');
    expect(first.headers.get('ratelimit')).toBe('"requests";r=2;t=48');
    expect(first.headers.get('retry-after')).toBeNull();
    // Two keys are one partner.
    await ask(two);
    expect((await ask(one)).headers.get('ratelimit')).toBe('"requests";r=0;t=48');
    const refused = await ask(two);
    expect(codeOf(refused)).toEqual([429, 'RATE_LIMITED']);
    expect(refused.headers.get('retry-after')).toBe('48');
    expect(refused.headers.get('ratelimit')).toBe('"requests";r=0;t=48');
    expect(refused.headers.get('cache-control')).toBe('no-store');
    clock.advance(48_000);
    expect((await ask(two)).status).toBe(200);
  });

  it('of cost: an operation that does not fit in is not run', async () => {
    const { run, issue, serve, clock, publish } = office();
    await run('add', ['acme'], { cost: '25/1h' });
    await publish('acme', {
      titles: TITLES,
      hide: 'mutation Hide { hide(titleId: "t2") me: hide(titleId: "t2") }',
    });
    const key = await issue('acme');
    const ask = await serve();
    const first = await ask(key);
    expect(first.headers.get('ratelimit-policy')).toBe('"requests";q=600;w=60, "cost";q=25;w=3600');
    expect(first.headers.get('ratelimit')).toMatch(/^"requests";r=599;t=\d+, "cost";r=15;t=\d+$/);
    await ask(key);
    const refused = await ask(key, { id: 'hide' });
    expect(codeOf(refused)).toEqual([429, 'RATE_LIMITED']);
    expect(refused.body.errors?.[0]?.message).toMatch(/cost budget of 25 in 3600 s/);
    expect(graph.hidden).toEqual([]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_000);
    clock.advance(3_600_000);
    expect((await ask(key)).status).toBe(200);
  });

  it('of cost: what fits into no window is refused for good, and takes nothing', async () => {
    const { run, issue, serve, publish } = office();
    await run('add', ['acme'], { cost: '15/1h' });
    await publish('acme', { titles: TITLES, all: 'query All { titles { similar { id } } }' });
    const key = await issue('acme');
    const ask = await serve();
    const refused = await ask(key, { id: 'all' });
    expect(codeOf(refused)).toEqual([400, 'COST_ESTIMATED_TOO_EXPENSIVE']);
    expect(refused.headers.get('retry-after')).toBeNull();
    expect((await ask(key)).headers.get('ratelimit')).toMatch(/"cost";r=5;/);
    const later = await ask(key);
    expect(codeOf(later)).toEqual([429, 'RATE_LIMITED']);
    expect(later.body.errors?.[0]?.message).toMatch(/5 are left, the operation costs 10; wait \d+ s/);
    expect(later.headers.get('ratelimit')).toMatch(/"cost";r=5;/);
  });

  it('of cost: a list that nothing bounds is paid for where costs are only measured', async () => {
    const { run, issue, serve, publish } = office(shop());
    await run('add', ['acme'], { cost: '25/1h' });
    await publish('acme', { books: 'query Books($first: Int) { books(first: $first) { name } }' });
    const key = await issue('acme');
    const ask = await serve();
    const answer = await ask(key, { id: 'books' });
    expect(answer.body).toEqual({ data: { books: [{ name: 'Dune' }] } });
    // As many as are assumed of a list.
    expect(answer.headers.get('ratelimit')).toMatch(/"cost";r=15;/);
  });

  it('of cost: every event of a subscription is paid for, and it ends with the budget', async () => {
    const { run, issue, serve, publish } = office();
    await run('add', ['acme'], { cost: '3/1h' });
    await publish('acme', {
      one: 'query One { title(id: "t1") { id } }',
      added: 'subscription Added { titleAdded { id } }',
    });
    const key = await issue('acme');
    const ask = await serve();
    const events = await ask.send(key, { id: 'added' }, 'text/event-stream');
    let text = '';
    const reading = (async () => {
      for await (const chunk of events.body!.pipeThrough(new TextDecoderStream())) text += chunk;
    })();
    for (const sent of [1, 2, 3]) {
      await waitUntil(() => graph.subscribers() === 1);
      graph.addTitle('t1');
      await waitUntil(() => text.split('"titleAdded"').length - 1 === sent);
    }
    expect(codeOf(await ask(key, { id: 'one' }))).toEqual([429, 'RATE_LIMITED']);
    graph.addTitle('t1');
    await reading;
    expect(text).toMatch(/"code":"RATE_LIMITED"/);
    expect(text).toMatch(/event: complete/);
    expect(text.split('"titleAdded"')).toHaveLength(4);
    await waitUntil(() => graph.subscribers() === 0);
  });

  it('hold for a subscription as long as its key does', async () => {
    const { run, issue, serve, publish } = office();
    await run('add', ['acme']);
    await publish('acme', { titles: TITLES, added: 'subscription Added { titleAdded { id } }' });
    const key = await issue('acme');
    const ask = await serve();
    const events = await ask.send(key, { id: 'added' }, 'text/event-stream');
    await waitUntil(() => graph.subscribers() === 1);
    const [line] = (await run('list', [])).filter((text) => text.includes('k_'));
    await run('revoke', [line!.trim().split(' ')[0]!]);
    await waitUntil(async () => (await ask(key)).status === 401);
    // The first is what it was opened for.
    graph.addTitle('t1');
    graph.addTitle('t1');
    const text = await events.text();
    expect(text).toMatch(/"code":"API_KEY_INVALID"/);
    expect(text).toMatch(/event: complete/);
    expect(text.split('"titleAdded"')).toHaveLength(2);
  });

  it('of cost: an operation in parts is paid for once and whole', async () => {
    const { run, issue, serve, publish } = office();
    await run('add', ['acme'], { cost: '1000/1h' });
    const SIMILAR = 'similar { name }';
    await publish('acme', {
      whole: `query Whole { titles(first: 2) { id ${SIMILAR} } }`,
      parts: `query Parts { titles(first: 2) { id ... @defer { ${SIMILAR} } } }`,
    });
    const key = await issue('acme');
    const ask = await serve();
    const left = async (id: string, accept: string) => {
      const answer = await ask.send(key, { id }, accept);
      const text = await answer.text();
      expect(text).toContain('"similar"');
      return /"cost";r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1];
    };
    expect(await left('whole', 'application/json')).toBe('890');
    const parted = 'multipart/mixed;deferSpec=20220824, application/json';
    expect(await left('parts', parted)).toBe('780');
    expect(await left('parts', parted)).toBe('670');
  });

  it('can be changed while it is served, and its keys stay', async () => {
    const { run, issue, serve, publish } = office();
    await run('add', ['acme'], { rate: '1/1h', cost: '1000/1h', scopes: 'a', contract: undefined });
    await publish('acme', { titles: TITLES });
    const key = await issue('acme');
    const ask = await serve();
    await ask(key);
    expect((await ask(key)).status).toBe(429);
    await run('change', ['acme'], { rate: '3/1h', cost: 'none' });
    await waitUntil(async () => (await ask(key)).headers.get('ratelimit-policy') === '"requests";q=3;w=3600');
    const book = JSON.parse((await run('list', [], { json: true })).join(''));
    expect(book.partners[0]).toMatchObject({ scopes: ['a'], policy: 'ids', keys: [{ state: 'active' }] });
    expect(book.partners[0]).not.toHaveProperty('costBudget');
  });

  it('are nobody else’s', async () => {
    const { run, issue, serve, publish } = office();
    await run('add', ['acme'], { rate: '1/1h' });
    await run('add', ['globex'], { rate: '1/1h' });
    await publish('*', { titles: TITLES });
    const [acme, globex] = [await issue('acme'), await issue('globex')];
    const ask = await serve();
    await ask(acme);
    expect((await ask(acme)).status).toBe(429);
    expect((await ask(globex)).status).toBe(200);
    const keyless = await ask(undefined);
    expect([keyless.status, keyless.headers.get('ratelimit')]).toEqual([200, null]);
  });
});

describe('the commands', () => {
  it.each([
    ['add', ['Acme Inc'], {}, /name: must be/],
    ['add', ['acme2'], { rate: 'many' }, /--rate must be an amount per time/],
    ['add', ['acme2'], { policy: 'all' }, /policy: /],
    ['add', ['acme'], {}, /there is a partner acme already/],
    ['change', ['acme'], {}, /change needs at least one of --rate/],
    ['change', ['nobody'], { rate: '1/1m' }, /no partner nobody/],
    ['change', ['acme'], { policy: 'all' }, /policy: /],
    ['issue', ['nobody'], { environment: 'production' }, /no partner nobody/],
    ['issue', ['acme'], {}, /--environment must say/],
    ['issue', ['acme'], { environment: 'production', expires: '2001-01-01' }, /lies in the past/],
    ['rotate', ['acme'], { environment: 'production' }, /no active key in production/],
    ['revoke', ['k_0'], {}, /no partner has a key k_0/],
  ] as const)('say what is wrong with %s %j %j', async (command, args, flags, message) => {
    const { run } = office();
    await run('add', ['acme']);
    await expect(run(command, args, flags)).rejects.toThrow(message);
  });
});
