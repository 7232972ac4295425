/** Requests that are not what HTTP or GraphQL over HTTP has in mind. */

import { request } from 'node:http';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { openSocket, parseAnswer, readToEnd, sendRaw } from '../raw-client.ts';
import { type Attack, post, type Reply } from './attack.ts';
import type { AttackedGateway } from './attacked-gateway.ts';

const HEAD = 'POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n';
const BODY = '{"query":"{ me }"}';
const REFUSED = { expected: 'BAD_REQUEST', status: [400] } as const;

function raw(text: string) {
  return async ({ url }: AttackedGateway): Promise<Reply> => {
    const { status, body } = await sendRaw(url, text);
    return { status, text: body };
  };
}

/** Sends a byte now and then and never comes to an end. */
function slowly(start: string, more: string) {
  return async ({ url }: AttackedGateway): Promise<Reply> => {
    const socket = await openSocket(url);
    const stop = new AbortController();
    socket.on('error', () => undefined);
    socket.write(start);
    const dripping = (async () => {
      while (!stop.signal.aborted && socket.writable) {
        socket.write(more);
        await delay(20, undefined, { signal: stop.signal }).catch(() => undefined);
        // What has come is read first: bytes behind the other side's end would make the connection forget it.
        await turn();
      }
    })();
    const text = await readToEnd(socket).catch(() => '');
    stop.abort();
    await dripping;
    const { status, body } = parseAnswer(text);
    return { status, text: body };
  };
}

function get(parameters: Record<string, string>, headers: Record<string, string> = {}) {
  return async ({ url }: AttackedGateway): Promise<Reply> => {
    const response = await fetch(`${url}/graphql?${new URLSearchParams(parameters)}`, { headers });
    return { status: response.status, text: await response.text() };
  };
}

function large(bytes: number) {
  return ({ url }: AttackedGateway): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        `${url}/graphql`,
        { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': bytes } },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
            outgoing.destroy();
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(Buffer.alloc(bytes, 0x20));
    });
}

/** No length, as much as the server takes. */
function endless(bytes: number) {
  return ({ url }: AttackedGateway): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        `${url}/graphql`,
        { method: 'POST', headers: { 'content-type': 'application/json' } },
        async (incoming) => {
          const chunks: Buffer[] = [];
          for await (const chunk of incoming) chunks.push(chunk as Buffer);
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
          outgoing.destroy();
        },
      );
      outgoing.on('error', reject);
      for (let sent = 0; sent < bytes; sent += 65_536) outgoing.write(Buffer.alloc(65_536, 0x20));
      outgoing.end();
    });
}

function by(method: string, headers: Record<string, string> = {}) {
  return async ({ url }: AttackedGateway): Promise<Reply> => {
    const response = await fetch(`${url}/graphql`, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: MUTATION }),
    });
    return { status: response.status, text: await response.text() };
  };
}

const chunked = (header: string) =>
  raw(
    `${HEAD}Content-Type: application/json\r\nContent-Length: 4\r\n${header}\r\n\r\n` +
      `5c\r\n${BODY}\r\n0\r\n\r\nPOST /graphql HTTP/1.1\r\nHost: x\r\n\r\n`,
  );

const MUTATION = 'mutation { hide(titleId: "t1") }';

