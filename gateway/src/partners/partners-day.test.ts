/** A partner's day, with a client library as partners have it: Apollo Client with its persisted-query link. */
import { createHash, randomBytes } from 'node:crypto';
import { ApolloClient, type DocumentNode, gql, HttpLink, InMemoryCache, ServerError } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Supergraph } from '@apollo/federation-internals';
import { manualClock } from '@marquee/domain';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { print } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeSupergraph } from '../../../schema/composition.ts';
import { withRecorded } from '../../../schema/operations-in-use.ts';
import { schemaChanges } from '../../../schema/schema-changes.ts';
import { readUsage } from '../../../schema/usage.ts';
import { DEVELOPMENT, gatewayOver, NOW, smallGraph } from '../../test/small-graph/small-graph.ts';
import { contractSchema } from '../contracts/contract-filter.ts';
import type { Gateway } from '../index.ts';
import { type OperationsInvocation, runOperations } from '../trusted-documents/operations-commands.ts';
import { type PartnersInvocation, runPartners } from './partners-commands.ts';

const CATALOGUE: DocumentNode = gql`
  query Catalogue($first: Int!) {
    titles(first: $first) {
      id
      name
    }
  }
`;
const UNPUBLISHED: DocumentNode = gql`
  query Unpublished {
    titles {
      id
    }
  }
`;

interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly method: string;
  readonly url: string;
}

const HOUR_MS = 3_600_000;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** As Apollo's manifest generator does it: the text that its client sends, and its hash. */
function manifestOf(...documents: readonly DocumentNode[]): string {
  const operations = documents.map((document) => {
    const body = print(new InMemoryCache().transformDocument(document));
    return { id: sha256(body), name: /query (\w+)/.exec(body)?.[1], type: 'query', body };
  });
  return JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations });
}

const graph = smallGraph();
const folder = temporaryFolder();
const clock = manualClock(NOW);
let gateway: Gateway;
let seen: Seen[] = [];

const partners = (command: string, flags: PartnersInvocation['flags'] = {}) =>
  runPartners({
    command,
    args: ['acme'],
    flags,
    folder: folder.file('partners'),
    random: randomBytes,
    clock,
  });
const operations = (command: string, args: readonly string[], flags: OperationsInvocation['flags'] = {}) =>
  runOperations({
    command,
    args,
    flags,
    registry: folder.file('operations'),
    readFile: async () => manifestOf(CATALOGUE),
    readSupergraph: async () => graph.supergraphSdl,
    readContracts: async () => [],
    contractOf: async () => undefined,
    clock,
  });

/** A client as a partner builds it; its HTTP layer revalidates what it has, as browsers do. */
function clientWith(key: string): ApolloClient {
  const kept = new Map<string, { etag: string; body: string; type: string }>();
  const revalidating: typeof fetch = async (input, init) => {
    const url = String(input);
    const headers = new Headers(init?.headers);
    const known = kept.get(url);
    if (known !== undefined) headers.set('if-none-match', known.etag);
    const response = await fetch(url, { ...init, headers });
    seen.push({ status: response.status, headers: response.headers, method: init?.method ?? 'GET', url });
    if (response.status === 304 && known !== undefined) {
      return new Response(known.body, { headers: { 'content-type': known.type } });
    }
    const body = await response.text();
    const etag = response.headers.get('etag');
    const type = response.headers.get('content-type') ?? '';
    if (etag !== null) kept.set(url, { etag, body, type });
    return new Response(body, { status: response.status, headers: response.headers });
  };
  return new ApolloClient({
    cache: new InMemoryCache(),
    clientAwareness: { name: 'acme-web', version: '3.1' },
    link: new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(
      new HttpLink({ uri: `${gateway.url()}/graphql`, headers: { 'x-api-key': key }, fetch: revalidating }),
    ),
  });
}
const ask = (client: ApolloClient, query = CATALOGUE) =>
  client.query({ query, variables: { first: 2 }, fetchPolicy: 'network-only' });
/** Asks until it works, an hour of the partner's time later each time: trying must not use its limit up. */
const untilAnswered = (client: ApolloClient, what: string, enough = () => true) =>
  waitUntil(
    async () => {
      clock.advance(HOUR_MS);
      const answered = await ask(client).then(
        () => true,
        () => false,
      );
      return answered && enough();
    },
    { what },
  );
const data = {
  titles: [
    { __typename: 'Title', id: 't0', name: 'Title 0' },
    { __typename: 'Title', id: 't1', name: 'Title 1' },
  ],
};

