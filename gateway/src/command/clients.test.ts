/** What the file of `npm run gateway` says about clients, in front of HTTP subgraphs. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:http2';
import { systemClock } from '@marquee/domain';
import { silentLogger } from '@marquee/service-kit';
import { temporaryFolder } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SubgraphServers, startSubgraphs } from '../../test/subgraph-servers.ts';
import { library } from '../executor/test/library.world.ts';
import type { Gateway } from '../index.ts';
import { runPartners } from '../partners/partners-commands.ts';
import { runOperations } from '../trusted-documents/operations-commands.ts';
import { parseGatewayFile, withPaths } from './gateway-file.ts';
import { createSupergraphGateway } from './serve-supergraph.ts';

const NEWEST = 'query Newest { newest { rating } }';
const SHELF = 'query Shelf { shelf { owner { born } } }';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const folder = temporaryFolder();
const gateways: Gateway[] = [];
let subgraphs: SubgraphServers;

beforeAll(async () => {
  subgraphs = await startSubgraphs(library);
});
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  await subgraphs.stop();
  await folder.remove();
});

async function serve(settings: string, supergraphSdl = subgraphs.supergraphSdl): Promise<Gateway> {
  const file = withPaths(parseGatewayFile(`listen: { port: 0 }\n${settings}`, 'test.yaml'), folder.path);
  const gateway = createSupergraphGateway(
    { supergraphSdl, file, development: false, explorer: false },
    silentLogger,
  );
  gateways.push(gateway);
  await gateway.start();
  return gateway;
}

async function ask(gateway: Gateway, body: object, headers: Record<string, string> = {}, path = '/graphql') {
  const response = await fetch(`${gateway.url()}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const { data, errors } = (await response.json()) as {
    data?: unknown;
    errors?: { extensions: { code: string } }[];
  };
  return { status: response.status, headers: response.headers, data, code: errors?.[0]?.extensions.code };
}

describe('clients of any supergraph', () => {
  it('run what is registered for them, by id, by path and by text', async () => {
    await writeFile(folder.file('manifest.json'), JSON.stringify({ newest: NEWEST }));
    const gateway = await serve(
      'documents: { policy: safelist, clients: { tv: ids }, files: [manifest.json], automatic: off }',
    );
    for (const [body, path] of [
      [{ id: 'newest' }, '/graphql'],
      [{ documentId: 'newest' }, '/graphql'],
      [{}, '/graphql/newest'],
      [{ query: NEWEST }, '/graphql'],
    ] as const) {
      expect(await ask(gateway, body, {}, path)).toMatchObject({ data: { newest: { rating: 0.5 } } });
    }
    expect(await ask(gateway, { query: SHELF })).toMatchObject({ code: 'DOCUMENT_NOT_TRUSTED' });
    const tv = { 'apollographql-client-name': 'tv' };
    expect(await ask(gateway, { query: NEWEST }, tv)).toMatchObject({ code: 'PERSISTED_QUERY_ID_REQUIRED' });
  });

  it('are partners with keys, limits, budgets and operations of their own', async () => {
    const kit = { clock: systemClock };
    const partner = (command: string, flags: Record<string, string>) =>
      runPartners({
        ...{ command, args: ['acme'], flags, folder: folder.file('partners'), random: randomBytes },
        ...kit,
      });
    await partner('add', { rate: '5/1h', cost: '3/1h' });
    const [key = ''] = await partner('issue', { environment: 'production' });
    const [elsewhere = ''] = await partner('issue', { environment: 'staging' });
    await runOperations({
      ...{ command: 'publish', args: ['m.json'], flags: { client: 'acme', version: '1' } },
      registry: folder.file('operations'),
      readFile: async () => JSON.stringify({ [sha256(NEWEST)]: NEWEST }),
      readSupergraph: async () => subgraphs.supergraphSdl,
      readContracts: async () => [],
      contractOf: async () => undefined,
      ...kit,
    });
    const gateway = await serve('documents: { registry: operations }\npartners: { folder: partners }');
    const id = { id: sha256(NEWEST) };
    const first = await ask(gateway, id, { 'x-api-key': key });
    expect(first.data).toEqual({ newest: { rating: 0.5 } });
    expect(first.headers.get('ratelimit-policy')).toBe('"requests";q=5;w=3600, "cost";q=3;w=3600');
    expect(first.headers.get('ratelimit')).toMatch(/^"requests";r=4;t=\d+, "cost";r=2;t=\d+$/);
    expect(await ask(gateway, { query: SHELF }, { 'x-api-key': key })).toMatchObject({
      code: 'PERSISTED_QUERY_ID_REQUIRED',
    });
    expect(await ask(gateway, id, { 'x-api-key': elsewhere })).toMatchObject({
      status: 401,
      code: 'API_KEY_WRONG_ENVIRONMENT',
    });
    for (const _ of [1, 2]) expect((await ask(gateway, id, { 'x-api-key': key })).status).toBe(200);
    const refused = await ask(gateway, id, { 'x-api-key': key });
    expect(refused).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('have API keys of the subgraphs where there are no partners', async () => {
    const gateway = await serve('defaults: { propagateHeaders: [x-api-key] }');
    subgraphs.seen.length = 0;
    const answer = await ask(gateway, { query: NEWEST }, { 'x-api-key': 'of a subgraph' });
    expect(answer.data).toEqual({ newest: { rating: 0.5 } });
    expect(subgraphs.seen.every((headers) => headers['x-api-key'] === 'of a subgraph')).toBe(true);
  });

  it('are told to subgraphs as the rules say, with headers of the gateway that they cannot change', async () => {
    const gateway = await serve(`defaults:
  propagateHeaders: [accept-language, { name: X-Tenant, as: x-customer }]
  setHeaders: { X-Api-Key: of the gateway }`);
    subgraphs.seen.length = 0;
    const sent = {
      'x-tenant': 'acme',
      'x-customer': 'forged',
      'x-api-key': 'forged',
      'accept-language': 'nb',
    };
    await ask(gateway, { query: NEWEST }, sent);
    const [seen] = subgraphs.seen;
    expect(seen).toMatchObject({
      'x-customer': 'acme',
      'x-api-key': 'of the gateway',
      'accept-language': 'nb',
    });
    expect(seen).not.toHaveProperty('x-tenant');
    await ask(gateway, { query: NEWEST }, { 'x-customer': 'forged' });
    expect(subgraphs.seen.at(-1)).not.toHaveProperty('x-customer');
  });

  it.each([
    ['propagateHeaders: [a, { name: b, as: a }]', /two headers are passed on to subgraphs as a/],
    ['propagateHeaders: [{ name: a, as: Host }]', /cannot be passed on to subgraphs: host/],
    ['setHeaders: { content-length: "5" }', /cannot be passed on to subgraphs: content-length/],
    ['setHeaders: { a: "x\\r\\nb: y" }', /values that cannot be sent: a/],
  ])('are not served with %s', async (settings, problem) => {
    await expect(serve(`defaults: { ${settings} }`)).rejects.toThrow(problem);
  });

  it('see contract variants, come from other origins and over HTTP/2', async () => {
    const tagged = subgraphs.supergraphSdl
      .replace(
        'schema\n',
        'directive @tag(name: String!) repeatable on FIELD_DEFINITION | OBJECT\n\nschema\n  @link(url: "https://specs.apollo.dev/tag/v0.3")\n',
      )
      .replace(/^(\s+newest: .*)$/m, '$1 @tag(name: "internal")');
    const gateway = await serve(
      `contracts: [{ name: public, exclude: [internal] }]
cors: { origins: ['https://app.example.com'] }
http2: { port: 0, cleartext: true }`,
      tagged,
    );
    expect((await ask(gateway, { query: NEWEST })).data).toEqual({ newest: { rating: 0.5 } });
    const variant = await ask(gateway, { query: NEWEST }, {}, '/contracts/public/graphql');
    expect(variant.code).toBe('GRAPHQL_VALIDATION_FAILED');
    const preflight = await fetch(`${gateway.url()}/graphql`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    const session = connect(gateway.http2Url() ?? '');
    const stream = session.request({ ':path': '/health' });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    session.close();
    expect(headers[':status']).toBe(200);
  });

  it.each([
    ['documents: { policy: closed }', /documents.policy/],
    ['documents: { clients: { "a=b": ids } }', /documents.clients.a=b/],
    ['partners: {}', /partners.folder/],
    ['partners: { folder: p, environment: Prod }', /partners.environment/],
    ['contracts: [{ name: "A B" }]', /contracts.0.name/],
    ['cors: { origins: ["*"], credentials: true }', /cors.credentials/],
    ['http2: { port: 1 }', /http2: needs either tls or cleartext/],
  ])('%s is refused by name', (settings, problem) => {
    expect(() => parseGatewayFile(settings, 'test.yaml')).toThrow(problem);
  });
});
