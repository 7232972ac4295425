/** Answers in parts as clients get them: over a socket, in both formats, from a gateway with real subgraphs. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { waitUntil } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSocket } from '../../test/raw-client.ts';
import {
  ask,
  gatewayOver,
  PRODUCTION,
  type SmallGraph,
  smallGraph,
} from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';

const EARLIER = 'multipart/mixed;deferSpec=20220824, application/json';
const CURRENT = 'multipart/mixed;incrementalSpec=v0.2, application/graphql-response+json';
const LISTED = '{ titles(first: 2) { id ... @defer(label: "mine") { inMyList } } }';

let graph: SmallGraph;
let gateway: Gateway;
beforeEach(async () => {
  graph = smallGraph();
  gateway = gatewayOver(graph, { config: PRODUCTION });
  await gateway.start();
});
afterEach(async () => {
  graph.answerSlow();
  await gateway.stop();
});

interface RawAsked {
  readonly socket: Socket;
  /** All that has come so far. */
  text(): string;
}

async function askRaw(query: string, accept: string): Promise<RawAsked> {
  const socket = await openSocket(gateway.url());
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString();
  });
  const body = JSON.stringify({ query });
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: gateway\r\ncontent-type: application/json\r\naccept: ${accept}\r\n` +
      `accept-encoding: gzip, br\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return { socket, text: () => received };
}

/** The answer's head, and the JSON of its parts as they came. */
function read(text: string): { head: string; parts: unknown[]; isComplete: boolean } {
  const end = text.indexOf('\r\n\r\n');
  // Chunks of HTTP/1.1: a line with the length, and the text.
  let body = '';
  for (let at = end + 4; at < text.length; ) {
    const line = text.indexOf('\r\n', at);
    const length = Number.parseInt(text.slice(at, line), 16);
    body += text.slice(line + 2, line + 2 + length);
    at = line + 2 + length + 2;
  }
  const pieces = body.split('\r\n---').filter((piece) => piece.includes('content-type'));
  const parts = pieces.map((piece) => JSON.parse(piece.slice(piece.indexOf('\r\n\r\n') + 4)) as unknown);
  return { head: text.slice(0, end), parts, isComplete: body.endsWith('\r\n-----\r\n') };
}

async function readWhole(query: string, accept: string) {
  const { socket, text } = await askRaw(query, accept);
  await once(socket, 'close');
  return read(text());
}

