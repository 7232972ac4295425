import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@marquee/domain';
import { silentLogger, type Tracing } from '@marquee/service-kit';
import { createMetrics, createTracing, loadTelemetryConfig } from '@marquee/service-kit/service';
import { waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type CollectedSpan,
  startTraceCollector,
} from '../../../packages/service-kit/src/telemetry/test/trace-collector.ts';
import { ask, gatewayOver, SECRET, smallGraph } from '../../test/small-graph/small-graph.ts';
import { createHttpSubgraph } from '../subgraphs/http-subgraph.ts';

const SCRIPT = fileURLToPath(new URL('./test/content.process.ts', import.meta.url));
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

/** The subgraph in a process of its own; its address. */
async function contentProcess(collector: string): Promise<string> {
  const child: ChildProcess = spawn(process.execPath, [SCRIPT], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      MARQUEE_GATEWAY_SECRET: SECRET,
      MARQUEE_DRAIN_GRACE_MS: '0',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector,
      OTEL_BSP_SCHEDULE_DELAY: '20',
    },
  });
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const ready = () => output.match(/"url":"([^"]+)","msg":"ready"/)?.[1];
  return waitUntil(ready, { deadlineMs: 20_000, what: 'the subgraph' });
}

interface Traced {
  readonly environment?: Record<string, string>;
  /** One subgraph is a process of its own. */
  readonly separate?: boolean;
  /** Before anything is served. */
  readonly prepare?: (graph: ReturnType<typeof smallGraph>) => void;
}

async function traced({ environment = {}, separate = false, prepare }: Traced = {}) {
  const collector = await startTraceCollector();
  onTestFinished(() => collector.stop());
  const metrics = createMetrics('gateway');
  const config = loadTelemetryConfig({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_BSP_SCHEDULE_DELAY: '20',
    ...environment,
  });
  const tracing = (await createTracing(config, {
    service: 'gateway',
    logger: silentLogger,
    metrics,
  })) as Tracing;
  const graph = smallGraph();
  if (separate) {
    const content = createHttpSubgraph({
      name: 'content',
      urls: [await contentProcess(collector.url)],
      gatewaySecret: SECRET,
      clock: systemClock,
      logger: silentLogger,
    });
    onTestFinished(() => content.stop());
    graph.executors.content = content.execute;
  }
  prepare?.(graph);
  const gateway = gatewayOver(graph, { tracing, metrics });
  await gateway.start();
  onTestFinished(async () => {
    await gateway.stop();
    await tracing.stop();
  });
  return { collector, gateway, graph, tracing, metrics };
}

/** Names with those of the children, in the order in which they began. */
function tree(spans: readonly CollectedSpan[], parent: string): unknown[] {
  return spans
    .filter(({ parentSpanId }) => parentSpanId === parent)
    .sort((a, b) => a.startedAt - b.startedAt)
    .map(({ name, service, spanId }) => {
      const children = tree(spans, spanId);
      return children.length === 0 ? `${service}: ${name}` : { [`${service}: ${name}`]: children };
    });
}

