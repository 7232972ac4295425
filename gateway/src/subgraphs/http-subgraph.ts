/**
 * A subgraph in other processes: signed requests over pooled keep-alive connections, spread over its copies. Reads
 * that meet a copy which has gone, or one that keeps silent, are sent to another one; mutations only where the first cannot
 * have received them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@marquee/domain';
import {
  type Component,
  type Logger,
  MarqueeError,
  type Metrics,
  READY,
  type Readiness,
} from '@marquee/service-kit';
import {
  GATEWAY_HEADER,
  type SubgraphExecutor,
  type SubgraphRequest,
  signGatewayRequest,
} from '@marquee/service-kit/subgraph';
import type { ExecutionResult } from 'graphql';
import { type Dispatcher, Pool } from 'undici';
import { type Endpoint, Endpoints } from './endpoints.ts';
import { RetryBudget } from './retry-budget.ts';

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
  const { name, logger, metrics, maxAnswerBytes = 16 * 1024 * 1024, silentAfterMs = 1_000 } = options;
  const now = () => performance.now();
  const endpoints = new Endpoints(options.urls, now);
  const budget = new RetryBudget({ now });
  const pools = new Map(
    options.urls.map((url) => [
      url,
      new Pool(url, {
        connections: options.connections ?? 64,
        pipelining: 1,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connect: { timeout: CONNECT_TIMEOUT_MS },
        maxResponseSize: maxAnswerBytes,
        // Behind one address for many copies, only new connections reach new copies.
        clientTtl: CONNECTION_LIFE_MS,
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
    const { context, ...operation } = request;
    const body = JSON.stringify(operation);
    const isRead = !request.query.trimStart().startsWith('mutation');
    const tried = new Set<string>();
    budget.earn();
    for (;;) {
      const endpoint = endpoints.choose(tried) ?? endpoints.choose();
      if (endpoint === undefined) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${name} has no address`);
      tried.add(endpoint.url);
      const answer = isRead
        ? await askOneOrTwo(endpoint, body, request, tried)
        : await ask(endpoint, body, request);
      if (answer.kind === 'answered') return answer.result;
      const mayRepeat = answer.kind === 'not-sent' || isRead;
      if (!mayRepeat || tried.size >= MAX_TRIES || context.deadline.expired || !budget.spend())
        throw answer.error;
      logger.warn({ err: answer.error, subgraph: name, url: endpoint.url }, 'asking another copy');
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
    const enough = new AbortController();
    const first = ask(endpoint, body, request, enough.signal);
    try {
      const prompt = await Promise.race([first, delay(silentAfterMs, undefined, { signal: enough.signal })]);
      if (prompt !== undefined) return prompt;
      const other = endpoints.choose(tried);
      if (other === undefined || request.context.deadline.expired || !budget.spend()) return await first;
      endpoints.failed(endpoint);
      logger.warn(
        { subgraph: name, url: endpoint.url, silentAfterMs },
        'a copy keeps silent; asking another one too',
      );
      tried.add(other.url);
      return await firstAnswer([first, ask(other, body, request, enough.signal)]);
    } finally {
      // Who was slower need not go on.
      enough.abort();
    }
  }

  async function ask(
    endpoint: Endpoint,
    body: string,
    request: SubgraphRequest,
    noLonger?: AbortSignal,
  ): Promise<Answer> {
    const { context } = request;
    const remainingMs = Math.ceil(context.deadline.remainingMs());
    if (remainingMs <= 0) return { kind: 'failed', error: tooLate() };
    endpoint.inFlight++;
    try {
      const response = await (pools.get(endpoint.url) as Pool).request({
        method: 'POST',
        path: '/graphql',
        headers: {
          'content-type': 'application/json',
          [GATEWAY_HEADER]: signGatewayRequest(context, body, {
            subgraph: name,
            secret: options.gatewaySecret,
            now: options.clock.now(),
          }),
        },
        body,
        headersTimeout: remainingMs,
        bodyTimeout: remainingMs,
        signal: AbortSignal.any([
          AbortSignal.timeout(remainingMs),
          ...(noLonger === undefined ? [] : [noLonger]),
        ]),
      });
      return await read(endpoint, response);
    } catch (error) {
      // Nobody waits for it any more; that says nothing against the copy.
      if (noLonger?.aborted === true) return { kind: 'failed', error: tooLate() };
      return failure(endpoint, error);
    } finally {
      endpoint.inFlight--;
    }
  }

  /** The first that is an answer; of two failures the last. */
  function firstAnswer(asked: readonly Promise<Answer>[]): Promise<Answer> {
    return new Promise((resolve) => {
      let left = asked.length;
      for (const one of asked) {
        void one.then((answer) => {
          if (answer.kind === 'answered' || --left === 0) resolve(answer);
        });
      }
    });
  }

  async function read(endpoint: Endpoint, response: Dispatcher.ResponseData): Promise<Answer> {
    const text = await response.body.text();
    const result = parse(text);
    if (response.statusCode === 200 && result !== undefined) {
      endpoints.succeeded(endpoint);
      return { kind: 'answered', result };
    }
    // Refused before any work began: busy, not up yet, or about to go.
    if (response.statusCode === 503) endpoints.failed(endpoint);
    const error = new MarqueeError(
      'DEPENDENCY_UNAVAILABLE',
      `${name} at ${endpoint.url} answered with status ${response.statusCode}: ${text.slice(0, 200)}`,
    );
    return { kind: response.statusCode === 503 ? 'not-sent' : 'failed', error };
  }

  function failure(endpoint: Endpoint, cause: unknown): Answer {
    const { code, name: kind } = cause as { code?: string; name?: string };
    if (kind === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
      endpoints.failed(endpoint);
      return { kind: 'failed', error: tooLate() };
    }
    endpoints.failed(endpoint);
    const message = cause instanceof Error ? cause.message : String(cause);
    const error = new MarqueeError('DEPENDENCY_UNAVAILABLE', {
      message: `${name} at ${endpoint.url} did not answer: ${message}`,
      cause,
    });
    const notSent = code === 'ECONNREFUSED' || code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ENOTFOUND';
    return { kind: notSent ? 'not-sent' : 'failed', error };
  }

  function tooLate(): MarqueeError {
    return new MarqueeError('DEADLINE_EXCEEDED', `${name} did not answer within the deadline`);
  }

  return {
    name: `subgraph ${name}`,
    execute,
    start: async () => undefined,
    async stop() {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
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
