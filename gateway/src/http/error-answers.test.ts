import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSocket, parseAnswer, type RawAnswer, readToEnd, sendRaw } from '../../test/raw-client.ts';
import { DEVELOPMENT, gatewayOver, smallGraph } from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = gatewayOver(smallGraph(), {
    config: {
      ...DEVELOPMENT,
      http: {
        ...DEVELOPMENT.http,
        headersTimeoutMs: 300,
        requestTimeoutMs: 600,
        timeoutCheckMs: 50,
        maxConnections: 20,
      },
    },
  });
  await gateway.start();
});
afterAll(() => gateway.stop());

function expectOurs(answer: RawAnswer, status: number, code = 'BAD_REQUEST'): void {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(JSON.parse(answer.body)).toEqual({
    errors: [{ message: expect.any(String), extensions: expect.objectContaining({ code }) }],
  });
}

const JSON_HEADERS = 'Host: x\r\nContent-Type: application/json\r\nConnection: close\r\n';
const ME = '{"query":"{ me }"}';

describe('every answer with an error status has a code of ours', () => {
  it.each<[string, number, string, string?]>([
    ['what is not HTTP', 400, 'HELLO\r\n\r\n'],
    ['an unknown method', 400, 'FETCH / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no host', 400, 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['two hosts', 400, 'GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n'],
    [
      'two lengths',
      400,
      `POST /graphql HTTP/1.1\r\n${JSON_HEADERS}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
    ],
    [
      'a length and chunks',
      400,
      `POST /graphql HTTP/1.1\r\n${JSON_HEADERS}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['large headers', 431, `GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['a bad path', 400, 'GET /artwork/%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    [
      'a long parameter',
      414,
      `GET /artwork/${'x'.repeat(300)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    ],
    [
      'a path that does not exist',
      404,
      'GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'NOT_FOUND',
    ],
    ['a proxy request', 405, 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n'],
    [
      'another expectation',
      417,
      `POST /graphql HTTP/1.1\r\n${JSON_HEADERS}Expect: a-miracle\r\nContent-Length: 0\r\n\r\n`,
    ],
    ['malformed JSON', 400, `POST /graphql HTTP/1.1\r\n${JSON_HEADERS}Content-Length: 4\r\n\r\n{"a"`],
    ['no body', 400, `POST /graphql HTTP/1.1\r\n${JSON_HEADERS}Content-Length: 0\r\n\r\n`],
    [
      'a body of another kind',
      415,
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nConnection: close\r\nContent-Length: 4\r\n\r\n<a/>',
    ],
    [
      'a method that is not served',
      405,
      'PUT /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    ],
    [
      'an answer nobody reads',
      406,
      `POST /graphql HTTP/1.1\r\n${JSON_HEADERS}Accept: text/html\r\nContent-Length: ${ME.length}\r\n\r\n${ME}`,
    ],
  ])('%s: %i', async (_name, status, text, code) => {
    expectOurs(await sendRaw(gateway.url(), text), status, code);
  });

  it('a body of 10 MB: 413, and the client gets to read it', async () => {
    const body = 'x'.repeat(10 * 1024 * 1024);
    const answer = await new Promise<RawAnswer>((resolve, reject) => {
      const outgoing = request(
        `${gateway.url()}/graphql`,
        { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': body.length } },
        (incoming) => {
          let text = '';
          incoming.on('data', (chunk: Buffer) => {
            text += chunk;
          });
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers as Record<string, string>,
              body: text,
            }),
          );
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
    expectOurs(answer, 413);
  });

  it('has the media type the client asks for', async () => {
    for (const [path, method] of [
      ['/none', 'GET'],
      ['/graphql', 'PUT'],
      ['/graphql', 'POST'],
    ] as const) {
      const response = await fetch(gateway.url() + path, {
        method,
        headers: { accept: 'application/graphql-response+json', 'content-type': 'application/json' },
        ...(method === 'POST' ? { body: '{' } : {}),
      });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get('content-type')).toBe('application/graphql-response+json; charset=utf-8');
    }
  });
});

describe('slow clients', () => {
  async function timed(text: string): Promise<{ answer: RawAnswer; afterMs: number }> {
    const socket = await openSocket(gateway.url());
    const began = performance.now();
    socket.write(text);
    return { answer: parseAnswer(await readToEnd(socket)), afterMs: performance.now() - began };
  }

  it('are cut off with 408 when the headers do not come in time', async () => {
    const { answer, afterMs } = await timed('POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    expectOurs(answer, 408);
    expect(afterMs).toBeGreaterThan(250);
    expect(afterMs).toBeLessThan(1_500);
  });

  it('are cut off with 408 when the body does not come in time', async () => {
    const { answer, afterMs } = await timed(
      `POST /graphql HTTP/1.1\r\n${JSON_HEADERS}Content-Length: 100\r\n\r\n{"q`,
    );
    expectOurs(answer, 408);
    expect(afterMs).toBeGreaterThan(500);
    expect(afterMs).toBeLessThan(2_500);
  });

  it('do not get more time for a byte now and then', async () => {
    const socket = await openSocket(gateway.url());
    socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    const drip = setInterval(() => socket.writable && socket.write('x'), 30);
    const began = performance.now();
    const answer = await readToEnd(socket).then(parseAnswer, () => undefined);
    clearInterval(drip);
    if (answer !== undefined) expectOurs(answer, 408);
    expect(performance.now() - began).toBeLessThan(1_500);
  });

  it('cannot hold more connections than there may be', async () => {
    const held = await Promise.all(Array.from({ length: 30 }, () => openSocket(gateway.url())));
    const ended = held.map((socket) => readToEnd(socket).catch(() => 'reset'));
    // Those above the bound at once, the others when their time is up.
    await Promise.all(ended);
    expect((await fetch(`${gateway.url()}/health`)).status).toBe(200);
  });
});

describe('headers that decide who asks', () => {
  it.each(['authorization', 'x-profile-id', 'content-type'])('may come once: %s', async (name) => {
    const value = { authorization: 'Bearer a', 'x-profile-id': 'p1', 'content-type': 'application/json' }[
      name
    ];
    const headers = [
      `POST /graphql HTTP/1.1`,
      'Host: x',
      'Connection: close',
      `Content-Length: ${ME.length}`,
      ...(name === 'content-type' ? [] : ['Content-Type: application/json']),
      `${name}: ${value}`,
      `${name.toUpperCase()}: ${value}`,
    ];
    const answer = await sendRaw(gateway.url(), `${headers.join('\r\n')}\r\n\r\n${ME}`);
    expectOurs(answer, 400);
    expect(JSON.parse(answer.body).errors[0].extensions.field).toBe(name);
  });
});
