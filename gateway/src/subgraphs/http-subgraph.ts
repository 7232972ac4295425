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
import { FailureLog } from '../errors/failure-log.ts';
import { type AttemptResult, Attempts, firstAnswer, isSettledWithin } from './attempts.ts';
import { type Endpoint, Endpoints } from './endpoints.ts';
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
  const attempts = new Attempts({
    name,
    urls: options.urls,
    endpoints,
    sign,
    connections: options.connections ?? 64,
    connectWithinMs: CONNECT_TIMEOUT_MS,
    maxAnswerBytes,
    tls: options.tls,
  });

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
        : await attempts.at(endpoint, body, request).answer;
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

  /** A copy that keeps silent may be frozen or cut off; whoever waits for it need not find out. (Dean, "The Tail at Scale") */
  async function askOneOrTwo(
    endpoint: Endpoint,
    body: string,
    request: SubgraphRequest,
    tried: Set<string>,
  ): Promise<AttemptResult> {
    const first = attempts.at(endpoint, body, request);
    if (await isSettledWithin(first, silentAfterMs)) return first.answer;
    const other = endpoints.choose(tried);
    if (other === undefined || request.context.deadline.expired || !budget.spend()) return first.answer;
    endpoints.silent(endpoint);
    log.write(
      `silent ${endpoint.url}`,
      { subgraph: name, url: endpoint.url, silentAfterMs },
      'a copy keeps silent; asking another one too',
    );
    tried.add(other.url);
    const second = attempts.at(other, body, request);
    const answer = await firstAnswer([first, second]);
    // Who was slower need not go on.
    first.giveUp();
    second.giveUp();
    return answer;
  }

  return {
    name: `subgraph ${name}`,
    execute: Object.assign(execute, { subscribe: (request: SubgraphRequest) => events.subscribe(request) }),
    start: async () => undefined,
    async stop() {
      await Promise.all([events.stop(), attempts.stop()]);
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
