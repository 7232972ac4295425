/** Events of a subgraph over the wire: from the server of graphql-sse, and from servers that break. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@marquee/service-kit';
import { waitUntil } from '@marquee/testkit';
import { buildSchema } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { expect, it, onTestFinished } from 'vitest';
import { subgraphFetch } from '../../test/subgraph-fetch.ts';
import type { SubgraphEvents, SubgraphResult } from './data-source.ts';
import { HttpDataSource } from './http-data-source.ts';

async function subscribe(listener: RequestListener): Promise<SubgraphResult | SubgraphEvents> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const source = new HttpDataSource({ subgraph: 'clock', url, logger: silentLogger, maxResponseBytes: 500 });
  onTestFinished(async () => {
    await source.stop();
    server.closeAllConnections();
    server.close();
  });
  return source.subscribe(subgraphFetch({ query: 'subscription { tick }', kind: 'subscription' }));
}

async function all(events: SubgraphResult | SubgraphEvents): Promise<SubgraphResult[]> {
  if (!('next' in events)) throw new Error('no events');
  const taken: SubgraphResult[] = [];
  for (;;) {
    const { done, value } = await events.next();
    if (done || value === undefined) return taken;
    taken.push(value);
  }
}

const sending =
  (...chunks: string[]): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const chunk of chunks) response.write(chunk);
    response.socket?.end();
  };

it('come one by one, and their end ends the connection at the subgraph too', async () => {
  const schema = buildSchema('type Query { a: Int } type Subscription { tick: Int }');
  let isOver = false;
  async function* ticks() {
    try {
      for (let tick = 1; ; tick++) {
        yield { tick };
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      isOver = true;
    }
  }
  schema.getSubscriptionType()!.getFields().tick!.subscribe = () => ticks();
  const events = await subscribe(createHandler({ schema }));
  if (!('next' in events)) throw new Error('no events');
  expect((await events.next()).value).toEqual({ data: { tick: 1 } });
  expect((await events.next()).value).toEqual({ data: { tick: 2 } });
  await events.return?.();
  expect(await events.next()).toEqual({ done: true, value: undefined });
  await waitUntil(() => isOver);
});

it('end with the event that says so, whatever stands between them', async () => {
  const events = await subscribe(
    sending(':\n\nevent: next\nda', 'ta: {"data":{"tick":1}}\n\n:\n\n', 'event: complete\ndata:\n\n'),
  );
  expect(await all(events)).toEqual([{ data: { tick: 1 } }]);
});

it.each([
  ['never ends', `event: next\ndata: ${'x'.repeat(2_000)}`],
  ['is no answer', 'event: next\ndata: nonsense\n\nevent: complete\n\n'],
])('one that %s costs that event, with an error', async (_, text) => {
  expect(await all(await subscribe(sending(text)))).toEqual([
    {
      data: null,
      errors: [
        { message: expect.any(String), extensions: { code: 'DEPENDENCY_UNAVAILABLE', retryable: true } },
      ],
    },
  ]);
});

it('that the subgraph refuses are an answer', async () => {
  const refusal = { errors: [{ message: 'not today' }] };
  const answer = await subscribe((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(refusal));
  });
  expect(answer).toEqual({ data: null, ...refusal });
});
