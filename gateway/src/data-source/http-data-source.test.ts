import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deadlineAfter, silentLogger } from '@marquee/service-kit';
import { GATEWAY_HEADER, verifyGatewayRequest } from '@marquee/service-kit/subgraph';
import { waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HttpDataSource, type HttpDataSourceOptions } from './http-data-source.ts';

const SECRET = 'a secret of the tests, 32 bytes long';
const NOW = Date.parse('2026-03-01T12:00:00Z');

/** A real server, and how many connections it was given. */
async function serve(listener: RequestListener) {
  const server = createServer(listener);
  let connections = 0;
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/graphql?v=1`, connections: () => connections };
}

function source(url: string, options: Partial<HttpDataSourceOptions> = {}) {
  const made = new HttpDataSource({ subgraph: 'content', url, logger: silentLogger, ...options });
  onTestFinished(() => made.stop());
  return (deadlineMs = 2_000, headers: Record<string, string> = {}, query = '{ a b: c }') =>
    made.fetch({
      query,
      operationName: undefined,
      kind: 'query',
      variables: { x: 1 },
      context: {
        request: {
          requestId: 'r-1',
          deadline: deadlineAfter(deadlineMs),
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          viewer: { profileId: 'ada', scopes: [] },
        },
      },
      headers: new Map(Object.entries(headers)),
    });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

const answering =
  (text: string, status = 200, type = 'application/json'): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(text);
  };
const failure = (code: string) => ({
  data: null,
  errors: [
    expect.objectContaining({ path: ['a'], extensions: { code } }),
    expect.objectContaining({ path: ['b'], extensions: { code } }),
  ],
});

describe('a subgraph over HTTP', () => {
  it('is sent the operation, the trace, the time left and the headers it may see, on one connection', async () => {
    const seen: { path?: string; headers: IncomingMessage['headers']; body: unknown }[] = [];
    const { url, connections } = await serve(async (request, response) => {
      seen.push({ path: request.url, headers: request.headers, body: JSON.parse(await bodyOf(request)) });
      answering('{"data":{"a":1}}')(request, response);
    });
    const ask = source(url, { propagateHeaders: ['Accept-Language'], connections: 1 });
    const headers = {
      'accept-language': 'de',
      cookie: 'secret',
      'x-deadline-ms': '1',
      'x-request-id': 'forged',
    };
    expect(await ask(2_000, headers)).toEqual({ data: { a: 1 } });
    await ask();
    expect(connections()).toBe(1);
    expect(seen[0]).toMatchObject({
      path: '/graphql?v=1',
      body: { query: '{ a b: c }', variables: { x: 1 } },
      headers: { 'accept-language': 'de', 'x-request-id': 'r-1', traceparent: expect.stringMatching(/^00-/) },
    });
    expect(seen[0]!.headers).not.toHaveProperty('cookie');
    expect(Number(seen[0]!.headers['x-deadline-ms'])).toBeGreaterThan(1_000);
  });

  it('can tell that the request comes from a gateway, and for whom', async () => {
    let viewer: unknown;
    const { url } = await serve(async (request, response) => {
      const header = request.headers[GATEWAY_HEADER] as string;
      viewer = verifyGatewayRequest(header, await bodyOf(request), {
        subgraph: 'content',
        secrets: [SECRET],
        now: NOW,
      }).viewer;
      answering('{"data":{}}')(request, response);
    });
    await source(url, { signature: { secret: SECRET, now: () => NOW } })();
    expect(viewer).toEqual({ profileId: 'ada', scopes: [] });
  });

  it('may answer with errors, also under an error status', async () => {
    const text = '{"errors":[{"message":"no","path":["a"],"extensions":{"code":"FORBIDDEN"}}, 7]}';
    const { url } = await serve(answering(text, 403, 'application/graphql-response+json; charset=utf-8'));
    expect(await source(url)()).toEqual({
      data: null,
      errors: [
        { message: 'no', path: ['a'], extensions: { code: 'FORBIDDEN' } },
        { message: 'An error without a message.' },
      ],
    });
  });

  it.each([
    ['HTML', answering('<html>', 200, 'text/html')],
    ['JSON that was cut off', answering('{"data":{"a":')],
    ['a list', answering('[]')],
    ['nothing that GraphQL knows', answering('{}')],
    ['data that is a list', answering('{"data":[1]}')],
    ['errors that are none', answering('{"data":null,"errors":"no"}')],
    ['data under status 500', answering('{"data":{"a":1}}', 500)],
    ['status 502 from somebody else', answering('bad gateway', 502, 'text/plain')],
    ['no content type', ((_request, response) => response.end('{"data":{}}')) as RequestListener],
    ['a closed connection', ((request) => request.socket.destroy()) as RequestListener],
    ['more than is read', answering(JSON.stringify({ data: { a: 'x'.repeat(20_000) } }))],
  ])('costs its fields when it answers with %s', async (_, listener) => {
    const { url } = await serve(listener);
    expect(await source(url, { maxResponseBytes: 10_000 })()).toEqual(failure('DEPENDENCY_UNAVAILABLE'));
  });

  it('costs its fields when nobody listens there', async () => {
    expect(await source('http://127.0.0.1:1/graphql')()).toEqual(failure('DEPENDENCY_UNAVAILABLE'));
  });

  it('costs one error where its fields are those of entities', async () => {
    const { url } = await serve(answering('no'));
    const query = 'query($representations:[_Any!]!){_entities(representations:$representations){...on A{a}}}';
    const { errors } = await source(url)(1_000, {}, query);
    expect(errors).toMatchObject([{ extensions: { code: 'DEPENDENCY_UNAVAILABLE' } }]);
  });

  it.each([
    ['never answers', (() => undefined) as RequestListener],
    [
      'never ends its answer',
      ((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write(' '), 5);
        response.on('close', () => clearInterval(timer));
      }) as RequestListener,
    ],
  ])('is given up at the deadline when it %s, and can be asked again', async (_, listener) => {
    let isSlow = true;
    const { url } = await serve((request, response) =>
      (isSlow ? listener : answering('{"data":{"a":1}}'))(request, response),
    );
    const ask = source(url, { connections: 1 });
    const startedAt = performance.now();
    expect(await ask(60)).toEqual(failure('DEADLINE_EXCEEDED'));
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    isSlow = false;
    expect(await ask()).toEqual({ data: { a: 1 } });
  });

  it('uses a connection again after answers it cannot use', async () => {
    let answers = 0;
    const { url, connections } = await serve((request, response) =>
      (answers++ < 5 ? answering('x'.repeat(5_000), 500, 'text/plain') : answering('{"data":{}}'))(
        request,
        response,
      ),
    );
    const ask = source(url, { connections: 1 });
    for (let i = 0; i < 5; i++) await ask();
    expect(await ask()).toEqual({ data: {} });
    expect(connections()).toBe(1);
  });

  describe('that is asked the same several times at once', () => {
    /** Answers when it is told to, with how many requests it has had. */
    async function held() {
      const waiting: (() => void)[] = [];
      const { url } = await serve((_request, response) => {
        const count = waiting.length + 1;
        waiting.push(() => answering(JSON.stringify({ data: { a: { count } } }))(_request, response));
      });
      const release = () => {
        for (const answer of waiting.splice(0)) answer();
      };
      return { url, waiting, release };
    }

    it('is sent it once, and each has an answer of its own', async () => {
      const { url, waiting, release } = await held();
      const ask = source(url);
      const asked = [ask(), ask(2_500), ask(2_600, { authorization: 'not seen' })];
      await waitUntil(() => waiting.length > 0);
      release();
      const answers = await Promise.all(asked);
      expect(answers).toEqual(Array(3).fill({ data: { a: { count: 1 } } }));
      expect(new Set(answers.map(({ data }) => data?.a)).size).toBe(3);
      // Nothing is kept.
      const again = ask();
      await waitUntil(() => waiting.length > 0);
      release();
      expect(await again).toEqual({ data: { a: { count: 1 } } });
    });

    it('is sent it for each who it is told apart', async () => {
      const { url, waiting, release } = await held();
      const ask = source(url, { propagateHeaders: ['authorization'] });
      const asked = [ask(2_000, { authorization: 'ada' }), ask(2_500, { authorization: 'bob' }), ask(2_600)];
      await waitUntil(() => waiting.length === 3);
      release();
      expect((await Promise.all(asked)).map(({ data }) => data)).toHaveLength(3);
    });

    it('keeps nobody waiting longer than he may, and nobody without an answer because another has none', async () => {
      const { url, waiting, release } = await held();
      const ask = source(url);
      const first = ask(300);
      const [shorter, longer] = [ask(100), ask(5_000)];
      expect(await shorter).toEqual(failure('DEADLINE_EXCEEDED'));
      expect(await first).toEqual(failure('DEADLINE_EXCEEDED'));
      // The first one's, and that of the one who may wait longer; nobody asks again when his time is over.
      await waitUntil(() => waiting.length === 2);
      release();
      expect(await longer).toEqual({ data: { a: { count: 2 } } });
    });
  });

  it.each(['host', 'Content-Length', GATEWAY_HEADER, 'x y', 'a\r\nb'])('is never passed %j', (name) => {
    const make = () => source('http://127.0.0.1:1/', { propagateHeaders: [name] });
    expect(make).toThrow(/cannot be passed on/);
  });

  it('must have an address of HTTP', () => {
    expect(() => source('inprocess://content')).toThrow(/no HTTP address/);
  });
});
