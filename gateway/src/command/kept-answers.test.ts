/** What the general gateway lets others keep of answers that HTTP subgraphs give. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@marquee/service-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { composeSupergraph } from '../../../schema/composition.ts';
import type { Gateway } from '../index.ts';
import { parseGatewayFile } from './gateway-file.ts';
import { createSupergraphGateway } from './serve-supergraph.ts';

const LINK = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@composeDirective"])
  @link(url: "https://marquee.example/cacheControl/v1.0", import: ["@cacheControl"])
  @composeDirective(name: "@cacheControl")
directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT
enum CacheControlScope { PUBLIC PRIVATE }`;
const hinted = (field: string) => `${LINK} type Query { ${field}: Int @cacheControl(maxAge: 300) }`;

let said: Record<string, Record<string, string>> = {};
let asked: string[] = [];
const server = createServer((request, response) => {
  request.resume();
  const name = (request.url ?? '').slice(1);
  asked.push(name);
  response.writeHead(200, { 'content-type': 'application/json', ...said[name] });
  response.end(JSON.stringify({ data: { [name]: 1 } }));
});
let gateway: Gateway;
/** The same, and what subgraphs answer is kept. */
let keeping: Gateway;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { supergraphSdl } = composeSupergraph(
    ['stock', 'price'].map((name) => ({ name, sdl: hinted(name) })),
  );
  const settings = `listen: { port: 0 }
defaults: { propagateHeaders: [X-Tenant] }
subgraphs:
  stock: { url: 'http://127.0.0.1:${port}/stock' }
  price: { url: 'http://127.0.0.1:${port}/price', propagateHeaders: [cookie] }`;
  const gatewayOf = (text: string) => {
    const file = parseGatewayFile(text, 'test.yaml');
    return createSupergraphGateway(
      { supergraphSdl, file, development: false, explorer: false },
      silentLogger,
    );
  };
  gateway = gatewayOf(settings);
  keeping = gatewayOf(`${settings}\nresponseCache: { mode: on }`);
  await gateway.start();
  await keeping.start();
});
afterAll(async () => {
  await gateway.stop();
  await keeping.stop();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  said = {};
  asked = [];
});

async function get(query: string, headers: Record<string, string> = {}, from = gateway): Promise<Headers> {
  const response = await fetch(`${from.url()}/graphql?${new URLSearchParams({ query })}`, {
    headers: { 'apollo-require-preflight': '1', ...headers },
  });
  await response.arrayBuffer();
  return response.headers;
}

describe('an answer to a GET', () => {
  it.each([
    ['nobody says more than the schema', {}, 'public, max-age=300'],
    ['one says less time', { stock: 'max-age=20', price: 'max-age=900' }, 'public, max-age=20'],
    ['one has kept it for a while itself', { stock: 'max-age=100', age: '60' }, 'public, max-age=40'],
    ['one says that it is for its client alone', { price: 'private, max-age=50' }, 'private, no-cache'],
    ['one says that it is not to be kept', { stock: 'no-store', price: 'max-age=900' }, 'private, no-store'],
    ['no time is left', { stock: 'max-age=0' }, 'private, no-store'],
  ])('is kept as the strictest of schema and subgraphs has it, where %s', async (_what, given, policy) => {
    const { age, ...policies } = given as Record<string, string>;
    for (const [name, value] of Object.entries(policies)) {
      said[name] = { 'cache-control': value, ...(age !== undefined && { age }) };
    }
    const headers = await get('{ stock price }');
    expect(headers.get('cache-control')).toBe(policy);
    expect(headers.has('etag')).toBe(!policy.includes('no-store'));
  });

  it('is told apart by the headers that subgraphs see', async () => {
    expect((await get('{ stock }')).get('vary')).toBe(
      'accept, authorization, x-profile-id, x-api-key, marquee-variant, cookie, x-tenant',
    );
  });

  it('that was made for whoever a subgraph was told of is for them alone', async () => {
    expect((await get('{ price }', { cookie: 'a=b' })).get('cache-control')).toBe('private, max-age=300');
    expect((await get('{ price }', { 'x-tenant': 'acme' })).get('cache-control')).toBe('public, max-age=300');
    // No subgraph sees it.
    expect((await get('{ price }', { authorization: 'Bearer x' })).get('cache-control')).toBe(
      'public, max-age=300',
    );
  });

  it('that is made of kept ones and new ones is kept as long as what is left of the oldest', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      said.stock = { 'cache-control': 'max-age=100' };
      said.price = { 'cache-control': 'max-age=200' };
      expect((await get('{ stock }', {}, keeping)).get('cache-control')).toBe('public, max-age=100');
      vi.setSystemTime(Date.now() + 30_000);
      expect((await get('{ stock }', {}, keeping)).get('cache-control')).toBe('public, max-age=70');
      expect((await get('{ price stock }', {}, keeping)).get('cache-control')).toBe('public, max-age=70');
      expect(asked).toEqual(['stock', 'price']);
    } finally {
      vi.useRealTimers();
    }
  });
});
