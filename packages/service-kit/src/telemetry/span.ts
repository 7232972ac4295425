/**
 * What the platform knows of tracing: a span, and how to find the one that is being worked in. Nothing of OpenTelemetry
 * is loaded for it, so that parts may speak of spans in processes that record none.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Component } from '../component.ts';

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** For whoever works on behalf of it elsewhere (W3C Trace Context). */
  readonly traceparent: string;
  /** False where the sampler has left the trace out: children cost nothing then. */
  readonly recording: boolean;
  /** @param startedAt of `performance.now()`; default: now. */
  child(name: string, attributes?: SpanAttributes, kind?: SpanKind, startedAt?: number): Span;
  set(attributes: SpanAttributes): void;
  rename(name: string): void;
  /** @param code few values, never a message: messages may say who somebody is. */
  fail(code: string): void;
  /** Once; later calls do nothing. @param at of `performance.now()`; default: now. */
  end(at?: number): void;
  /** Makes it the one that `activeSpan` finds in `work` and whatever that starts. */
  run<T>(work: () => T): T;
}

export interface Tracing extends Component {
  /** The first span of this process in a trace. @param parent a traceparent; others than well-formed ones count as none. */
  begin(name: string, options: BeginOptions): Span;
}

export interface BeginOptions {
  readonly parent?: string | undefined;
  readonly kind: SpanKind;
  readonly attributes?: SpanAttributes;
}

/** One for the process, as its asynchronous contexts are; it has no state of its own. */
const active = new AsyncLocalStorage<Span>();

/** The span that is being worked in. Undefined: none, or one that nobody records. */
export function activeSpan(): Span | undefined {
  return active.getStore();
}

export function runInSpan<T>(span: Span, work: () => T): T {
  return active.run(span, work);
}

/** Work that is timed as a child of the active span; just the work where there is none. */
export function inChildSpan<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T> {
  const parent = active.getStore();
  return parent === undefined ? work() : inSpan(parent.child(name, attributes, 'client'), work);
}

async function inSpan<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await span.run(work);
  } catch (error) {
    span.fail((error as { code?: unknown } | null)?.code?.toString() ?? 'failed');
    throw error;
  } finally {
    span.end();
  }
}
