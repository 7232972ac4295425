import { createServer } from 'node:net';
import { QueryPlanner } from '@apollo/query-planner';
import { createLogger, isMarqueeError, MarqueeError } from '@marquee/service-kit';
import type { SubgraphExecutor } from '@marquee/service-kit/subgraph';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  answerOf,
  ask,
  DEVELOPMENT,
  gatewayOver,
  PRODUCTION,
  type SmallGraph,
  smallGraph,
} from '../test/small-graph/small-graph.ts';
import type { Gateway, GatewayOptions } from './index.ts';

const gateways: Gateway[] = [];
async function started(
  graph: SmallGraph = smallGraph(),
  options: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const gateway = gatewayOver(graph, options);
  gateways.push(gateway);
  await gateway.start();
  return gateway;
}
afterAll(() => Promise.all(gateways.map((gateway) => gateway.stop())));

describe('federation in process', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await started();
  });

  it('answers one query from two subgraphs', async () => {
    const { body } = await ask(gateway, '{ titles(first: 2) { id name inMyList } me }', {
      'x-profile-id': 'p1',
    });
    expect(body).toEqual({
      data: {
        titles: [
          { id: 't0', name: 'Title 0', inMyList: false },
          { id: 't1', name: 'Title 1', inMyList: true },
        ],
        me: 'p1',
      },
    });
  });

  it('passes trace context on, and drops what is not one', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect((await ask(gateway, '{ trace }', { traceparent })).body.data).toEqual({ trace: traceparent });
    expect((await ask(gateway, '{ trace }', { traceparent: '00-zz' })).body.data).toEqual({ trace: null });
  });

  it('loses only the fields of a subgraph that fails', async () => {
    const graph = smallGraph();
    const limping = await started({
      ...graph,
      executors: {
        ...graph.executors,
        'user-profile': () => Promise.reject(new Error('connection reset by 10.0.0.7')),
      },
    });
    const { status, body, text } = await ask(limping, '{ titles(first: 1) { name inMyList } who: me }');
    expect(status).toBe(200);
    expect(body.data).toEqual({ titles: [{ name: 'Title 0', inMyList: null }], who: null });
    expect(body.errors?.map((error) => [error.extensions.code, error.path])).toContainEqual([
      'INTERNAL_SERVER_ERROR',
      ['who'],
    ]);
    expect(text).not.toContain('10.0.0.7');
  });

  it('tells the client when a subgraph does not answer within the deadline, and answers the rest', async () => {
    const hasty = await started(smallGraph(), { config: { ...DEVELOPMENT, requestDeadlineMs: 30 } });
    const { body } = await ask(hasty, '{ slow me }', { 'x-profile-id': 'p1' });
    expect(body.data).toEqual({ slow: null, me: 'p1' });
    expect(body.errors).toMatchObject([
      { path: ['slow'], extensions: { code: 'DEADLINE_EXCEEDED', retryable: true } },
    ]);
  });

  it('does not start when nobody executes one of the subgraphs', async () => {
    const graph = smallGraph();
    const { 'user-profile': _, ...executors } = graph.executors;
    await expect(gatewayOver({ ...graph, executors }).start()).rejects.toThrow(/user-profile/);
  });
});

describe('documents that are known before anybody sends them', () => {
  const QUERY = 'query Both($first: Int!) { titles(first: $first) { id inMyList } me }';

  it('are planned before the gateway serves, and nothing of them is run', async () => {
    const planning = vi.spyOn(QueryPlanner.prototype, 'buildQueryPlan');
    const graph = smallGraph();
    const calls: string[] = [];
    const executors = Object.fromEntries(
      Object.entries(graph.executors).map(([name, execute]): [string, SubgraphExecutor] => [
        name,
        (request) => {
          calls.push(name);
          return execute(request);
        },
      ]),
    );
    const lines: string[] = [];
    const logger = createLogger({
      service: 'test',
      level: 'debug',
      destination: { write: (line) => void lines.push(line) },
    });
    const gateway = await started(
      { ...graph, executors },
      {
        logger,
        warmUpDocuments: [
          QUERY,
          'mutation Hide($id: ID!) { hide(titleId: $id) }',
          '{ nobody { knows } }',
          '{',
        ],
      },
    );
    // Once, whether a client will name the operation or not.
    expect(planning).toHaveBeenCalledTimes(2);
    expect(calls).toEqual([]);
    expect(graph.hidden).toEqual([]);
    expect(lines.filter((line) => line.includes('not planned ahead'))).toHaveLength(2);
    expect(lines.filter((line) => line.includes('"msg":"graphql"'))).toEqual([]);

    const { body } = await ask(gateway, QUERY, { 'x-profile-id': 'p1' }, { first: 1 });
    expect(body).toEqual({ data: { titles: [{ id: 't0', inMyList: false }], me: 'p1' } });
    expect(calls).toContain('content');
    expect(planning).toHaveBeenCalledTimes(2);
    planning.mockRestore();
  });
});

