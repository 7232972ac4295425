import type { PipelineTrace } from '@marquee/pipeline';
import { silentLogger } from '@marquee/service-kit';
import { createMetrics, createTracing, loadTelemetryConfig } from '@marquee/service-kit/service';
import { expect, it, onTestFinished } from 'vitest';
import { startTraceCollector } from '../../../../packages/service-kit/src/telemetry/test/trace-collector.ts';
import { recordPipeline } from './pipeline-spans.ts';

const TRACE: PipelineTrace = {
  pipeline: 'home',
  seed: 7,
  milliseconds: 20,
  components: [
    { name: 'trending', kind: 'candidate-source', outcome: 'ok', milliseconds: 8, input: 100, output: 90 },
    {
      name: 'ann',
      kind: 'candidate-source',
      outcome: 'omitted',
      milliseconds: 5,
      error: 'profile zoe timed out',
    },
    { name: 'watched', kind: 'filter', outcome: 'ok', milliseconds: 2, input: 90, output: 80 },
    { name: 'maturity', kind: 'filter', outcome: 'ok', milliseconds: 1, input: 80, output: 70 },
  ],
  degraded: [{ component: 'ann', kind: 'candidate-source', error: 'profile zoe timed out' }],
};

it('a run of the pipeline is spans: sources side by side, filters one after the other, failures without their words', async () => {
  const collector = await startTraceCollector();
  onTestFinished(() => collector.stop());
  const config = loadTelemetryConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const tracing = await createTracing(config, {
    service: 'test',
    logger: silentLogger,
    metrics: createMetrics('test'),
  });
  const root = tracing!.begin('request', { kind: 'server' });
  root.run(() => recordPipeline(TRACE));
  root.end();
  await tracing!.stop();

  const named = (name: string) => collector.spans.find((span) => span.name === name)!;
  const whole = named('pipeline home');
  expect(whole).toMatchObject({
    parentSpanId: named('request').spanId,
    attributes: { 'marquee.degraded': 'ann' },
  });
  expect(whole.endedAt - whole.startedAt).toBeCloseTo(20, 0);
  const offset = (name: string) => Math.abs(Math.round(named(name).startedAt - whole.startedAt));
  expect([
    offset('candidate-source trending'),
    offset('candidate-source ann'),
    offset('filter watched'),
    offset('filter maturity'),
  ]).toEqual([0, 0, 8, 10]);
  expect(named('candidate-source trending').attributes).toMatchObject({
    'marquee.component.input': 100,
    'marquee.component.output': 90,
  });
  expect(named('candidate-source ann')).toMatchObject({
    failed: true,
    parentSpanId: whole.spanId,
    attributes: { 'marquee.component.outcome': 'omitted' },
  });
  expect(JSON.stringify(collector.spans)).not.toContain('zoe');
});

it('nothing is recorded where nobody traces', () => {
  expect(() => recordPipeline(TRACE)).not.toThrow();
});
