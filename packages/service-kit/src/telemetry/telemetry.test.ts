import { Writable } from 'node:stream';
import { waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../logging.ts';
import { createMetrics } from '../service/metrics.ts';
import { activeSpan, inChildSpan, type Tracing } from './span.ts';
import { loadTelemetryConfig } from './telemetry-config.ts';
import { startTraceCollector } from './test/trace-collector.ts';
import { createTracing } from './tracing.ts';

const KEY = 'collector-key-4711';

async function traced(environment: Record<string, string> = {}) {
  const collector = await startTraceCollector();
  const metrics = createMetrics('test');
  let log = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      log += chunk;
      done();
    },
  });
  const config = loadTelemetryConfig({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${KEY}`,
    OTEL_BSP_SCHEDULE_DELAY: '20',
    ...environment,
  });
  const logger = createLogger({ service: 'test', level: 'trace', destination });
  const tracing = (await createTracing(config, { service: 'test', logger, metrics })) as Tracing;
  onTestFinished(async () => {
    await tracing.stop();
    await collector.stop();
  });
  const counted = async (outcome: string) => {
    const line = new RegExp(`^marquee_trace_spans_total\\{outcome="${outcome}",.*\\} (\\d+)$`, 'm');
    return Number((await metrics.exposition()).body.match(line)?.[1] ?? 0);
  };
  return { collector, tracing, counted, log: () => log };
}

describe('traces', () => {
  it('are sent in batches with the headers and the resource that the environment names', async () => {
    const { collector, tracing, counted } = await traced({
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=a%20b',
      OTEL_SERVICE_NAME: 'renamed',
    });
    const root = tracing.begin('root', { kind: 'server' });
    await root.run(async () => {
      expect(activeSpan()).toBe(root);
      await inChildSpan('child', { 'a.number': 3 }, async () => 'done');
      await expect(
        inChildSpan('broken', {}, async () => {
          throw Object.assign(new Error('profile ada is away'), { code: 'DEPENDENCY_UNAVAILABLE' });
        }),
      ).rejects.toThrow('away');
    });
    root.end();
    await waitUntil(() => collector.spans.length === 3);
    const [child, broken, parent] = collector.spans;
    expect(parent).toMatchObject({ service: 'renamed', name: 'root', kind: 2, failed: false });
    expect(child).toMatchObject({
      name: 'child',
      parentSpanId: parent!.spanId,
      attributes: { 'a.number': 3 },
    });
    expect(broken).toMatchObject({ failed: true, attributes: { 'error.type': 'DEPENDENCY_UNAVAILABLE' } });
    expect(child!.startedAt).toBeGreaterThanOrEqual(parent!.startedAt);
    expect(child!.endedAt).toBeLessThanOrEqual(parent!.endedAt);
    expect(Math.abs(parent!.startedAt - Date.now())).toBeLessThan(60_000);
    const [request] = collector.requests;
    expect(request).toMatchObject({ path: '/v1/traces', headers: { 'x-collector-key': KEY } });
    expect(request!.body).toContain('a b');
    // What was thrown may say who somebody is.
    expect(request!.body).not.toContain('profile ada');
    await waitUntil(async () => (await counted('exported')) === 3);
  });

  it('go on where another process began, and leave out what that one left out', async () => {
    const { collector, tracing } = await traced();
    const parent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}`;
    const left = tracing.begin('left out', { kind: 'server', parent: `${parent}-00` });
    expect(left.traceparent).toMatch(/^00-a{32}-[0-9a-f]{16}-00$/);
    expect(left.child('nothing')).toBe(left);
    left.run(() => expect(activeSpan()).toBeUndefined());
    left.end();
    tracing.begin('kept', { kind: 'server', parent: `${parent}-01` }).end();
    tracing.begin('its own', { kind: 'server', parent: 'nonsense' }).end();
    await waitUntil(() => collector.spans.length === 2);
    expect(collector.spans[0]).toMatchObject({
      name: 'kept',
      traceId: 'a'.repeat(32),
      parentSpanId: 'b'.repeat(16),
    });
    expect(collector.spans[1]).toMatchObject({ name: 'its own', parentSpanId: undefined });
  });

  it('keep the share of them that the sampler is told to', async () => {
    const { collector, tracing } = await traced({
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.5',
    });
    for (let i = 0; i < 400; i++) tracing.begin('one', { kind: 'server' }).end();
    await tracing.stop();
    expect(collector.spans.length).toBeGreaterThan(120);
    expect(collector.spans.length).toBeLessThan(280);
  });

  it('wait in a bounded queue while the collector hangs; the rest is dropped and counted, and an end is no longer than its bound', async () => {
    const { collector, tracing, counted, log } = await traced({
      OTEL_BSP_MAX_QUEUE_SIZE: '20',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
      OTEL_EXPORTER_OTLP_TIMEOUT: '200',
    });
    collector.answer('never');
    for (let i = 0; i < 100; i++) tracing.begin('one', { kind: 'server' }).end();
    // One batch is on its way, twenty wait.
    expect(await counted('dropped')).toBe(70);
    const startedAt = performance.now();
    await tracing.stop();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect((await counted('failed')) + (await counted('dropped'))).toBe(100);
    expect(log().match(/traces were not exported/g)).toHaveLength(1);
    expect(log()).not.toContain(KEY);
  });

  it('of a collector that refuses them are counted, and nobody hears of it but the log', async () => {
    const { collector, tracing, counted, log } = await traced();
    collector.answer(400);
    tracing.begin('one', { kind: 'server' }).end();
    await waitUntil(async () => (await counted('failed')) === 1);
    expect(log()).toContain('traces were not exported');
    expect(log()).not.toContain(KEY);
  });
});

describe('the configuration of traces', () => {
  it('is none without an address, and none when it is switched off', () => {
    const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector:4318';
    expect(loadTelemetryConfig({ OTEL_SERVICE_NAME: 'a' })).toBeUndefined();
    expect(loadTelemetryConfig({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' })).toBeUndefined();
    expect(
      loadTelemetryConfig({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER: 'none' }),
    ).toBeUndefined();
    expect(loadTelemetryConfig({ OTEL_EXPORTER_OTLP_ENDPOINT })).toMatchObject({
      url: 'http://collector:4318/v1/traces',
      sampler: 'parentbased_always_on',
    });
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_HEADERS', KEY],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '0'],
  ])('refuses a wrong %s, and does not repeat it', (name, value) => {
    const load = () => loadTelemetryConfig({ [name]: value });
    expect(load).toThrow(name);
    expect(load).not.toThrow(value);
  });
});
