/** Subscriptions as clients have them: with the real graphql-sse client, and over a socket. */
import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { manualClock } from '@marquee/domain';
import { waitUntil } from '@marquee/testkit';
import { createClient } from 'graphql-sse';
import { SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSocket } from '../../test/raw-client.ts';
import {
  ask,
  gatewayOver,
  NOW,
  PRODUCTION,
  SECRET,
  type SmallGraph,
  smallGraph,
} from '../../test/small-graph/small-graph.ts';
import type { Gateway } from '../index.ts';
import { EventStream } from './event-stream.ts';
import { OpenStreams } from './open-streams.ts';
import { acceptedStream } from './stream-format.ts';

const ADDED = 'subscription { titleAdded { name inMyList } }';
const EVENTS = 'text/event-stream';
const PARTS = 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0, application/json';

let graph: SmallGraph;
let gateway: Gateway;
beforeEach(async () => {
  graph = smallGraph();
  gateway = gatewayOver(graph, { subscriptions: { maxStreamsPerOwner: 2, heartbeatMs: 20 } });
  await gateway.start();
});
afterEach(() => gateway.stop());

function subscribe(query = ADDED, profile?: string) {
  const headers: Record<string, string> = profile === undefined ? {} : { 'x-profile-id': profile };
  const client = createClient({ url: `${gateway.url()}/graphql`, retryAttempts: 0, headers });
  const received: unknown[] = [];
  const done = Promise.withResolvers<void>();
  const unsubscribe = client.subscribe(
    { query },
    { next: (event) => received.push(event), error: done.reject, complete: done.resolve },
  );
  return { received, done: done.promise, unsubscribe };
}

async function openRaw(accept: string, query = ADDED) {
  const socket = await openSocket(gateway.url());
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const body = JSON.stringify({ query });
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: g\r\ncontent-type: application/json\r\naccept: ${accept}\r\n` +
      `connection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return { socket, text: () => text };
}