beforeAll(async () => {
  gateway = gatewayOver(graph, {
    clock,
    contracts: [contractSchema.parse({ name: 'partner', include: ['partner'] })],
    config: {
      ...DEVELOPMENT,
      documents: { ...DEVELOPMENT.documents, policy: 'safelist', registry: folder.file('operations') },
      partners: { folder: folder.file('partners'), environment: 'production' },
    },
  });
  await gateway.start();
});
afterAll(async () => {
  await gateway.stop();
  await folder.remove();
});

describe('a partner’s day', () => {
  let client: ApolloClient;

  it('begins with a key and a published manifest', async () => {
    await partners('add', { contract: 'partner', rate: '30/1h' });
    const key = (await partners('issue', { environment: 'production' }))[0]!;
    await operations('publish', ['manifest.json'], { client: 'acme', version: '3.1' });
    client = clientWith(key);
    await untilAnswered(client, 'the gateway’s knowing key and manifest');
  });

  it('goes on with operations by id over GET, and 304 for what has not changed', async () => {
    seen = [];
    clock.advance(HOUR_MS);
    expect((await ask(client)).data).toEqual(data);
    expect((await ask(client)).data).toEqual(data);
    expect(seen.map(({ method }) => method)).toEqual(['GET', 'GET']);
    expect(seen.every(({ url }) => !url.includes('titles'))).toBe(true);
    expect(seen.at(-1)?.status).toBe(304);
    expect(seen.at(-1)?.headers.get('cache-control')).toBe('public, max-age=60');
    expect(seen.at(-1)?.headers.get('ratelimit')).toMatch(/^"requests";r=28;t=\d+$/);
  });

  it('does not run what was not published, though its client offers the text', async () => {
    seen = [];
    await expect(ask(client, UNPUBLISHED)).rejects.toThrow(/ids alone/);
    expect(seen.map(({ method, status }) => [method, status])).toEqual([
      ['GET', 404],
      ['POST', 400],
    ]);
  });

  it('meets its rate limit, and is told when to come back', async () => {
    seen = [];
    const refusal = await (async () => {
      for (;;) await ask(client);
    })().catch((error: unknown) => error);
    const last = seen.at(-1)!;
    expect(last.status).toBe(429);
    expect(String(refusal)).toMatch(/30 requests in 3600 s are used up/);
    expect(ServerError.is(refusal)).toBe(false);
    clock.advance(Number(last.headers.get('retry-after')) * 1_000);
    expect((await ask(client)).data).toEqual(data);
  });

  it('rotates its key without an interruption', async () => {
    const fresh = (await partners('rotate', { environment: 'production', overlap: '1h' }))[0]!;
    const old = client;
    client = clientWith(fresh);
    await waitUntil(() =>
      ask(client).then(
        () => true,
        () => false,
      ),
    );
    expect((await ask(old)).data).toEqual(data);
    clock.advance(HOUR_MS);
    await expect(ask(old)).rejects.toThrow(/not valid any more/);
    expect((await ask(client)).data).toEqual(data);
  });

  it('is told of the end of its operation', async () => {
    await operations('deprecate', ['Catalogue'], { sunset: '2026-09-01' });
    seen = [];
    await untilAnswered(client, 'the announcement', () => seen.at(-1)?.headers.has('deprecation') ?? false);
    expect(seen.at(-1)?.headers.get('sunset')).toBe('Tue, 01 Sep 2026 00:00:00 GMT');
  });

  it('stops the removal of a field that it still uses', async () => {
    const usage = readUsage((await operations('usage', [])).join('\n'), 'usage.json');
    expect(usage).toContainEqual(expect.objectContaining({ operation: 'Catalogue', client: 'acme' }));
    const api = Supergraph.build(graph.supergraphSdl).apiSchema().toGraphQLJSSchema();
    const { supergraphSdl } = composeSupergraph([
      { name: 'content', sdl: 'type Query { titles(first: Int = 20): [Title!]! } type Title { id: ID! }' },
    ]);
    const without = Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema();
    const changes = schemaChanges(api, without, withRecorded([], usage, 'usage.json'));
    const removal = changes.find(({ description }) => description.includes('Title.name'));
    expect(removal).toMatchObject({
      criticality: 'breaking',
      operations: [{ name: 'Catalogue', clients: ['acme@3.1'], refused: true }],
    });
  });
});
