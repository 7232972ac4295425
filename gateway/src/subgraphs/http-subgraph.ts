/**
 * A subgraph in other processes: signed requests over pooled keep-alive connections, spread over its copies. Reads
 * that meet a copy which has gone, or one that keeps silent, are sent to another one; mutations only where the first cannot
 * have received them.
 */
import type { Clock } from '@marquee/domain';
import {
  activeSpan,
  type Component,
  type Logger,
  MarqueeError,
  type Metrics,
  READY,
  type Readiness,
} from '@marquee/service-kit';
import type { TlsFiles } from '@marquee/service-kit/service';
import {
  GATEWAY_HEADER,
  type RequestContext,
  type SubgraphExecutor,
  type SubgraphRequest,
  signGatewayRequest,
} from '@marquee/service-kit/subgraph';
import type { ExecutionResult } from 'graphql';
import { keepingAdvice, type ResponseHeaders } from '../data-source/keeping-advice.ts';
import { FailureLog } from '../errors/failure-log.ts';
import { addressOf } from './connections/address.ts';
import { ConnectionPool } from './connections/connection-pool.ts';
import { type Endpoint, Endpoints } from './endpoints.ts';
import { type Outcome, post } from './exchange.ts';
import { HttpEvents } from './http-events.ts';
import { RetryBudget } from './retry-budget.ts';
import { tlsConnector } from './tls-connector.ts';