describe('a trace', () => {
  it('goes from the client through the gateway into the process of a subgraph', async () => {
    const { collector, gateway } = await traced({ separate: true });
    const document =
      'query Page($first: Int) { titles(first: $first) { name inMyList } refused(first: 4711) }';
    const answer = await ask(gateway, document, { traceparent: PARENT, 'x-profile-id': 'ada' }, { first: 3 });
    expect(answer.body.data?.titles).toHaveLength(3);
    await waitUntil(() => collector.spans.length >= 6, { deadlineMs: 10_000 });
    expect(tree(collector.spans, PARENT.split('-')[2]!)).toEqual([
      {
        'gateway: POST /graphql': [
          {
            'gateway: query Page': [
              'gateway: plan',
              { 'gateway: fetch content': ['content: content operation'] },
              'gateway: fetch user-profile',
            ],
          },
        ],
      },
    ]);
    const named = (name: string) => collector.spans.find((span) => span.name === name)!;
    expect(new Set(collector.spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    expect(named('POST /graphql').attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'http.response.status_code': 200,
    });
    expect(named('query Page').attributes).toMatchObject({
      'graphql.operation.name': 'Page',
      'graphql.operation.type': 'query',
      'graphql.document.hash': expect.stringMatching(/^[0-9a-f]{64}$/),
      'marquee.operation.outcome': 'errors',
      'marquee.operation.cost.estimated': expect.any(Number),
    });
    expect(named('plan').attributes).toEqual({ 'graphql.plan.cache': 'miss' });
    expect(named('fetch content')).toMatchObject({ failed: true, kind: 3 });
    expect(named('fetch content').attributes).toMatchObject({
      'marquee.fetch.outcome': 'errors',
      'marquee.fetch.request.bytes': expect.any(Number),
      'marquee.fetch.response.bytes': expect.any(Number),
    });
    expect(named('content operation')).toMatchObject({ failed: true, kind: 2 });
    expect(named('fetch user-profile').attributes).toMatchObject({
      'marquee.subgraph': 'user-profile',
      'marquee.fetch.entities': 3,
      'marquee.fetch.outcome': 'ok',
    });
    // Neither who asked nor what was asked with.
    // Ids and instants are drawn, and may hold any digits and letters from a to f.
    const sent = collector.requests
      .map(({ body }) => body)
      .join('\n')
      .replace(/"[0-9a-f-]{16,}"/g, '""');
    for (const secret of ['ada', '4711', 'Title 1']) expect(sent).not.toContain(secret);
  });

  it('of an answer in parts lasts until the last of them, or until its client has gone away', async () => {
    const late = Promise.withResolvers<void>();
    const { collector, gateway } = await traced({
      prepare({ executors }) {
        const execute = executors.content!;
        executors.content = async (request) => {
          if (/similar/.test(request.query)) await late.promise;
          return execute(request);
        };
      },
    });
    const leaving = new AbortController();
    const inParts = (signal?: AbortSignal) =>
      fetch(`${gateway.url()}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'multipart/mixed;deferSpec=20220824' },
        body: JSON.stringify({
          query: 'query Later { titles(first: 1) { id ... @defer { similar { name } } } }',
        }),
        ...(signal && { signal }),
      });
    const operations = () => collector.spans.filter(({ name }) => name === 'query Later');
    const left = await inParts(leaving.signal);
    const reader = left.body!.getReader();
    await reader.read();
    expect(operations()).toEqual([]);
    leaving.abort();
    await expect(reader.read()).rejects.toThrow();
    await waitUntil(() => operations().length === 1);
    const whole = await inParts();
    late.resolve();
    expect(await whole.text()).toContain('Title 2');
    await waitUntil(() => operations().length === 2);
    const [, answered] = operations();
    const fetches = collector.spans.filter(({ parentSpanId }) => parentSpanId === answered?.spanId);
    expect(fetches.map(({ name }) => name).sort()).toEqual(['fetch content', 'fetch content', 'plan']);
    expect(answered!.endedAt).toBeGreaterThanOrEqual(Math.max(...fetches.map(({ endedAt }) => endedAt)));
  });

  it('says that a plan was known when it comes again', async () => {
    const { collector, gateway } = await traced();
    for (let i = 0; i < 2; i++) await ask(gateway, '{ titles(first: 1) { name } }');
    const plans = () => collector.spans.filter(({ name }) => name === 'plan');
    await waitUntil(() => plans().length === 2);
    expect(plans().map(({ attributes }) => attributes['graphql.plan.cache'])).toEqual(['miss', 'hit']);
  });

  it('that the sampler leaves out is left out by everybody behind the gateway too', async () => {
    const { collector, gateway, tracing } = await traced({
      environment: { OTEL_TRACES_SAMPLER: 'always_off' },
    });
    const { body } = await ask(gateway, '{ trace }');
    expect(body.data?.trace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    await tracing.stop();
    expect(collector.requests).toEqual([]);
  });

  it('that nobody takes costs no request anything', async () => {
    const { collector, gateway, metrics } = await traced({
      environment: { OTEL_EXPORTER_OTLP_TIMEOUT: '100' },
    });
    await collector.stop();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => ask(gateway, '{ titles(first: 1) { name } }')),
    );
    expect(answers.every(({ body }) => body.errors === undefined)).toBe(true);
    await waitUntil(async () =>
      /trace_spans_total\{outcome="failed",service="gateway"\} \d/.test((await metrics.exposition()).body),
    );
  });

  it('begins with what ends a request before it is an operation', async () => {
    const { collector, gateway } = await traced();
    await (await fetch(`${gateway.url()}/graphql`, { method: 'POST', body: '{' })).text();
    await waitUntil(() => collector.spans.length === 1);
    expect(collector.spans[0]).toMatchObject({ name: 'POST /graphql', failed: false });
    expect(collector.spans[0]?.attributes['http.response.status_code']).toBeGreaterThanOrEqual(400);
  });
});