export const httpAttacks: readonly Attack[] = [
  { name: 'malformed JSON', ...REFUSED, fire: (gateway: AttackedGateway) => post(gateway, '{"query": ') },
  {
    name: 'JSON that is no object',
    ...REFUSED,
    fire: (gateway: AttackedGateway) => post(gateway, '"{ me }"'),
  },
  {
    name: 'XML',
    expected: 'BAD_REQUEST',
    status: [415],
    fire: (gateway: AttackedGateway) => post(gateway, '<me/>', { 'content-type': 'application/xml' }),
  },
  {
    name: 'a form of another site',
    expected: 'BAD_REQUEST',
    status: [400, 415],
    fire: (gateway: AttackedGateway) =>
      post(gateway, new URLSearchParams({ query: MUTATION }).toString(), {
        'content-type': 'application/x-www-form-urlencoded',
      }),
  },
  {
    name: 'plain text with a mutation in it',
    expected: 'BAD_REQUEST',
    status: [400, 415],
    fire: (gateway: AttackedGateway) =>
      post(gateway, JSON.stringify({ query: MUTATION }), { 'content-type': 'text/plain' }),
  },
  {
    name: 'a body of 10 MB',
    expected: 'BAD_REQUEST',
    status: [413],
    withinMs: 5_000,
    fire: large(10 * 1024 * 1024),
  },
  {
    name: 'a body of 10 MB in chunks',
    expected: 'BAD_REQUEST',
    status: [413],
    withinMs: 5_000,
    fire: endless(10 * 1024 * 1024),
  },
  {
    name: 'a body of 10 MB that is 10 KB when compressed',
    expected: 'BAD_REQUEST',
    status: [400, 415],
    fire: async ({ url }: AttackedGateway) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
        body: gzipSync(Buffer.alloc(10 * 1024 * 1024, 0x20)),
      });
      return { status: response.status, text: await response.text() };
    },
  },
  {
    name: 'a form with files in it',
    expected: 'BAD_REQUEST',
    status: [400, 415],
    fire: async ({ url }: AttackedGateway) => {
      const body = new FormData();
      body.set('operations', JSON.stringify({ query: MUTATION }));
      const response = await fetch(`${url}/graphql`, { method: 'POST', body });
      return { status: response.status, text: await response.text() };
    },
  },
  {
    name: 'a mutation in a JSON body without its type',
    expected: 'BAD_REQUEST',
    status: [400, 415],
    fire: raw(
      `${HEAD}Content-Length: ${JSON.stringify({ query: MUTATION }).length}\r\n\r\n${JSON.stringify({ query: MUTATION })}`,
    ),
  },
  ...['PUT', 'PATCH', 'DELETE'].map((method) => ({
    name: `a mutation by ${method}`,
    expected: 'BAD_REQUEST',
    status: [404, 405],
    fire: by(method),
  })),
  {
    name: 'a mutation by GET with another method in a header',
    expected: 'BAD_REQUEST',
    status: [400, 405],
    fire: get({ query: MUTATION }, { 'apollo-require-preflight': 'yes', 'x-http-method': 'POST' }),
  },
  {
    name: 'a mutation by GET, behind a query of another name',
    expected: 'BAD_REQUEST',
    status: [400, 405],
    fire: get(
      { query: `query A { me } ${MUTATION.replace('mutation', 'mutation B')}`, operationName: 'B' },
      { 'apollo-require-preflight': 'yes' },
    ),
  },
  {
    name: 'a mutation by GET',
    expected: 'BAD_REQUEST',
    status: [405],
    fire: get({ query: MUTATION }, { 'apollo-require-preflight': 'yes' }),
  },
  { name: 'a query by GET that any site could send', ...REFUSED, fire: get({ query: '{ me }' }) },
  {
    name: 'another method in a header',
    expected: ({ text }: Reply) => text.includes('"me":null'),
    status: [200],
    fire: (gateway: AttackedGateway) => post(gateway, BODY, { 'x-http-method-override': 'DELETE' }),
  },
  {
    name: 'two lengths',
    ...REFUSED,
    fire: raw(
      `${HEAD}Content-Type: application/json\r\nContent-Length: ${BODY.length}\r\nContent-Length: 1\r\n\r\n${BODY}`,
    ),
  },
  {
    name: 'a length and chunks',
    ...REFUSED,
    fire: raw(
      `${HEAD}Content-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
    ),
  },
  {
    name: 'chunks of an unknown kind',
    ...REFUSED,
    status: [400, 501],
    fire: chunked('Transfer-Encoding: xchunked'),
  },
  { name: 'chunks behind a space', ...REFUSED, fire: chunked('Transfer-Encoding : chunked') },
  { name: 'chunks on a folded line', ...REFUSED, fire: chunked('Transfer-Encoding:\r\n chunked') },
  {
    name: 'chunks twice',
    ...REFUSED,
    fire: chunked('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'),
  },
  {
    name: 'a chunk of a wrong size',
    ...REFUSED,
    fire: raw(
      `${HEAD}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n`,
    ),
  },
  {
    name: 'a length with a sign',
    ...REFUSED,
    fire: raw(`${HEAD}Content-Type: application/json\r\nContent-Length: +17\r\n\r\n${BODY}`),
  },
  {
    name: 'a line break in a header',
    ...REFUSED,
    fire: raw(`${HEAD}X-Request-Id: a\rX-Admin: 1\r\nContent-Length: 0\r\n\r\n`),
  },
  {
    name: 'a request id that would be a line of the log',
    expected: ({ text }: Reply) => text.includes('"me":null'),
    status: [200],
    fire: (gateway: AttackedGateway) =>
      post(gateway, BODY, { 'x-request-id': '{"level":60,"msg":"forged line"}' }),
  },
  {
    name: 'headers named as prototypes are',
    expected: ({ text }: Reply) => text.includes('"me":null'),
    status: [200],
    fire: raw(
      `${HEAD}Content-Type: application/json\r\n__proto__: a\r\nconstructor: b\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`,
    ),
  },
  {
    name: 'a line break in an id, to write a header of the answer',
    expected: ({ text }: Reply) => !/set-cookie/i.test(text.split('\r\n\r\n')[0] ?? ''),
    status: [200, 400, 404],
    fire: async ({ url }: AttackedGateway) => {
      const socket = await openSocket(url);
      socket.write('GET /graphql/%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      const text = await readToEnd(socket);
      return { status: parseAnswer(text).status, text };
    },
  },
  {
    name: 'a second request behind one with a token, in one piece',
    // It is nobody's: who sent the first is no answer to who sent the second.
    expected: ({ text }: Reply) =>
      text.indexOf('"me":"p1"') > 0 && text.indexOf('"me":null') > text.indexOf('"me":"p1"'),
    status: [200],
    fire: async ({ url, token }: AttackedGateway) => {
      const rest = `Host: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n`;
      const first = `POST /graphql HTTP/1.1\r\n${rest}Authorization: Bearer ${await token()}\r\n\r\n${BODY}`;
      const second = `POST /graphql HTTP/1.1\r\n${rest}Connection: close\r\n\r\n${BODY}`;
      const { status, body } = await sendRaw(url, first + second);
      return { status, text: body };
    },
  },
  {
    name: 'a request to somebody else, through us',
    expected: 'BAD_REQUEST',
    status: [405],
    fire: raw('CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n'),
  },
  {
    name: 'another protocol on the same connection',
    ...REFUSED,
    fire: raw(
      'GET /graphql?query={me} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    ),
  },
  {
    name: 'headers of 100 KB',
    expected: 'BAD_REQUEST',
    status: [431],
    fire: raw(`${HEAD}X-Large: ${'x'.repeat(100_000)}\r\n\r\n`),
  },
  {
    name: 'headers that never end',
    expected: 'BAD_REQUEST',
    status: [408],
    withinMs: 4_000,
    fire: slowly('POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: ', 'a'),
  },
  {
    name: 'a body in chunks that never ends',
    expected: 'BAD_REQUEST',
    status: [408],
    withinMs: 5_000,
    fire: slowly(`${HEAD}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`, '1\r\n \r\n'),
  },
  {
    name: 'a body that never begins',
    expected: 'BAD_REQUEST',
    status: [408],
    withinMs: 5_000,
    fire: slowly(`${HEAD}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n`, ''),
  },
  {
    name: 'a body that never ends',
    expected: 'BAD_REQUEST',
    status: [408],
    withinMs: 5_000,
    fire: slowly(`${HEAD}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n`, ' '),
  },
].map((attack) => ({ group: 'HTTP', ...attack }));
