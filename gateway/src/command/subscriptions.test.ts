/** `npm run gateway` in front of somebody else's subgraph that sends events: the server of graphql-sse. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@marquee/service-kit';
import { waitUntil } from '@marquee/testkit';
import { buildSchema } from 'graphql';
import { createClient } from 'graphql-sse';
import { createHandler } from 'graphql-sse/lib/use/http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { composeSupergraph } from '../../../schema/composition.ts';
import { parseGatewayFile } from './gateway-file.ts';
import { createSupergraphGateway } from './serve-supergraph.ts';

const SDL = 'type Query { now: Int } type Subscription { tick(from: Int!): Int }';

/** Ticks until nobody listens. */
async function clockAt(path: string) {
  const schema = buildSchema(SDL);
  let listening = 0;
  const seen: unknown[] = [];
  async function* ticks(_root: unknown, { from }: { from: number }) {
    listening++;
    try {
      for (let tick = from; ; tick++) {
        yield { tick };
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      listening--;
    }
  }
  schema.getSubscriptionType()!.getFields().tick!.subscribe = ticks;
  const handle = createHandler({ schema });
  const server = createServer((request, response) => {
    seen.push(request.headers['x-tenant']);
    if (request.url === path) void handle(request, response);
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('not here');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  return { url, seen, server, listening: () => listening };
}

async function gatewayTo(url: string, subgraph: string, settings = '') {
  const supergraphSdl = composeSupergraph([{ name: 'clock', sdl: SDL }]).supergraphSdl;
  const file = parseGatewayFile(
    `listen: { port: 0 }\nsubgraphs:\n  clock: { url: ${url}, propagateHeaders: [x-tenant], ${subgraph} }\n${settings}`,
    'test.yaml',
  );
  const gateway = createSupergraphGateway(
    { supergraphSdl, file, development: true, explorer: false },
    silentLogger,
  );
  await gateway.start();
  onTestFinished(() => gateway.stop());
  return gateway;
}

function subscribe(url: string) {
  const client = createClient({ url: `${url}/graphql`, retryAttempts: 0, headers: { 'x-tenant': 'acme' } });
  const received: { data?: unknown; errors?: readonly { extensions?: object }[] }[] = [];
  const done = Promise.withResolvers<void>();
  const unsubscribe = client.subscribe(
    { query: 'subscription Ticks { tick(from: 7) }' },
    { next: (event) => received.push(event as never), error: done.reject, complete: done.resolve },
  );
  return { received, done: done.promise, unsubscribe };
}

describe("events of anybody's subgraph", () => {
  it('are passed on, from where the file says that they are, with the headers it says, until the client goes', async () => {
    const clock = await clockAt('/events');
    const gateway = await gatewayTo(clock.url, 'subscriptions: { path: /events }');
    const { received, unsubscribe } = subscribe(gateway.url());
    await waitUntil(() => received.length > 3);
    expect(received.slice(0, 3)).toEqual([7, 8, 9].map((tick) => ({ data: { tick } })));
    expect(clock.seen).toEqual(['acme']);
    const metrics = await (await fetch(`${gateway.url()}/metrics`)).text();
    expect(metrics).toMatch(/marquee_streams_open\{operation="Ticks",service="gateway"\} 1/);
    expect(metrics).toMatch(/marquee_stream_events_total\{operation="Ticks",service="gateway"\} \d+/);
    unsubscribe();
    await waitUntil(() => clock.listening() === 0);
  });

  it('end with an error when the subgraph goes: it gives no ids to go on from', async () => {
    const clock = await clockAt('/graphql');
    const gateway = await gatewayTo(clock.url, '');
    const { received, done } = subscribe(gateway.url());
    await waitUntil(() => received.length > 0);
    clock.server.closeAllConnections();
    await done;
    expect(received.at(-1)!.errors).toMatchObject([{ extensions: { code: 'DEPENDENCY_UNAVAILABLE' } }]);
  });

  it('are not asked for where the file says that there are none, and no more than it says', async () => {
    const clock = await clockAt('/graphql');
    const without = subscribe((await gatewayTo(clock.url, 'subscriptions: { protocol: none }')).url());
    await without.done;
    expect(without.received).toMatchObject([
      { errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }] },
    ]);
    expect(clock.seen).toEqual([]);
    const few = await gatewayTo(clock.url, '', 'subscriptions: { maxStreamsPerClient: 1 }');
    const first = subscribe(few.url());
    await waitUntil(() => first.received.length > 0);
    const second = subscribe(few.url());
    await second.done;
    expect(second.received).toMatchObject([{ errors: [{ extensions: { code: 'RATE_LIMITED' } }] }]);
    first.unsubscribe();
  });
});