describe('what a client reads of errors', () => {
  let development: Gateway;
  let production: Gateway;
  beforeAll(async () => {
    development = await started();
    production = await started(smallGraph(), { config: PRODUCTION });
  });

  it('hides unknown errors behind a request id in both modes', async () => {
    for (const gateway of [development, production]) {
      const { body, text, status } = await ask(gateway, '{ broken titles(first: 1) { id } }', {
        'x-request-id': 'find-me-7',
      });
      expect(status).toBe(200);
      expect(body.data).toEqual({ broken: null, titles: [{ id: 't0' }] });
      expect(body.errors).toEqual([
        {
          message: 'Something went wrong on our side.',
          path: ['broken'],
          extensions: { code: 'INTERNAL_SERVER_ERROR', retryable: false, requestId: 'find-me-7' },
        },
      ]);
      expect(text).not.toMatch(/hunter2|db\.internal|stack|content/);
    }
  });

  it('shows the public words of catalogued errors, never the private ones', async () => {
    const { body, text } = await ask(production, '{ unavailable refused(first: 900) }');
    expect(body.data).toEqual({ unavailable: null, refused: null });
    expect(body.errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          message: 'A part of the service is unavailable; try again.',
          extensions: { code: 'DEPENDENCY_UNAVAILABLE', retryable: true, requestId: expect.any(String) },
        }),
        expect.objectContaining({
          message: 'first must be 1 to 100, not 900',
          extensions: { code: 'BAD_USER_INPUT', field: 'first', retryable: false },
        }),
      ]),
    );
    expect(text).not.toContain('10.0.0.7');
  });

  it('keeps the codes of GraphQL itself', async () => {
    const codes = async (query: string) =>
      (await ask(production, query)).body.errors?.map((error) => error.extensions.code);
    expect(await codes('{ me')).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(await codes('{ nothing }')).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(await codes('query A { me } query B { me }')).toEqual(['OPERATION_RESOLUTION_FAILURE']);
    expect(await codes('subscription { titleAdded { id } }')).toEqual(['OPERATION_RESOLUTION_FAILURE']);
  });

  it('suggests names in development and gives none away in production', async () => {
    const queries: [string, Record<string, unknown>?][] = [
      ['{ titlez { id } }'],
      ['{ title(idd: "t0") { id } }'],
      ['{ title(id: "t0", device: TVV) { id } }'],
      ['query Q($device: Device) { title(id: "t0", device: $device) { id } }', { device: 'TVV' }],
    ];
    for (const [query, variables] of queries) {
      const shown = await ask(development, query, {}, variables);
      const hidden = await ask(production, query, {}, variables);
      expect(shown.text).toContain('Did you mean');
      expect(hidden.text).not.toContain('Did you mean');
      expect([shown.status, hidden.status]).toEqual([200, 200]);
    }
  });

  it('answers introspection in development only', async () => {
    for (const query of ['{ __schema { types { name } } }', '{ __type(name: "Title") { name } }']) {
      expect((await ask(development, query)).body.data).toBeDefined();
      const { body } = await ask(production, query);
      expect(body.data).toBeUndefined();
      expect(body.errors).toHaveLength(1);
    }
  });

  it('does not show query plans in production', async () => {
    const headers = { 'apollo-query-plan-experimental': '1' };
    expect((await ask(production, '{ me }', headers)).body).toEqual({ data: { me: null } });
  });
});

