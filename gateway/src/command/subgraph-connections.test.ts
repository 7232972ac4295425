/** Subgraphs that do not answer, as the general gateway asks them. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { subgraphFetch } from '../../test/subgraph-fetch.ts';
import { parseGatewayFile } from './gateway-file.ts';
import { SubgraphConnections } from './subgraph-connections.ts';

const hangs: RequestListener = () => undefined;
const answers: RequestListener = (_request, response) =>
  void response.setHeader('content-type', 'application/json').end('{"data":{"a":1}}');

async function connected(settings: string) {
  let listener = hangs;
  let asked = 0;
  const server = createServer((request, response) => {
    asked++;
    request.resume();
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const metrics = createMetrics('test');
  const file = parseGatewayFile(settings, 'test.yaml');
  const connections = new SubgraphConnections({ file, logger: silentLogger, metrics });
  const { port } = server.address() as AddressInfo;
  const source = connections.connect('shop', `http://127.0.0.1:${port}/`);
  onTestFinished(async () => {
    await source.stop?.();
    server.closeAllConnections();
    server.close();
  });
  return {
    ask: (signal?: AbortSignal) => source.fetch(subgraphFetch(signal && { signal })),
    answerWith(next: RequestListener) {
      listener = next;
    },
    asked: () => asked,
    detail: () => connections.readiness()['subgraph shop']?.detail,
    metric: async () => (await metrics.exposition()).body,
  };
}

const codeOf = ({ errors }: { errors?: readonly { extensions?: object | undefined }[] | undefined }) =>
  (errors?.[0]?.extensions as { code?: string } | undefined)?.code;

describe('a subgraph that does not answer in time', () => {
  it('is told of in readiness and metrics', async () => {
    const { ask, detail, metric } = await connected('defaults: { timeoutMs: 20 }');
    expect(codeOf(await ask())).toBe('DEADLINE_EXCEEDED');
    expect(detail()).toBe('did not answer when it was asked last');
    expect(await metric()).toMatch(/marquee_subgraph_request_seconds_count\{[^}]*outcome="failed"[^}]*\} 1/);
  });

  it('is left alone after a while, named, and asked again when it is back', async () => {
    const { ask, answerWith, asked, detail, metric } = await connected(
      'defaults: { timeoutMs: 100, shareInFlight: false, circuitBreaker: { failures: 3, restMs: 300 } }',
    );
    await Promise.all([ask(), ask(), ask()]);
    const before = asked();
    const refused = await ask();
    expect(codeOf(refused)).toBe('DEPENDENCY_UNAVAILABLE');
    expect(asked()).toBe(before);
    expect(detail()).toMatch(/left alone/);
    expect(await metric()).toMatch(/marquee_subgraph_request_seconds_count\{[^}]*outcome="refused"[^}]*\} 1/);
    answerWith(answers);
    await waitUntil(async () => codeOf(await ask()) === undefined, { what: 'an answer' });
    expect(detail()).toBeUndefined();
  });

  it('is not held guilty of clients that went away', async () => {
    const { ask, asked, detail } = await connected('defaults: { circuitBreaker: { failures: 1 } }');
    const gone = new AbortController();
    const answer = ask(gone.signal);
    await waitUntil(() => asked() === 1, { what: 'the request' });
    gone.abort();
    await answer;
    expect(detail()).toBeUndefined();
  });

  it('is asked however often where that is wanted', async () => {
    const { ask } = await connected('defaults: { timeoutMs: 5, circuitBreaker: off }');
    for (let i = 0; i < 25; i++) expect(codeOf(await ask())).toBe('DEADLINE_EXCEEDED');
  });
});
