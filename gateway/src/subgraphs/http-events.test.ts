/** Subscriptions between processes: real servers of the service kit, and the gateway's side that reads from them. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { systemClock } from '@marquee/domain';
import { deadlineAfter, silentLogger } from '@marquee/service-kit';
import { createMetrics, createServiceServer } from '@marquee/service-kit/service';
import {
  createSubgraphExecutor,
  EVENT_ID,
  GATEWAY_HEADER,
  type RequestContext,
  type SubgraphEvents,
  type SubgraphExecutor,
  signGatewayRequest,
} from '@marquee/service-kit/subgraph';
import { waitUntil } from '@marquee/testkit';
import { buildSchema } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHttpSubgraph } from './http-subgraph.ts';

const SECRET = 'a secret that is long enough for anybody';
const TICKS = 'subscription { tick }';

/** What all copies know: how many ticks there have been. Each has an id, its number. */
class Clockwork {
  readonly #listeners = new Set<() => void>();
  readonly contexts: RequestContext[] = [];
  count = 0;
  /** Ticks that were taken from the source. */
  taken = 0;

  get followers(): number {
    return this.#listeners.size;
  }

  tick(times = 1): void {
    this.count += times;
    for (const tell of this.#listeners) tell();
  }

  /** @param numbered without ids nobody can go on elsewhere. */
  ticks(context: RequestContext, numbered: boolean): AsyncIterableIterator<object, void, void> {
    this.contexts.push(context);
    let at = context.lastEventId === undefined ? this.count : Number(context.lastEventId);
    let ended = false;
    let wake = (): void => undefined;
    const tell = (): void => wake();
    this.#listeners.add(tell);
    const id = () => (numbered ? { [EVENT_ID]: String(at) } : {});
    return {
      ...id(),
      [Symbol.asyncIterator]() {
        return this;
      },
      next: async () => {
        while (at >= this.count && !ended) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        if (ended) return { done: true, value: undefined };
        this.taken++;
        return { done: false, value: { tick: ++at, padding: 'x'.repeat(100_000), ...id() } };
      },
      return: async () => {
        ended = true;
        this.#listeners.delete(tell);
        wake();
        return { done: true, value: undefined };
      },
    };
  }
}

interface CopyOptions {
  readonly numbered?: boolean;
  readonly maxStreams?: number;
}

async function copyOf(clockwork: Clockwork, { numbered = true, maxStreams = 10 }: CopyOptions = {}) {
  const schema = buildSchema('type Query { a: Int } type Subscription { tick: Int padding: String }');
  const fields = schema.getSubscriptionType()!.getFields();
  for (const name of ['tick', 'padding']) {
    fields[name]!.subscribe = (_root, _arguments, context: RequestContext) =>
      clockwork.ticks(context, numbered);
  }
  const execute = createSubgraphExecutor({ schema, createContext: (context) => context });
  const metrics = createMetrics('clock');
  const server = createServiceServer({
    host: '127.0.0.1',
    port: 0,
    logger: silentLogger,
    metrics,
    readiness: () => ({ ready: true, components: {} }),
    routes: [],
    subgraph: {
      subgraph: { name: 'content', execute },
      gatewaySecrets: [SECRET],
      maxInFlight: 2,
      maxStreams,
      flow: { heartbeatMs: 20, stalledAfterMs: 300 },
      now: () => Date.now(),
      logger: silentLogger,
      metrics,
      serving: () => true,
    },
  });
  await server.start();
  const proxy = await killableProxy(Number(new URL(server.url()).port));
  onTestFinished(async () => {
    proxy.kill();
    await server.stop();
  });
  return { url: proxy.url, kill: proxy.kill, server, metrics };
}

/** What kill -9 does to a copy's connections, for a copy in this process. */
async function killableProxy(port: number) {
  const sockets = new Set<Socket>();
  const proxy = createServer((socket) => {
    const other = connect(port, '127.0.0.1');
    for (const each of [socket, other]) {
      sockets.add(each);
      each.on('error', () => undefined);
      each.once('close', () => sockets.delete(each));
    }
    socket.pipe(other).pipe(socket);
    socket.once('close', () => other.destroy());
    other.once('close', () => socket.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    kill: () => {
      proxy.close();
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
}

function gatewayTo(...urls: string[]) {
  const metrics = createMetrics('gateway');
  const subgraph = createHttpSubgraph({
    name: 'content',
    urls,
    gatewaySecret: SECRET,
    clock: systemClock,
    logger: silentLogger,
    metrics,
  });
  onTestFinished(() => subgraph.stop());
  return { metrics, execute: subgraph.execute };
}

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

async function begin(execute: SubgraphExecutor, query = TICKS) {
  const context: RequestContext = {
    requestId: 'r-1',
    deadline: deadlineAfter(2_000),
    viewer: { profileId: 'ada', scopes: [] },
    traceparent: TRACE,
  };
  return execute.subscribe!({ query, context });
}

async function ticksOf(execute: SubgraphExecutor) {
  const events = await begin(execute);
  if (!('next' in events)) throw new Error(JSON.stringify(events));
  const received: unknown[] = [];
  const over = take(events, received);
  const end = async (): Promise<void> => {
    await events.return?.();
    await over;
  };
  onTestFinished(end);
  return { received, over, end };
}

async function take(events: SubgraphEvents, into: unknown[]): Promise<void> {
  for (;;) {
    const { done, value } = await events.next();
    if (done || value === undefined) return;
    into.push(value.errors === undefined ? value.data?.tick : value.errors[0]?.extensions?.code);
  }
}

describe('events of a subgraph in another process', () => {
  it('come as they happen, in the name of the viewer and on his trace, and end where nobody wants them', async () => {
    const clockwork = new Clockwork();
    const copy = await copyOf(clockwork);
    const { execute } = gatewayTo(copy.url);
    const { received, end } = await ticksOf(execute);
    clockwork.tick();
    await waitUntil(() => received.length === 1);
    clockwork.tick(2);
    await waitUntil(() => received.length === 3);
    expect(received).toEqual([1, 2, 3]);
    expect(clockwork.contexts[0]).toMatchObject({
      viewer: { profileId: 'ada' },
      requestId: 'r-1',
      traceparent: TRACE,
    });
    const exposed = (await copy.metrics.exposition()).body;
    expect(exposed).toMatch(/marquee_streams_open\{operation="tick",service="clock"\} 1/);
    expect(exposed).toMatch(/marquee_http_requests_in_flight\{service="clock"\} 0/);
    await end();
    await waitUntil(() => clockwork.followers === 0);
  });

  it('go on at another copy when theirs dies, and none is missed or told twice', async () => {
    const clockwork = new Clockwork();
    const copies = [await copyOf(clockwork), await copyOf(clockwork)];
    const { execute, metrics } = gatewayTo(...copies.map(({ url }) => url));
    const streams = await Promise.all(Array.from({ length: 4 }, () => ticksOf(execute)));
    clockwork.tick(2);
    await waitUntil(() => streams.every(({ received }) => received.length === 2));
    copies[0]!.kill();
    clockwork.tick(3);
    await waitUntil(() => streams.every(({ received }) => received.length === 5), { deadlineMs: 10_000 });
    for (const { received } of streams) expect(received).toEqual([1, 2, 3, 4, 5]);
    expect((await metrics.exposition()).body).toMatch(
      /marquee_stream_resumptions_total\{subgraph="content",outcome="resumed",service="gateway"\} 2/,
    );
  });

  it('go on at another copy when theirs stops, which is not kept from it', async () => {
    const clockwork = new Clockwork();
    const copies = [await copyOf(clockwork), await copyOf(clockwork)];
    const { execute } = gatewayTo(...copies.map(({ url }) => url));
    const streams = await Promise.all(Array.from({ length: 4 }, () => ticksOf(execute)));
    await copies[0]!.server.stop();
    clockwork.tick();
    await waitUntil(() => streams.every(({ received }) => received.length === 1), { deadlineMs: 10_000 });
    for (const { received } of streams) expect(received).toEqual([1]);
  });

  it('without ids end with an error that says to ask again', async () => {
    const clockwork = new Clockwork();
    const copies = [
      await copyOf(clockwork, { numbered: false }),
      await copyOf(clockwork, { numbered: false }),
    ];
    const { execute } = gatewayTo(...copies.map(({ url }) => url));
    const { received, over } = await ticksOf(execute);
    clockwork.tick();
    await waitUntil(() => received.length === 1);
    for (const copy of copies) copy.kill();
    await over;
    expect(received).toEqual([1, 'DEPENDENCY_UNAVAILABLE']);
  });

  it('end with an error when no copy comes back in time', { timeout: 20_000 }, async () => {
    const clockwork = new Clockwork();
    const copy = await copyOf(clockwork);
    const { execute } = gatewayTo(copy.url);
    const { received, over } = await ticksOf(execute);
    copy.kill();
    await over;
    expect(received).toEqual(['DEPENDENCY_UNAVAILABLE']);
  });

  it('are had from another copy where one has as many as it may, and refused where all have', async () => {
    const clockwork = new Clockwork();
    const copies = [await copyOf(clockwork, { maxStreams: 1 }), await copyOf(clockwork, { maxStreams: 1 })];
    const { execute } = gatewayTo(...copies.map(({ url }) => url));
    await ticksOf(execute);
    const second = await ticksOf(execute);
    await expect(begin(execute)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await second.end();
    await waitUntil(() => clockwork.followers === 1);
    await ticksOf(execute);
  });

  it('that are refused are an answer', async () => {
    const { execute } = gatewayTo((await copyOf(new Clockwork())).url);
    expect(await begin(execute, 'subscription { nothing }')).toMatchObject({
      errors: [{ message: expect.stringContaining('nothing') }],
    });
  });

  it('are for gateways alone', async () => {
    const { url } = await copyOf(new Clockwork());
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify({ query: TICKS }),
    });
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('wait at their source for a reader who is slow, and are not kept for one who does not read', async () => {
    const clockwork = new Clockwork();
    const { url, metrics } = await copyOf(clockwork);
    const body = JSON.stringify({ query: 'subscription { padding }' });
    const context = { requestId: 'r-1', deadline: deadlineAfter(2_000) };
    const signature = signGatewayRequest(context, body, {
      subgraph: 'content',
      secret: SECRET,
      now: Date.now(),
    });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    onTestFinished(() => void socket.destroy());
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: c\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n` +
        `${GATEWAY_HEADER}: ${signature}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    await waitUntil(() => clockwork.followers === 1);
    // 100 KB each: far more than all buffers on the way.
    clockwork.tick(1_000);
    await waitUntil(() => clockwork.followers === 0, { deadlineMs: 10_000 });
    expect(clockwork.taken).toBeLessThan(1_000);
    expect((await metrics.exposition()).body).toMatch(
      /marquee_stream_seconds_count\{[^}]*operation="padding",reason="stalled"[^}]*\} 1/,
    );
  });
});
