/**
 * Attempts at single copies of a subgraph: each asks one copy once, says what came of it, and whether the copy can have
 * begun to work on it; and lets it be known of the copy whether it is well.
 */
import { activeSpan, MarqueeError } from '@marquee/service-kit';
import type { TlsFiles } from '@marquee/service-kit/service';
import type { RequestContext, SubgraphRequest } from '@marquee/service-kit/subgraph';
import type { ExecutionResult } from 'graphql';
import { keepingAdvice, type ResponseHeaders } from '../data-source/keeping-advice.ts';
import { addressOf } from './connections/address.ts';
import { ConnectionPool } from './connections/connection-pool.ts';
import type { Endpoint, Endpoints } from './endpoints.ts';
import { type Outcome, post } from './exchange.ts';

export type AttemptResult =
  | { readonly kind: 'answered'; readonly result: ExecutionResult }
  /** `not-sent`: the copy cannot have begun to work on it. */
  | { readonly kind: 'not-sent' | 'failed'; readonly error: MarqueeError };

export interface Attempt {
  /** Never rejects. */
  readonly answer: Promise<AttemptResult>;
  giveUp(): void;
}

export interface AttemptsOptions {
  /** Of the subgraph, as in the supergraph. */
  readonly name: string;
  readonly urls: readonly string[];
  /** Of the same addresses. */
  readonly endpoints: Endpoints;
  /** What says that a request comes from a gateway. */
  sign(context: RequestContext, body: string): Readonly<Record<string, string>>;
  /** To one copy; requests beyond wait for one. */
  readonly connections: number;
  readonly connectWithinMs: number;
  readonly maxAnswerBytes: number;
  readonly tls?: TlsFiles | undefined;
}

/** Below the subgraphs' own, so that the gateway is the one that closes an idle connection. */
const KEEP_ALIVE_MS = 30_000;
/** Not longer than it may take until a copy that was added has its share. */
const CONNECTION_LIFE_MS = 60_000;

export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #pools: ReadonlyMap<string, ConnectionPool>;

  constructor(options: AttemptsOptions) {
    const { urls, connections, connectWithinMs, maxAnswerBytes, tls } = options;
    this.#options = options;
    this.#pools = new Map(
      urls.map((url) => [
        url,
        new ConnectionPool({
          address: addressOf(url, () => tls?.current),
          connections,
          connectWithinMs,
          keepAliveMs: KEEP_ALIVE_MS,
          maxAnswerBytes,
          // Behind one address for many copies, only new connections reach new copies.
          maxAgeMs: CONNECTION_LIFE_MS,
        }),
      ]),
    );
  }

  /** @param body what is sent of the request. */
  at(endpoint: Endpoint, body: string, { context, signal }: SubgraphRequest): Attempt {
    const withinMs = Math.ceil(context.deadline.remainingMs());
    if (withinMs <= 0) {
      return { answer: Promise.resolve({ kind: 'failed', error: this.#tooLate() }), giveUp: () => undefined };
    }
    endpoint.inFlight++;
    const exchange = post(this.#pools.get(endpoint.url) as ConnectionPool, {
      path: '/graphql',
      headers: { 'content-type': 'application/json', ...this.#options.sign(context, body) },
      body,
      withinMs,
    });
    const giveUp = (): void => exchange.giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    if (signal?.aborted) giveUp();
    const answer = exchange.outcome.then((outcome) => {
      signal?.removeEventListener('abort', giveUp);
      endpoint.inFlight--;
      if (outcome.kind === 'answered') tellKeeping(context, outcome.headers);
      return this.#read(endpoint, outcome);
    });
    return { answer, giveUp };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.stop()));
  }

  #read(endpoint: Endpoint, outcome: Outcome): AttemptResult {
    switch (outcome.kind) {
      case 'answered':
        return this.#readAnswer(endpoint, outcome.status, outcome.text);
      case 'failed':
        return this.#failure(endpoint, outcome.cause, outcome.sent);
      case 'late':
        this.#options.endpoints.failed(endpoint);
        return { kind: 'failed', error: this.#tooLate() };
      // Nobody waits for it any more; that says nothing against the copy.
      case 'given-up':
        return { kind: 'failed', error: this.#tooLate() };
    }
  }

  #readAnswer(endpoint: Endpoint, status: number, text: string): AttemptResult {
    const { endpoints, name } = this.#options;
    const result = parse(text);
    activeSpan()?.set({ 'marquee.fetch.response.bytes': Buffer.byteLength(text) });
    if (status === 200 && result !== undefined) {
      endpoints.succeeded(endpoint);
      return { kind: 'answered', result };
    }
    // Refused before any work began: busy, not up yet, or about to go.
    if (status === 503) endpoints.failed(endpoint);
    const error = new MarqueeError(
      'DEPENDENCY_UNAVAILABLE',
      `${name} at ${endpoint.url} answered with status ${status}: ${text.slice(0, 200)}`,
    );
    return { kind: status === 503 ? 'not-sent' : 'failed', error };
  }

  #failure(endpoint: Endpoint, cause: Error, sent: boolean): AttemptResult {
    const { endpoints, name } = this.#options;
    endpoints.failed(endpoint);
    const error = new MarqueeError('DEPENDENCY_UNAVAILABLE', {
      message: `${name} at ${endpoint.url} did not answer: ${cause.message}`,
      cause,
    });
    return { kind: sent ? 'failed' : 'not-sent', error };
  }

  #tooLate(): MarqueeError {
    return new MarqueeError('DEADLINE_EXCEEDED', `${this.#options.name} did not answer within the deadline`);
  }
}

/** The first that is an answer; of two failures the last. */
export function firstAnswer(attempts: readonly Attempt[]): Promise<AttemptResult> {
  return new Promise((resolve) => {
    let left = attempts.length;
    for (const { answer } of attempts) {
      void answer.then((result) => {
        if (result.kind === 'answered' || --left === 0) resolve(result);
      });
    }
  });
}

/** @returns whether there is a result by then. */
export function isSettledWithin({ answer }: Attempt, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    void answer.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

/** What a subgraph of this process would have said itself. */
function tellKeeping({ keeping }: RequestContext, headers: ResponseHeaders): void {
  if (keeping === undefined) return;
  const { doNotKeep, changedNothing } = keepingAdvice(headers);
  if (doNotKeep) keeping.doNotKeep();
  if (changedNothing) keeping.changedNothing();
}

/** A GraphQL answer, or undefined for anything else. */
function parse(text: string): ExecutionResult | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return 'data' in value || 'errors' in value ? (value as ExecutionResult) : undefined;
  } catch {
    return undefined;
  }
}