describe('requests that browsers can be tricked into', () => {
  let graph: SmallGraph;
  let gateway: Gateway;
  beforeAll(async () => {
    graph = smallGraph();
    gateway = await started(graph);
  });
  const mutation = 'mutation { hide(titleId: "t0") }';

  it('refuses mutations over GET', async () => {
    const response = await fetch(`${gateway.url()}/graphql?query=${encodeURIComponent(mutation)}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(response.status).toBe(405);
    expect(graph.hidden).toEqual([]);
  });

  it('refuses simple GETs and simple posts, which need no preflight', async () => {
    const simple = await fetch(`${gateway.url()}/graphql?query=${encodeURIComponent('{ me }')}`);
    expect(simple.status).toBe(400);
    expect((await answerOf(simple)).body.errors?.[0]?.extensions.code).toBe('BAD_REQUEST');
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'nonsense',
    ]) {
      const response = await fetch(`${gateway.url()}/graphql`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: JSON.stringify({ query: mutation }),
      });
      expect([400, 415]).toContain(response.status);
      expect((await answerOf(response)).body.errors?.[0]?.extensions.code).toBe('BAD_REQUEST');
    }
    expect(graph.hidden).toEqual([]);
  });

  it('answers GET queries that carry a header no form can send', async () => {
    const response = await fetch(`${gateway.url()}/graphql?query=${encodeURIComponent('{ me }')}`, {
      headers: { 'apollo-require-preflight': '1', 'x-profile-id': 'p1' },
    });
    expect((await answerOf(response)).body).toEqual({ data: { me: 'p1' } });
  });

  it('refuses batches, other methods and malformed bodies', async () => {
    const post = (body: string) =>
      fetch(`${gateway.url()}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
    expect((await post(JSON.stringify([{ query: '{ me }' }, { query: mutation }]))).status).toBe(400);
    expect((await post('{"query":')).status).toBe(400);
    expect((await post('{"query":"{ me }","__proto__":{"a":1}}')).status).toBe(400);
    expect((await post('')).status).toBe(400);
    const other = await fetch(`${gateway.url()}/graphql`, { method: 'DELETE' });
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect(graph.hidden).toEqual([]);
  });
});

describe('limits', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await started(smallGraph(), { config: PRODUCTION });
  });

  const nested = (depth: number) =>
    `{ title(id: "t0") ${'{ similar '.repeat(depth)}{ id }${' }'.repeat(depth)} }`;
  const bombs: Record<string, string> = {
    depth: nested(20),
    aliases: `{ ${Array.from({ length: 40 }, (_, index) => `a${index}: me`).join(' ')} }`,
    fields: `{ ${'me '.repeat(700)} }`,
    directives: `{ me ${'@include(if: true) '.repeat(60)} }`,
    tokens: `{ ${'me '.repeat(5_000)} }`,
    'a fragment in a circle':
      '{ title(id: "t0") { ...A } } fragment A on Title { similar { ...B } } fragment B on Title { similar { ...A } }',
    'fragments that double': `{ title(id: "t0") { ...F0 } } ${Array.from({ length: 14 }, (_, index) => `fragment F${index} on Title { ...F${index + 1} ...F${index + 1} }`).join(' ')} fragment F14 on Title { id }`,
  };
  it.each(Object.keys(bombs))('refuses a document with too much: %s', async (name) => {
    const { status, body } = await ask(gateway, bombs[name]!);
    expect(status).toBe(400);
    expect(body.errors?.map((error) => error.extensions.code)).toEqual(['OPERATION_TOO_LARGE']);
  });

  it('refuses the same document again without reading it twice', async () => {
    expect((await ask(gateway, bombs.tokens!)).status).toBe(400);
  });

  it('refuses bodies above 256 KB', async () => {
    const { status, body } = await ask(gateway, `{ me } # ${'x'.repeat(300_000)}`);
    expect(status).toBe(413);
    expect(body.errors?.[0]?.extensions.code).toBe('BAD_REQUEST');
  });

  it('refuses requests above the number in flight, keeps answering health, and recovers', async () => {
    const graph = smallGraph();
    const narrow = await started(graph, { config: { ...DEVELOPMENT, maxInFlight: 1 } });
    const waiting = ask(narrow, '{ slow }');
    await graph.slowAsked;
    const refused = await ask(narrow, '{ me }');
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^[123]$/);
    expect(refused.body.errors?.[0]?.extensions).toMatchObject({ code: 'OVERLOADED', retryable: true });
    expect((await fetch(`${narrow.url()}/health`)).status).toBe(200);
    graph.answerSlow();
    expect((await waiting).body.data).toEqual({ slow: 'at last' });
    await expect.poll(async () => (await ask(narrow, '{ me }')).status).toBe(200);
  });
});

