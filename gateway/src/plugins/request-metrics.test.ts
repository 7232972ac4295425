import { createMetrics, type Metrics } from '@marquee/service-kit/service';
import { waitUntil } from '@marquee/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, DEVELOPMENT, gatewayOver, poster, smallGraph } from '../../test/small-graph/small-graph.ts';
import type { Gateway, GatewayOptions } from '../index.ts';
import { metricsRoute } from '../routes/metrics.route.ts';

const running: Gateway[] = [];
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.stop();
});

async function measured(
  options: Partial<GatewayOptions> = {},
): Promise<{ gateway: Gateway; metrics: Metrics; graph: ReturnType<typeof smallGraph> }> {
  const graph = smallGraph();
  const metrics = createMetrics('gateway');
  const readiness = () => ({ ready: true, components: { 'event-bus': { ready: true } } });
  const gateway = gatewayOver(graph, {
    metrics,
    routes: [poster, metricsRoute(metrics, readiness)],
    ...options,
  });
  running.push(gateway);
  await gateway.start();
  return { gateway, metrics, graph };
}

const scrape = async (gateway: Gateway): Promise<string> => (await fetch(`${gateway.url()}/metrics`)).text();

/** Requests answered by now, as `route status`, with their number. */
async function answered(metrics: Metrics): Promise<Record<string, number>> {
  const { body } = await metrics.exposition();
  const lines = body.matchAll(
    /^marquee_http_request_seconds_count\{service="gateway",route="(.*)",status="(\d+)"\} (\d+)$/gm,
  );
  return Object.fromEntries(
    [...lines].map(([, route, status, count]) => [`${route} ${status}`, Number(count)]),
  );
}

describe('what the gateway tells Prometheus', () => {
  it('times requests by the template of their route and their status, never by their address', async () => {
    const { gateway, metrics } = await measured();
    for (const id of ['t1', 't2']) await (await fetch(`${gateway.url()}/artwork/${id}?width=300`)).text();
    await ask(gateway, '{ me }');
    await (await fetch(`${gateway.url()}/nothing/here`)).text();
    await (await fetch(`${gateway.url()}/graphql`, { method: 'DELETE' })).text();
    const expected = { '/artwork/:titleId 200': 2, '/graphql 200': 1, 'unknown 404': 1, '/graphql 405': 1 };
    await waitUntil(async () => Object.keys(await answered(metrics)).length === 4);
    expect(await answered(metrics)).toEqual(expected);
  });

  it('counts requests in flight until they are answered, also those whose client goes away', async () => {
    const { gateway, metrics, graph } = await measured();
    const client = new AbortController();
    const left = fetch(`${gateway.url()}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ slow }' }),
      signal: client.signal,
    });
    await graph.slowAsked;
    // With the scrape itself.
    expect(await scrape(gateway)).toContain('marquee_http_requests_in_flight{service="gateway"} 2');
    client.abort();
    await expect(left).rejects.toThrow();
    await waitUntil(async () => (await answered(metrics))['/graphql 499'] === 1);
    expect((await metrics.exposition()).body).toContain(
      'marquee_http_requests_in_flight{service="gateway"} 0',
    );
    graph.answerSlow();
  });

  it('counts what it refuses because there is too much', async () => {
    const { gateway, metrics, graph } = await measured({ config: { ...DEVELOPMENT, maxInFlight: 1 } });
    const waiting = ask(gateway, '{ slow }');
    await graph.slowAsked;
    expect((await ask(gateway, '{ me }')).status).toBe(503);
    graph.answerSlow();
    await waiting;
    // A mistake of the client's is no refusal for want of capacity.
    await (await fetch(`${gateway.url()}/graphql`, { method: 'POST', body: '{' })).text();
    await waitUntil(async () => (await answered(metrics))['/graphql 200'] === 1);
    const refused = (await metrics.exposition()).body.match(/^marquee_requests_refused_total\{.*$/gm);
    expect(refused).toEqual(['marquee_requests_refused_total{reason="overloaded",service="gateway"} 1']);
    expect(await answered(metrics)).toMatchObject({ '/graphql 503': 1 });
  });
});