describe('a subscription', () => {
  it('has each event with what the other subgraphs add to it', async () => {
    const { received, done, unsubscribe } = subscribe();
    await waitUntil(() => graph.subscribers() === 1);
    graph.addTitle('t1');
    graph.addTitle('t2');
    await waitUntil(() => received.length === 2);
    expect(received).toEqual([
      { data: { titleAdded: { name: 'Title t1', inMyList: true } } },
      { data: { titleAdded: { name: 'Title t2', inMyList: false } } },
    ]);
    unsubscribe();
    await done;
    await waitUntil(() => graph.subscribers() === 0);
  });

  it('is ended by a gateway that stops, which says so', async () => {
    const { received, done } = subscribe();
    await waitUntil(() => graph.subscribers() === 1);
    await gateway.stop();
    await done;
    expect(received).toEqual([
      { errors: [{ message: expect.any(String), extensions: { code: 'SHUTTING_DOWN', retryable: true } }] },
    ]);
    expect(graph.subscribers()).toBe(0);
  });

  it('is refused to whoever has as many as there may be, and not to others', async () => {
    const open = [subscribe(ADDED, 'p1'), subscribe(ADDED, 'p1')];
    await waitUntil(() => graph.subscribers() === 2);
    const third = subscribe(ADDED, 'p1');
    await third.done;
    expect(third.received).toMatchObject([{ errors: [{ extensions: { code: 'RATE_LIMITED' } }] }]);
    const other = subscribe(ADDED, 'p2');
    await waitUntil(() => graph.subscribers() === 3);
    open[0]!.unsubscribe();
    await waitUntil(() => graph.subscribers() === 2);
    const again = subscribe(ADDED, 'p1');
    await waitUntil(() => graph.subscribers() === 3);
    for (const each of [...open, other, again]) each.unsubscribe();
  });

  it('that its subgraph refuses is answered with the reason', async () => {
    const { received, done } = subscribe('subscription { refusedEvents { id } }');
    await done;
    expect(received).toMatchObject([
      { data: { refusedEvents: null }, errors: [{ extensions: { code: 'RATE_LIMITED' } }] },
    ]);
  });

  it('that is not valid is answered with the reason', async () => {
    const { received, done } = subscribe('subscription { nothing }');
    await done;
    expect(received).toMatchObject([{ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] }]);
  });

  it('has no connection in common with others: clients that want one are told so', async () => {
    const client = createClient({
      url: `${gateway.url()}/graphql`,
      retryAttempts: 0,
      singleConnection: true,
    });
    const failed = Promise.withResolvers<unknown>();
    client.subscribe(
      { query: ADDED },
      { next: () => undefined, error: failed.resolve, complete: () => undefined },
    );
    expect(await failed.promise).toMatchObject({ response: { status: 405 } });
    client.dispose();
  });

  it('is refused beyond what a partner may have, whoever its viewers are', () => {
    const streams = new OpenStreams({ maxStreamsPerPartner: 2 });
    const open = (profileId: string, partner?: string) => {
      const response = new ServerResponse(new IncomingMessage(new Socket()));
      const stream = new EventStream(acceptedStream(EVENTS)!, '10.0.0.1', response, streams);
      stream.admit({ profileId, partner, operation: 'Added' });
      return response;
    };
    const first = open('p1', 'acme');
    open('p2', 'acme');
    expect(() => open('p3', 'acme')).toThrowError(expect.objectContaining({ code: 'RATE_LIMITED' }));
    open('p3', 'other');
    open('p3');
    first.emit('close');
    open('p3', 'acme');
    expect(streams.size).toBe(4);
  });

  it('over multipart has its events as payloads, each complete when it comes, and heartbeats between', async () => {
    const { socket, text } = await openRaw(PARTS);
    await waitUntil(() => graph.subscribers() === 1);
    graph.addTitle('t1');
    await waitUntil(() => text().includes('payload'));
    expect(text().toLowerCase()).toContain(
      'content-type: multipart/mixed; boundary="graphql"; subscriptionspec=1.0',
    );
    const part = '{"payload":{"data":{"titleAdded":{"name":"Title t1","inMyList":true}}}}\r\n--graphql';
    expect(text()).toContain(part);
    await waitUntil(() => text().includes('{}\r\n--graphql'));
    await gateway.stop();
    await waitUntil(() => text().includes('\r\n--graphql--\r\n'));
    socket.destroy();
  });

  it('costs nothing more when its client goes away', async () => {
    const { socket, text } = await openRaw(EVENTS);
    await waitUntil(() => graph.subscribers() === 1 && text().includes(':\n\n'));
    socket.destroy();
    await waitUntil(() => graph.subscribers() === 0);
  });

  it('ends when it has lasted as long as it may', async () => {
    await gateway.stop();
    gateway = gatewayOver(graph, { subscriptions: { maxAgeMs: 30 } });
    await gateway.start();
    const { socket, text } = await openRaw(EVENTS);
    await once(socket, 'close');
    expect(text()).toContain('event: complete');
  });

  it('ends with the token that it was opened with', async () => {
    await gateway.stop();
    const clock = manualClock(NOW);
    gateway = gatewayOver(graph, { config: PRODUCTION, clock });
    await gateway.start();
    const opened = async (lifeMs: number) => {
      const token = await new SignJWT({ sub: 'p1', exp: NOW / 1_000 + 3_600 })
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode(SECRET));
      clock.set(NOW + 3_600_000 - lifeMs);
      return openRaw(`${EVENTS}\r\nauthorization: Bearer ${token}`);
    };
    const lasting = await opened(3_000_000);
    await waitUntil(() => graph.subscribers() === 1);
    const expiring = await opened(300);
    await once(expiring.socket, 'close');
    expect(expiring.text()).toMatch(/The bearer token has expired.*"code":"UNAUTHENTICATED"/);
    expect(expiring.text()).toContain('event: complete');
    await waitUntil(() => graph.subscribers() === 1);
    lasting.socket.destroy();
  });

  it('is refused to a client that takes no events', async () => {
    const { status, body } = await ask(gateway, ADDED);
    expect(status).toBe(400);
    expect(body.errors?.[0]?.extensions.code).toBe('OPERATION_RESOLUTION_FAILURE');
    expect(graph.subscribers()).toBe(0);
  });
});