export interface HttpSubgraphOptions {
  /** As in the supergraph. */
  readonly name: string;
  /** Base address of every copy, at least one. */
  readonly urls: readonly string[];
  /** Shared with the subgraphs, at least 32 bytes. */
  readonly gatewaySecret: string;
  /** Connections to one copy; requests beyond wait for one. Default 64. */
  readonly connections?: number;
  /** An answer above this is not read on. Default 16 MiB. */
  readonly maxAnswerBytes?: number;
  /**
   * A read that has not been answered by then is asked of another copy too, and the first answer counts. Longer than any
   * read takes while its copy is well. Default 1,000.
   */
  readonly silentAfterMs?: number;
  /** For addresses with `https:`. Default: the authorities that Node knows, and no certificate of our own. */
  readonly tls?: TlsFiles;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

export interface HttpSubgraph extends Component {
  readonly execute: SubgraphExecutor;
}

/** Below the subgraphs' own, so that the gateway is the one that closes an idle connection. */
const KEEP_ALIVE_MS = 30_000;
/** Not longer than it may take until a copy that was added has its share. */
const CONNECTION_LIFE_MS = 60_000;
const CONNECT_TIMEOUT_MS = 1_000;
const MAX_TRIES = 3;

export function createHttpSubgraph(options: HttpSubgraphOptions): HttpSubgraph {
  const { name, metrics, maxAnswerBytes = 16 * 1024 * 1024, silentAfterMs = 1_000 } = options;
  const now = () => performance.now();
  const endpoints = new Endpoints(options.urls, now);
  const budget = new RetryBudget({ now });
  const log = new FailureLog({ logger: options.logger, level: 'warn' });
  const connect =
    options.tls === undefined
      ? { timeout: CONNECT_TIMEOUT_MS }
      : tlsConnector(options.tls, CONNECT_TIMEOUT_MS);
  const sign = (context: RequestContext, body: string) => ({
    [GATEWAY_HEADER]: signGatewayRequest(context, body, {
      subgraph: name,
      secret: options.gatewaySecret,
      now: options.clock.now(),
    }),
  });
  const events = new HttpEvents({
    ...options,
    endpoints,
    connect,
    sign,
    maxEventCharacters: maxAnswerBytes,
    log,
  });
  const pools = new Map(
    options.urls.map((url) => [
      url,
      new ConnectionPool({
        address: addressOf(url, () => options.tls?.current),
        connections: options.connections ?? 64,
        connectWithinMs: CONNECT_TIMEOUT_MS,
        keepAliveMs: KEEP_ALIVE_MS,
        maxAnswerBytes,
        // Behind one address for many copies, only new connections reach new copies.
        maxAgeMs: CONNECTION_LIFE_MS,
      }),
    ]),
  );

  async function execute(request: SubgraphRequest): Promise<ExecutionResult> {
    const startedAt = performance.now();
    try {
      const result = await withRetries(request);
      observe('ok', startedAt);
      return result;
    } catch (error) {
      observe('failed', startedAt);
      throw error;
    }
  }

  function observe(outcome: string, startedAt: number): void {
    const seconds = (performance.now() - startedAt) / 1000;
    metrics?.observe('marquee_subgraph_request_seconds', seconds, { subgraph: name, outcome });
  }

  async function withRetries(request: SubgraphRequest): Promise<ExecutionResult> {
    const { context, signal, ...operation } = request;
    const body = JSON.stringify(operation);
    activeSpan()?.set({ 'marquee.fetch.request.bytes': Buffer.byteLength(body) });
    const isRead = !request.query.trimStart().startsWith('mutation');
    const tried = new Set<string>();
    budget.earn();
    for (;;) {
      const endpoint = endpoints.choose(tried) ?? endpoints.choose();
      if (endpoint === undefined) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${name} has no address`);
      tried.add(endpoint.url);
      const answer = isRead
        ? await askOneOrTwo(endpoint, body, request, tried)
        : await ask(endpoint, body, request).answer;
      if (answer.kind === 'answered') return answer.result;
      const mayRepeat = answer.kind === 'not-sent' || isRead;
      if (
        !mayRepeat ||
        tried.size >= MAX_TRIES ||
        context.deadline.expired ||
        signal?.aborted ||
        !budget.spend()
      )
        throw answer.error;
      log.write(
        `another ${endpoint.url}`,
        { err: answer.error, subgraph: name, url: endpoint.url },
        'asking another copy',
      );
      // All copies have been tried once: what is left of the budget goes to whichever rested longest.
      if (tried.size >= options.urls.length) tried.clear();
    }
  }

  type Answer =
    | { readonly kind: 'answered'; readonly result: ExecutionResult }
    /** `not-sent`: the copy cannot have begun to work on it. */
    | { readonly kind: 'not-sent' | 'failed'; readonly error: MarqueeError };

  /** A copy that keeps silent may be frozen or cut off; whoever waits for it need not find out. (Dean, "The Tail at Scale") */
  async function askOneOrTwo(
    endpoint: Endpoint,
    body: string,
    request: SubgraphRequest,
    tried: Set<string>,
  ): Promise<Answer> {
    const first = ask(endpoint, body, request);
    if (await isSettledWithin(first.answer, silentAfterMs)) return first.answer;
    const other = endpoints.choose(tried);
    if (other === undefined || request.context.deadline.expired || !budget.spend()) return first.answer;
    endpoints.silent(endpoint);
    log.write(
      `silent ${endpoint.url}`,
      { subgraph: name, url: endpoint.url, silentAfterMs },
      'a copy keeps silent; asking another one too',
    );
    tried.add(other.url);
    const second = ask(other, body, request);
    const answer = await firstAnswer([first.answer, second.answer]);
    // Who was slower need not go on.
    first.giveUp();
    second.giveUp();
    return answer;
  }

  interface Asked {
    /** Never rejects. */
    readonly answer: Promise<Answer>;
    giveUp(): void;
  }

  function ask(endpoint: Endpoint, body: string, { context, signal }: SubgraphRequest): Asked {
    const withinMs = Math.ceil(context.deadline.remainingMs());
    if (withinMs <= 0) {
      return { answer: Promise.resolve({ kind: 'failed', error: tooLate() }), giveUp: () => undefined };
    }
    endpoint.inFlight++;
    const exchange = post(pools.get(endpoint.url) as ConnectionPool, {
      path: '/graphql',
      headers: { 'content-type': 'application/json', ...sign(context, body) },
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
      return read(endpoint, outcome);
    });
    return { answer, giveUp };
  }

  /** What a subgraph of this process would have said itself. */
  function tellKeeping({ keeping }: RequestContext, headers: ResponseHeaders): void {
    if (keeping === undefined) return;
    const { doNotKeep, changedNothing } = keepingAdvice(headers);
    if (doNotKeep) keeping.doNotKeep();
    if (changedNothing) keeping.changedNothing();
  }

  function read(endpoint: Endpoint, outcome: Outcome): Answer {
    switch (outcome.kind) {
      case 'answered':
        return readAnswer(endpoint, outcome.status, outcome.text);
      case 'failed':
        return failure(endpoint, outcome.cause, outcome.sent);
      case 'late':
        endpoints.failed(endpoint);
        return { kind: 'failed', error: tooLate() };
      // Nobody waits for it any more; that says nothing against the copy.
      case 'given-up':
        return { kind: 'failed', error: tooLate() };
    }
  }

  function readAnswer(endpoint: Endpoint, status: number, text: string): Answer {
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

  function failure(endpoint: Endpoint, cause: Error, sent: boolean): Answer {
    endpoints.failed(endpoint);
    const error = new MarqueeError('DEPENDENCY_UNAVAILABLE', {
      message: `${name} at ${endpoint.url} did not answer: ${cause.message}`,
      cause,
    });
    return { kind: sent ? 'failed' : 'not-sent', error };
  }

  function tooLate(): MarqueeError {
    return new MarqueeError('DEADLINE_EXCEEDED', `${name} did not answer within the deadline`);
  }

  return {
    name: `subgraph ${name}`,
    execute: Object.assign(execute, { subscribe: (request: SubgraphRequest) => events.subscribe(request) }),
    start: async () => undefined,
    async stop() {
      await Promise.all([events.stop(), ...[...pools.values()].map((pool) => pool.stop())]);
    },
    readiness(): Readiness {
      const { healthy, all } = endpoints.health();
      // Rows are served as long as any part answers; which one does not is worth knowing.
      return healthy === all
        ? READY
        : { ready: true, detail: `${all - healthy} of ${all} copies do not answer` };
    },
  };
}

/** The first that is an answer; of two failures the last. */
function firstAnswer<A extends { readonly kind: string }>(asked: readonly Promise<A>[]): Promise<A> {
  return new Promise((resolve) => {
    let left = asked.length;
    for (const one of asked) {
      void one.then((answer) => {
        if (answer.kind === 'answered' || --left === 0) resolve(answer);
      });
    }
  });
}

/** @param work never rejects. */
function isSettledWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds);
    void work.then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
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
