/** Spans by OpenTelemetry, sent by OTLP over HTTP. Loaded by processes that have somewhere to send them. */
import { randomUUID } from 'node:crypto';
import {
  type Tracer as ApiTracer,
  type Context,
  type Span as OtelSpan,
  SpanKind as OtelSpanKind,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { READY } from '../component.ts';
import type { Logger } from '../logging.ts';
import type { Metrics } from '../service/metrics.ts';
import { BatchExport } from './batch-export.ts';
import {
  type BeginOptions,
  runInSpan,
  type Span,
  type SpanAttributes,
  type SpanKind,
  type Tracing,
} from './span.ts';
import type { TelemetryConfig } from './telemetry-config.ts';

export interface TracingOptions {
  /** The process, where the configuration does not say otherwise. */
  readonly service: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Within the time that any part has to stop. */
const FLUSH_WITHIN_MS = 3_000;
const MAX_ATTRIBUTE_LENGTH = 512;

const KINDS: Readonly<Record<SpanKind, OtelSpanKind>> = {
  internal: OtelSpanKind.INTERNAL,
  server: OtelSpanKind.SERVER,
  client: OtelSpanKind.CLIENT,
  producer: OtelSpanKind.PRODUCER,
  consumer: OtelSpanKind.CONSUMER,
};

export function createOtlpTracing(config: TelemetryConfig, options: TracingOptions): Tracing {
  const processor = new BatchExport({
    ...config.queue,
    exporter: new OTLPTraceExporter({
      url: config.url,
      headers: { ...config.headers },
      timeoutMillis: config.timeoutMs,
      compression: config.compression as never,
      concurrencyLimit: 2,
    }),
    // The exporter repeats within its own; this one is for what does not come back at all.
    timeoutMs: config.timeoutMs + 500,
    flushWithinMs: FLUSH_WITHIN_MS,
    logger: options.logger,
    metrics: options.metrics,
  });
  const provider = new BasicTracerProvider({
    sampler: samplerOf(config),
    resource: resourceFromAttributes({
      'service.name': options.service,
      'service.namespace': 'marquee',
      'service.instance.id': randomUUID(),
      ...config.resource,
      ...(config.serviceName === undefined ? {} : { 'service.name': config.serviceName }),
    }),
    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_LENGTH },
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('marquee');
  return {
    name: 'tracing',
    start: async () => undefined,
    stop: () => provider.shutdown(),
    readiness: () => READY,
    begin: (name, given) => begin(tracer, name, given),
  };
}

function begin(tracer: ApiTracer, name: string, { parent, kind, attributes = {} }: BeginOptions): Span {
  const remote = parent === undefined ? null : parseTraceParent(parent);
  const context =
    remote === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, { ...remote, isRemote: true });
  // Each span by the SDK's own reckoning may be a millisecond off its parent: a trace has one clock in a process.
  const clockOffset = Date.now() - performance.now();
  const startTime = clockOffset + performance.now();
  const span = tracer.startSpan(
    name,
    { kind: KINDS[kind], attributes: { ...attributes }, startTime },
    context,
  );
  return span.isRecording() ? new RecordedSpan(tracer, span, clockOffset) : unrecorded(span);
}

class RecordedSpan implements Span {
  readonly traceId: string;
  readonly traceparent: string;
  readonly recording = true;
  readonly #tracer: ApiTracer;
  readonly #span: OtelSpan;
  /** From `performance.now()` to milliseconds since 1970. */
  readonly #clockOffset: number;
  #context: Context | undefined;
  #ended = false;

  constructor(tracer: ApiTracer, span: OtelSpan, clockOffset: number) {
    this.#tracer = tracer;
    this.#span = span;
    this.#clockOffset = clockOffset;
    this.traceId = span.spanContext().traceId;
    this.traceparent = traceparentOf(span);
  }

  child(
    name: string,
    attributes: SpanAttributes = {},
    kind: SpanKind = 'internal',
    at = performance.now(),
  ): Span {
    this.#context ??= trace.setSpan(ROOT_CONTEXT, this.#span);
    const given = { kind: KINDS[kind], attributes: { ...attributes }, startTime: this.#clockOffset + at };
    return new RecordedSpan(
      this.#tracer,
      this.#tracer.startSpan(name, given, this.#context),
      this.#clockOffset,
    );
  }

  set(attributes: SpanAttributes): void {
    if (!this.#ended) this.#span.setAttributes({ ...attributes });
  }

  rename(name: string): void {
    if (!this.#ended) this.#span.updateName(name);
  }

  fail(code: string): void {
    if (this.#ended) return;
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.#span.setAttribute('error.type', code);
  }

  end(at = performance.now()): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#span.end(this.#clockOffset + at);
  }

  run<T>(work: () => T): T {
    return runInSpan(this, work);
  }
}

/** Carries the trace on, so that everybody behind leaves it out too. */
function unrecorded(span: OtelSpan): Span {
  const self: Span = {
    traceId: span.spanContext().traceId,
    traceparent: traceparentOf(span),
    recording: false,
    child: () => self,
    set: () => undefined,
    rename: () => undefined,
    fail: () => undefined,
    end: () => undefined,
    run: (work) => work(),
  };
  return self;
}

function traceparentOf(span: OtelSpan): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

function samplerOf({ sampler, ratio }: TelemetryConfig): Sampler {
  const name = sampler.replace('parentbased_', '');
  const root =
    name === 'always_on'
      ? new AlwaysOnSampler()
      : name === 'always_off'
        ? new AlwaysOffSampler()
        : new TraceIdRatioBasedSampler(ratio);
  return name === sampler ? root : new ParentBasedSampler({ root });
}