describe('an answer in parts', () => {
  it('in the format of 2022 says in every part where it belongs', async () => {
    const { head, parts, isComplete } = await readWhole(LISTED, EARLIER);
    expect(head).toContain('200 OK');
    expect(head.toLowerCase()).toContain('content-type: multipart/mixed; boundary="-"; deferspec=20220824');
    expect(head.toLowerCase()).toContain('cache-control: private, no-store');
    expect(head.toLowerCase()).not.toContain('content-encoding');
    expect(isComplete).toBe(true);
    expect(parts).toEqual([
      { data: { titles: [{ id: 't0' }, { id: 't1' }] }, hasNext: true },
      {
        incremental: [
          { path: ['titles', 0], label: 'mine', data: { inMyList: false } },
          { path: ['titles', 1], label: 'mine', data: { inMyList: true } },
        ],
        hasNext: false,
      },
    ]);
  });

  it('in the current format announces, delivers and completes its parts by id', async () => {
    const { head, parts, isComplete } = await readWhole(LISTED, CURRENT);
    expect(head.toLowerCase()).toContain('content-type: multipart/mixed; boundary="-"; incrementalspec=v0.2');
    expect(isComplete).toBe(true);
    expect(parts).toEqual([
      {
        data: { titles: [{ id: 't0' }, { id: 't1' }] },
        pending: [
          { id: '0', path: ['titles', 0], label: 'mine' },
          { id: '1', path: ['titles', 1], label: 'mine' },
        ],
        hasNext: true,
      },
      {
        incremental: [
          { id: '0', data: { inMyList: false } },
          { id: '1', data: { inMyList: true } },
        ],
        completed: [{ id: '0' }, { id: '1' }],
        hasNext: false,
      },
    ]);
  });

  it('is there in part while the rest is still being fetched', async () => {
    const { socket, text } = await askRaw('{ titles(first: 1) { id } ... @defer { slow } }', CURRENT);
    await waitUntil(() => text().includes('"hasNext":true'));
    // The first part is complete for its reader: the boundary after it has come too.
    expect(read(text())).toMatchObject({ parts: [{ data: { titles: [{ id: 't0' }] } }], isComplete: false });
    expect(text()).toMatch(/\r\n---\r\n\r\n$/);
    await graph.slowAsked;
    graph.answerSlow();
    await once(socket, 'close');
    expect(read(text())).toMatchObject({ parts: [{}, { incremental: [{ data: { slow: 'at last' } }] }] });
  });

  it('has what failed in its part alone, masked, with the place', async () => {
    const query = '{ titles(first: 1) { id } ... @defer(label: "b") { broken me } }';
    const { parts } = await readWhole(query, CURRENT);
    expect(parts[0]).toEqual({
      data: { titles: [{ id: 't0' }] },
      pending: [{ id: '0', path: [], label: 'b' }],
      hasNext: true,
    });
    expect(parts[1]).toEqual({
      incremental: [
        {
          id: '0',
          data: { broken: null, me: null },
          errors: [
            {
              message: expect.not.stringContaining('hunter2'),
              path: ['broken'],
              extensions: {
                code: 'INTERNAL_SERVER_ERROR',
                retryable: expect.any(Boolean),
                requestId: expect.any(String),
              },
            },
          ],
        },
      ],
      completed: [{ id: '0' }],
      hasNext: false,
    });
  });

  it('ends the work on it when its client goes away, and is then forgotten', async () => {
    const { socket, text } = await askRaw('{ titles(first: 1) { id } ... @defer { slow } }', EARLIER);
    await waitUntil(() => text().includes('"hasNext":true'));
    socket.destroy();
    graph.answerSlow();
    // A drain waits for every answer that is still owed.
    const before = performance.now();
    await gateway.stop();
    expect(performance.now() - before).toBeLessThan(2_000);
  });

  it('is finished by a gateway that is draining', async () => {
    const { socket, text } = await askRaw('{ titles(first: 1) { id } ... @defer { slow } }', EARLIER);
    await waitUntil(() => text().includes('"hasNext":true'));
    const stopped = gateway.stop();
    graph.answerSlow();
    await once(socket, 'close');
    await stopped;
    expect(read(text()).isComplete).toBe(true);
  });

  it('is in one part where nothing is deferred and the client takes nothing else', async () => {
    const { parts, isComplete } = await readWhole('{ titles(first: 1) { id } }', 'multipart/mixed');
    expect(parts).toEqual([{ data: { titles: [{ id: 't0' }] }, hasNext: false }]);
    expect(isComplete).toBe(true);
  });
});

describe('an answer in one piece', () => {
  const WHOLE = {
    titles: [
      { id: 't0', inMyList: false },
      { id: 't1', inMyList: true },
    ],
  };

  it.each([
    ['JSON alone', 'application/json'],
    ['anything', '*/*'],
    ['subscriptions in parts', 'multipart/mixed;subscriptionSpec=1.0, application/json'],
    ['a format of tomorrow', 'multipart/mixed;incrementalSpec=v9, application/json'],
    ['parts not at all', 'multipart/mixed;deferSpec=20220824;q=0, application/json'],
  ])('has everything for a client that takes %s', async (_, accept) => {
    const { status, body, headers } = await ask(gateway, LISTED, { accept });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('json');
    expect(body).toEqual({ data: WHOLE });
  });

  it('is what a client of parts gets when nothing is deferred', async () => {
    const { headers, body } = await ask(gateway, '{ titles(first: 1) { id } }', { accept: CURRENT });
    expect(headers.get('content-type')).toContain('json');
    expect(body).toEqual({ data: { titles: [{ id: 't0' }] } });
  });
});
