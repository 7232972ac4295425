/**
 * Any subgraph at an address, by GraphQL over HTTP on pooled keep-alive connections. Whatever it does, the gateway
 * gets an answer within the request's deadline and holds no more of it than it must.
 */
import { activeSpan, type Deadline, type Logger, MarqueeError } from '@marquee/service-kit';
import type { TlsFiles } from '@marquee/service-kit/service';
import { FailureLog } from '../errors/failure-log.ts';
import { addressOf } from '../subgraphs/connections/address.ts';
import { ConnectionPool } from '../subgraphs/connections/connection-pool.ts';
import { type Outcome, post, type RunningExchange } from '../subgraphs/exchange.ts';
import { SharedExchanges } from '../subgraphs/shared-exchanges.ts';
import { tlsConnector } from '../subgraphs/tls-connector.ts';
import type { SubgraphDataSource, SubgraphEvents, SubgraphFetch, SubgraphResult } from './data-source.ts';
import { EventStreams } from './event-streams.ts';
import { failedFetch } from './failed-fetch.ts';
import type { HasRequestContext } from './in-process-data-source.ts';
import { keepingAdvice } from './keeping-advice.ts';
import { reopened } from './reopening.ts';
import { RequestHeaders, type RequestHeadersOptions } from './request-headers.ts';
import { type OpenedStream, sseEvents } from './sse-events.ts';
import { readSubgraphResult } from './subgraph-result.ts';

export interface HttpDataSourceOptions extends RequestHeadersOptions {
  readonly url: string;
  /** Client certificate and authorities, for subgraphs that ask for one. Started and stopped by whoever made them. */
  readonly tls?: TlsFiles;
  /** Requests beyond wait for a connection. Default 64. */
  readonly connections?: number;
  /** An answer above this is not read on. Default 16 MiB. */
  readonly maxResponseBytes?: number;
  /** Also for requests that have more time. Default 30 s. */
  readonly timeoutMs?: number;
  /** The same query, from clients whose headers it sees as the same, is sent once while it is under way. Default true. */
  readonly shareInFlight?: boolean;
  readonly events?: {
    /** Where subscriptions are sent, at the same host. Default: as everything else. */
    readonly path?: string;
    /** A stream on which nothing comes for so long, no heartbeat either, is broken. Default: it may be silent for ever. */
    readonly silentAfterMs?: number;
  };
  /** Told what became of a stream that ended before its time. */
  readonly onStreamBroken?: (outcome: 'resumed' | 'broken') => void;
  readonly logger: Logger;
}

/** Below what servers usually allow, so that the gateway is the one that closes an idle connection. */
const KEEP_ALIVE_MS = 4_000;
const CONNECT_TIMEOUT_MS = 1_000;
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;

export class HttpDataSource implements SubgraphDataSource<HasRequestContext> {
  readonly #options: HttpDataSourceOptions;
  readonly #pool: ConnectionPool;
  readonly #events: EventStreams;
  readonly #path: string;
  readonly #headers: RequestHeaders;
  readonly #log: FailureLog;
  readonly #shared = new SharedExchanges();