describe('other paths', () => {
  it('says that the process lives, and what is not ready', async () => {
    let ready = false;
    const gateway = await started(smallGraph(), {
      readiness: () => ({
        ready,
        components: { catalogue: ready ? { ready } : { ready, detail: 'indexing' } },
      }),
    });
    expect(await (await fetch(`${gateway.url()}/health`)).json()).toEqual({ status: 'alive' });
    const early = await fetch(`${gateway.url()}/ready`);
    expect(early.status).toBe(503);
    expect(await early.json()).toMatchObject({
      ready: false,
      components: { catalogue: { ready: false, detail: 'indexing' } },
      errors: [{ extensions: { code: 'DEPENDENCY_UNAVAILABLE', retryable: true } }],
    });
    ready = true;
    expect((await fetch(`${gateway.url()}/ready`)).status).toBe(200);
  });

  it('lists personas and serves the explorer in development only', async () => {
    const development = await started();
    const production = await started(smallGraph(), { config: PRODUCTION });
    expect(await (await fetch(`${development.url()}/personas`)).json()).toEqual([
      { id: 'p1', name: 'Ada', tastes: ['1970s crime'] },
    ]);
    for (const path of ['/personas', '/', '/explorer/', '/start/page.ts']) {
      expect((await fetch(production.url() + path)).status, path).toBe(404);
      expect((await fetch(development.url() + path)).status, path).toBe(200);
    }
  });

  it('mounts the routes it is given, with their headers', async () => {
    const gateway = await started();
    const response = await fetch(`${gateway.url()}/artwork/t0?width=300&width=900`);
    expect(response.headers.get('cache-control')).toBe('public, max-age=3600');
    expect(response.headers.get('content-type')).toContain('image/svg+xml');
    expect(await response.text()).toContain('t0 300');
  });

  it('does not let a route hide a path of its own', async () => {
    const route = {
      method: 'GET' as const,
      path: '/graphql/x',
      handle: () => Promise.reject(new Error('never')),
    };
    await expect(gatewayOver(smallGraph(), { routes: [route] }).start()).rejects.toThrow(/graphql/);
  });

  it('masks what a route throws and says where nothing is', async () => {
    const gateway = await started(smallGraph(), {
      routes: [
        { method: 'GET', path: '/broken', handle: () => Promise.reject(new Error('disk /var/x is gone')) },
        {
          method: 'GET',
          path: '/missing',
          handle: () => Promise.reject(new MarqueeError('NOT_FOUND', 'No such poster.')),
        },
      ],
    });
    const broken = await answerOf(
      await fetch(`${gateway.url()}/broken`, { headers: { 'x-request-id': 'r-1' } }),
    );
    expect(broken.status).toBe(500);
    expect(broken.body.errors?.[0]).toMatchObject({
      extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'r-1' },
    });
    expect(broken.text).not.toContain('/var/x');
    expect((await answerOf(await fetch(`${gateway.url()}/missing`))).status).toBe(404);
    expect((await answerOf(await fetch(`${gateway.url()}/nowhere`))).body.errors?.[0]?.extensions.code).toBe(
      'NOT_FOUND',
    );
  });

  it('echoes harmless request ids and replaces others', async () => {
    const gateway = await started();
    const id = async (sent: string) =>
      (await ask(gateway, '{ me }', { 'x-request-id': sent })).headers.get('x-request-id');
    expect(await id('abc-1')).toBe('abc-1');
    expect(await id('a b<script>')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await id('x'.repeat(65))).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('forbids framing, sniffing and caching of answers', async () => {
    const { headers } = await ask(await started(), '{ me }');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('cache-control')).toBe('private, no-store');
  });
});

describe('starting and stopping', () => {
  it('lets requests in flight finish, takes no new ones, and then lets go of the port', async () => {
    const graph = smallGraph();
    const gateway = await started(graph);
    const url = gateway.url();
    const waiting = ask(gateway, '{ slow }');
    await graph.slowAsked;
    const stopped = gateway.stop();
    expect(gateway.readiness()).toEqual({ ready: false, detail: 'draining' });
    await expect
      .poll(() =>
        fetch(`${url}/health`).then(
          (r) => r.status,
          () => 'refused',
        ),
      )
      .toSatisfy((outcome) => outcome === 'refused' || outcome === 503);
    graph.answerSlow();
    expect((await waiting).body.data).toEqual({ slow: 'at last' });
    await stopped;
    await gateway.stop();
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  it('tells those that do not finish within the bound, and ends', async () => {
    const graph = smallGraph();
    const gateway = await started(graph, {
      config: { ...DEVELOPMENT, drain: { graceMs: 0, boundMs: 50 } },
    });
    const waiting = ask(gateway, '{ slow }', { 'x-request-id': 'late-1' });
    await graph.slowAsked;
    await gateway.stop();
    const { status, body, headers } = await waiting;
    expect(status).toBe(504);
    expect(headers.get('connection')).toBe('close');
    expect(body.errors?.[0]?.extensions).toEqual({
      code: 'DEADLINE_EXCEEDED',
      retryable: true,
      requestId: 'late-1',
    });
    graph.answerSlow();
  });

  it('says in one line which address is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const failure = await gatewayOver(smallGraph(), { config: { ...DEVELOPMENT, port } })
      .start()
      .catch((error: unknown) => error);
    other.close();
    expect(isMarqueeError(failure, 'PORT_IN_USE')).toBe(true);
    expect((failure as MarqueeError).message).toBe(`127.0.0.1:${port} is already in use`);
  });

  it('may be stopped without a start', async () => {
    await gatewayOver(smallGraph()).stop();
  });
});
