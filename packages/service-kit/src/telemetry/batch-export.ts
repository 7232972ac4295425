/**
 * Spans on their way out: a bounded queue, one batch at a time, each within a deadline. Unlike the SDK's processor it
 * counts what it drops and gives up flushing after a bound, so that a collector that is away costs traces and nothing else.
 */
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../logging.ts';
import type { Metrics } from '../service/metrics.ts';

export interface BatchExportOptions {
  readonly exporter: SpanExporter;
  readonly limit: number;
  readonly batch: number;
  readonly delayMs: number;
  /** For one batch. */
  readonly timeoutMs: number;
  /** For all that is left when it ends. */
  readonly flushWithinMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** While a collector is away, one line in so long tells enough. */
const QUIET_MS = 60_000;
const SAMPLED = 1;
const SUCCESS = 0;

export class BatchExport implements SpanProcessor {
  readonly #options: BatchExportOptions;
  #queue: ReadableSpan[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #quietUntil = Number.NEGATIVE_INFINITY;
  #ended = false;

  constructor(options: BatchExportOptions) {
    this.#options = options;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & SAMPLED) === 0) return;
    const { limit, batch, delayMs, metrics } = this.#options;
    if (this.#ended || this.#queue.length >= limit) {
      metrics.count('marquee_trace_spans_total', { outcome: 'dropped' });
      return;
    }
    this.#queue.push(span);
    if (this.#queue.length >= batch) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), delayMs).unref();
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#sending !== undefined || this.#queue.length === 0) return;
    const { batch, delayMs } = this.#options;
    this.#sending = this.#export(this.#queue.splice(0, batch)).finally(() => {
      this.#sending = undefined;
      if (this.#queue.length >= batch || this.#ended) this.#send();
      else if (this.#queue.length > 0) this.#timer ??= setTimeout(() => this.#send(), delayMs).unref();
    });
  }

  /** Never rejects. */
  async #export(spans: ReadableSpan[]): Promise<void> {
    const { exporter, timeoutMs, metrics } = this.#options;
    const problem = await new Promise<Error | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
      try {
        exporter.export(spans, ({ code, error }) => {
          clearTimeout(timer);
          resolve(code === SUCCESS ? undefined : (error ?? new Error('refused')));
        });
      } catch (error) {
        clearTimeout(timer);
        resolve(error as Error);
      }
    });
    const outcome = problem === undefined ? 'exported' : 'failed';
    metrics.count('marquee_trace_spans_total', { outcome }, spans.length);
    if (problem !== undefined) this.#complain(problem, spans.length);
  }

  #complain(problem: Error, spans: number): void {
    if (performance.now() < this.#quietUntil) return;
    this.#quietUntil = performance.now() + QUIET_MS;
    // The message alone: the exporter's error may hold the request, and that the headers.
    this.#options.logger.warn({ reason: problem.message, spans }, 'traces were not exported');
  }

  async forceFlush(): Promise<void> {
    const { flushWithinMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const bound = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), flushWithinMs);
    });
    try {
      for (;;) {
        this.#send();
        if (this.#sending === undefined) return;
        if ((await Promise.race([this.#sending, bound])) === 'late') return;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async shutdown(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.forceFlush();
    const left = this.#queue.length;
    this.#queue = [];
    if (left > 0) this.#options.metrics.count('marquee_trace_spans_total', { outcome: 'dropped' }, left);
    // It waits for what is still being sent, which may take longer than anybody has.
    void this.#options.exporter.shutdown().catch(() => undefined);
  }
}
