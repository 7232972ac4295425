/**
 * What is learnt of one operation while it runs: its span, its plan and its fetches. One small object a request and one
 * entry a fetch; nothing is done per field.
 */
import type { Span } from '@marquee/service-kit';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import type { SubgraphFetch, SubgraphResult } from '../data-source/data-source.ts';
import type { ExecutionObserver } from '../executor/execution-observer.ts';
import type { GatewayContext } from '../request-context.ts';
import { codeOf, type ErrorCounter } from './error-counter.ts';

export interface SubgraphTime {
  fetches: number;
  /** Of all fetches together; side by side they take less. */
  milliseconds: number;
  entities: number;
  failed: number;
}

export type PlanLookUp = 'hit' | 'miss';

export class ObservedOperation implements ExecutionObserver<GatewayContext> {
  readonly startedAt = performance.now();
  /** Of the HTTP request. Absent: nothing is traced. */
  readonly requestSpan: Span | undefined;
  /** What an operation was estimated to cost. */
  cost: number | undefined;
  planMs: number | undefined;
  plan: PlanLookUp | undefined;
  readonly subgraphs = new Map<string, SubgraphTime>();
  /** Code of the first error after the answer's first part. */
  laterError: string | undefined;
  readonly #errors: ErrorCounter;
  #span: Span | undefined;

  constructor(requestSpan: Span | undefined, errors: ErrorCounter) {
    this.requestSpan = requestSpan;
    this.#errors = errors;
  }

  /** Of the operation. */
  get span(): Span | undefined {
    return this.#span;
  }

  begin(): void {
    if (this.requestSpan?.recording) this.#span = this.requestSpan.child('graphql');
  }

  /** Of what comes after the first part: deferred ones and events. */
  toldLater(sent: readonly GraphQLFormattedError[], errors: readonly GraphQLError[]): void {
    this.laterError ??= sent[0] && codeOf(sent[0]);
    this.#errors.count(sent, errors);
  }

  planned(known: boolean, startedAt: number): void {
    const now = performance.now();
    this.plan = known ? 'hit' : 'miss';
    this.planMs = now - startedAt;
    this.#span?.child('plan', { 'graphql.plan.cache': this.plan }, 'internal', startedAt).end(now);
  }

  /** Not async, because that would cost each fetch turns of the microtask queue. */
  fetch(
    subgraph: string,
    request: SubgraphFetch<GatewayContext>,
    send: (request: SubgraphFetch<GatewayContext>) => Promise<SubgraphResult>,
  ): Promise<SubgraphResult> {
    const { representations } = request.variables;
    const entities = Array.isArray(representations) ? representations.length : 0;
    const time = this.#timeOf(subgraph);
    time.fetches++;
    time.entities += entities;
    const span = this.#span?.child(
      `fetch ${subgraph}`,
      {
        'marquee.subgraph': subgraph,
        'graphql.operation.type': request.kind,
        'marquee.fetch.entities': entities,
      },
      'client',
    );
    const startedAt = performance.now();
    const ended = (outcome: FetchOutcome): void => {
      const now = performance.now();
      time.milliseconds += now - startedAt;
      if (outcome === 'failed') time.failed++;
      if (span === undefined) return;
      if (outcome !== 'ok') span.fail(outcome);
      span.set({ 'marquee.fetch.outcome': outcome });
      span.end(now);
    };
    let sent: Promise<SubgraphResult>;
    try {
      sent = span === undefined ? send(request) : span.run(() => send(within(span, request)));
    } catch (error) {
      ended('failed');
      throw error;
    }
    return sent.then(
      (result) => {
        ended(outcomeOf(result));
        return result;
      },
      (error: unknown) => {
        ended('failed');
        throw error;
      },
    );
  }

  #timeOf(subgraph: string): SubgraphTime {
    let time = this.subgraphs.get(subgraph);
    if (time === undefined) {
      time = { fetches: 0, milliseconds: 0, entities: 0, failed: 0 };
      this.subgraphs.set(subgraph, time);
    }
    return time;
  }
}

type FetchOutcome = 'ok' | 'errors' | 'failed';

function outcomeOf({ data, errors }: SubgraphResult): FetchOutcome {
  if (errors === undefined || errors.length === 0) return 'ok';
  return data === null || data === undefined ? 'failed' : 'errors';
}

function within(span: Span, request: SubgraphFetch<GatewayContext>): SubgraphFetch<GatewayContext> {
  const { context } = request;
  return {
    ...request,
    context: { ...context, request: { ...context.request, traceparent: span.traceparent } },
  };
}