  /** @throws MarqueeError CONFIG_INVALID for an address or header that cannot be used. */
  constructor(options: HttpDataSourceOptions) {
    const { subgraph } = options;
    const url = URL.parse(options.url);
    if (url === null || !/^https?:$/.test(url.protocol)) {
      throw new MarqueeError('CONFIG_INVALID', `subgraph ${subgraph}: "${options.url}" is no HTTP address`);
    }
    this.#options = options;
    this.#log = new FailureLog({ logger: options.logger });
    this.#path = `${url.pathname}${url.search}`;
    this.#headers = new RequestHeaders(options);
    this.#events = new EventStreams({
      subgraph,
      origin: url.origin,
      path: options.events?.path ?? this.#path,
      silentAfterMs: options.events?.silentAfterMs,
      connect: options.tls ? tlsConnector(options.tls, CONNECT_TIMEOUT_MS) : { timeout: CONNECT_TIMEOUT_MS },
    });
    this.#pool = new ConnectionPool({
      address: addressOf(url.origin, () => options.tls?.current),
      connections: options.connections ?? 64,
      connectWithinMs: CONNECT_TIMEOUT_MS,
      keepAliveMs: KEEP_ALIVE_MS,
      maxAnswerBytes: options.maxResponseBytes ?? MAX_RESPONSE_BYTES,
    });
  }

  get propagatedHeaders(): readonly string[] {
    return this.#headers.propagated;
  }

  /** Never rejects: a failure costs the fields asked for, with an error for each. Not async: that costs turns. */
  fetch(fetch: SubgraphFetch<HasRequestContext>): Promise<SubgraphResult> {
    const { subgraph, timeoutMs = 30_000 } = this.#options;
    const { request } = fetch.context;
    const { signal } = fetch;
    const withinMs = Math.min(Math.ceil(request.deadline.remainingMs()), timeoutMs);
    if (withinMs <= 0) {
      return Promise.resolve(this.#failed(fetch, tooLate(`no time was left for ${subgraph}`)));
    }
    const body = bodyOf(fetch);
    const send = (within: number): RunningExchange =>
      post(this.#pool, {
        path: this.#path,
        headers: this.#headers.of(request, fetch.headers, body, within),
        body,
        withinMs: within,
      });
    const read = (outcome: Outcome): SubgraphResult => this.#read(fetch, body, outcome);
    const key = signal === undefined ? this.#sharingKey(fetch, body) : undefined;
    if (key !== undefined) return this.#shared.ask(key, withinMs, send).then(read);
    const exchange = send(withinMs);
    if (signal === undefined) return exchange.outcome.then(read);
    const giveUp = (): void => exchange.giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    return exchange.outcome.then((outcome) => {
      signal.removeEventListener('abort', giveUp);
      return read(outcome);
    });
  }

  /** Of two fetches with the same key the subgraph is told the same. Undefined: it is to be told of each. */
  #sharingKey({ kind, headers }: SubgraphFetch<HasRequestContext>, body: string): string | undefined {
    const { shareInFlight = true } = this.#options;
    const { propagated, areUnique } = this.#headers;
    if (kind !== 'query' || !shareInFlight || areUnique) return undefined;
    return propagated.length === 0
      ? body
      : JSON.stringify([...propagated.map((name) => headers?.get(name) ?? null), body]);
  }

  #read(fetch: SubgraphFetch<HasRequestContext>, body: string, outcome: Outcome): SubgraphResult {
    const { subgraph } = this.#options;
    switch (outcome.kind) {
      case 'answered':
        return this.#readAnswer(fetch, body, outcome);
      case 'failed':
        return this.#failed(fetch, asUnavailable(outcome.cause, subgraph));
      case 'late':
        return this.#failed(fetch, tooLate(`${subgraph} did not answer in time`));
      // Nobody is there to miss it, or to read of it.
      case 'given-up':
        return failedFetch(tooLate(`nobody waits for ${subgraph}`), fetch.query);
    }
  }

  #readAnswer(
    fetch: SubgraphFetch<HasRequestContext>,
    body: string,
    { status, headers, text }: Extract<Outcome, { kind: 'answered' }>,
  ): SubgraphResult {
    const span = activeSpan();
    if (span !== undefined) {
      span.set({
        'marquee.fetch.request.bytes': Buffer.byteLength(body),
        'marquee.fetch.response.bytes': Buffer.byteLength(text),
      });
    }
    const result = readSubgraphResult(text, headers['content-type'], status);
    if (typeof result === 'string') {
      const { subgraph } = this.#options;
      const why = `${result} (status ${status}, ${text.length} characters)`;
      const message = `${subgraph} gave no GraphQL answer: ${why}`;
      return this.#failed(fetch, new MarqueeError('DEPENDENCY_UNAVAILABLE', message));
    }
    const { keeping, context } = fetch;
    if (keeping === undefined && context.answerAge === undefined) return result;
    const advice = keepingAdvice(headers);
    context.answerAge?.hear(advice);
    return keeping === undefined ? result : { ...result, keeping: advice };
  }

  #failed({ context, query }: SubgraphFetch<HasRequestContext>, failure: MarqueeError): SubgraphResult {
    const { requestId } = context.request;
    this.#log.write(
      failure.code,
      { err: failure, subgraph: this.#options.subgraph, requestId },
      'subgraph failed',
    );
    return failedFetch(failure, query);
  }

  async subscribe(fetch: SubgraphFetch<HasRequestContext>): Promise<SubgraphResult | SubgraphEvents> {
    const { subgraph, maxResponseBytes = MAX_RESPONSE_BYTES } = this.#options;
    const { requestId, deadline } = fetch.context.request;
    try {
      const opened = await this.#open(fetch, deadline);
      if (!('body' in opened)) return opened;
      return sseEvents(opened, {
        subgraph,
        maxEventCharacters: maxResponseBytes,
        reopen: (lastEventId, signal) =>
          reopened(async (within) => {
            const again = await this.#open(fetch, within, lastEventId);
            return 'body' in again ? again : undefined;
          }, signal),
        onBroken: (cause, outcome) => {
          this.#options.onStreamBroken?.(outcome);
          this.#log.write(
            `stream ${outcome}`,
            { err: cause, subgraph, requestId, outcome },
            'a stream broke',
          );
        },
      });
    } catch (error) {
      const failure = asUnavailable(error, subgraph);
      this.#log.write(failure.code, { err: failure, subgraph, requestId }, 'subscription failed');
      return failedFetch(failure, fetch.query);
    }
  }

  #open(
    fetch: SubgraphFetch<HasRequestContext>,
    deadline: Deadline,
    lastEventId?: string,
  ): Promise<OpenedStream | SubgraphResult> {
    const body = bodyOf(fetch);
    const { request } = fetch.context;
    const context = lastEventId === undefined ? request : { ...request, lastEventId };
    const headersFor = (remainingMs: number) => this.#headers.of(context, fetch.headers, body, remainingMs);
    return this.#events.open(body, headersFor, deadline, lastEventId);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#pool.stop(), this.#events.stop()]);
  }
}

function bodyOf({ query, operationName, variables }: SubgraphFetch<HasRequestContext>): string {
  return JSON.stringify({ query, operationName, variables });
}

function tooLate(message: string): MarqueeError {
  return new MarqueeError('DEADLINE_EXCEEDED', message);
}

function asUnavailable(error: unknown, subgraph: string): MarqueeError {
  if (error instanceof MarqueeError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', {
    message: `${subgraph} cannot be asked: ${reason}`,
    cause: error,
  });
}
