/**
 * Any subgraph at an address, by GraphQL over HTTP on pooled keep-alive connections. Whatever it does, the gateway
 * gets an answer within the request's deadline and holds no more of it than it must.
 */
import { activeSpan, type Logger, MarqueeError } from '@marquee/service-kit';
import { GATEWAY_HEADER, signGatewayRequest } from '@marquee/service-kit/subgraph';
import { Pool } from 'undici';
import { FailureLog } from '../errors/failure-log.ts';
import type { SubgraphDataSource, SubgraphEvents, SubgraphFetch, SubgraphResult } from './data-source.ts';
import { failedFetch } from './failed-fetch.ts';
import type { HasRequestContext } from './in-process-data-source.ts';
import { allowedHeaders } from './propagated-headers.ts';
import { sseEvents } from './sse-events.ts';
import { readSubgraphResult } from './subgraph-result.ts';

export interface HttpDataSourceOptions {
  /** As in the supergraph. */
  readonly subgraph: string;
  readonly url: string;
  /** Client headers that the subgraph may see, in any case. Default: none. */
  readonly propagateHeaders?: readonly string[];
  /** For subgraphs that answer to gateways only. */
  readonly signature?: {
    /** At least 32 bytes. */
    readonly secret: string;
    /** Epoch milliseconds. */
    now(): number;
  };
  /** Client certificate and authorities, for subgraphs that ask for one. PEM. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Requests beyond wait for a connection. Default 64. */
  readonly connections?: number;
  /** An answer above this is not read on. Default 16 MiB. */
  readonly maxResponseBytes?: number;
  /** Also for requests that have more time. Default 30 s. */
  readonly timeoutMs?: number;
  readonly logger: Logger;
}

/** Below what servers usually allow, so that the gateway is the one that closes an idle connection. */
const KEEP_ALIVE_MS = 4_000;
const CONNECT_TIMEOUT_MS = 1_000;
// Alone: some servers know no other way to be asked for events.
const EVENTS_ACCEPT = 'text/event-stream';
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';
/** Milliseconds that are left to answer in. */
export const DEADLINE_HEADER = 'x-deadline-ms';

export class HttpDataSource implements SubgraphDataSource<HasRequestContext> {
  readonly #options: HttpDataSourceOptions;
  readonly #pool: Pool;
  readonly #events: Pool;
  readonly #path: string;
  readonly #headers: readonly string[];
  readonly #log: FailureLog;

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
    this.#headers = allowedHeaders(options.propagateHeaders ?? []);
    this.#events = new Pool(url.origin, {
      connections: null,
      pipelining: 1,
      connect: { timeout: CONNECT_TIMEOUT_MS, ...options.tls },
    });
    this.#pool = new Pool(url.origin, {
      connections: options.connections ?? 64,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: { timeout: CONNECT_TIMEOUT_MS, ...options.tls },
      maxResponseSize: options.maxResponseBytes ?? 16 * 1024 * 1024,
    });
  }

  /** Never rejects: a failure costs the fields asked for, with an error for each. */
  async fetch(fetch: SubgraphFetch<HasRequestContext>): Promise<SubgraphResult> {
    const { subgraph } = this.#options;
    const abort = new AbortController();
    const { deadline, requestId } = fetch.context.request;
    const remainingMs = Math.min(Math.ceil(deadline.remainingMs()), this.#options.timeoutMs ?? 30_000);
    const timer = setTimeout(() => abort.abort(), remainingMs);
    const giveUp = (): void => abort.abort();
    fetch.signal?.addEventListener('abort', giveUp, { once: true });
    try {
      if (remainingMs <= 0 || fetch.signal?.aborted)
        throw new MarqueeError('DEADLINE_EXCEEDED', `no time was left for ${subgraph}`);
      return await this.#ask(fetch, remainingMs, abort.signal);
    } catch (error) {
      const failure = abort.signal.aborted
        ? new MarqueeError('DEADLINE_EXCEEDED', {
            message: `${subgraph} did not answer in time`,
            cause: error,
          })
        : asUnavailable(error, subgraph);
      // Nobody is there to miss it.
      if (fetch.signal?.aborted) return failedFetch(failure, fetch.query);
      this.#log.write(failure.code, { err: failure, subgraph, requestId }, 'subgraph failed');
      return failedFetch(failure, fetch.query);
    } finally {
      clearTimeout(timer);
      fetch.signal?.removeEventListener('abort', giveUp);
    }
  }

  /** Each subscription has a connection of its own, which is no other's to wait for. */
  async subscribe(fetch: SubgraphFetch<HasRequestContext>): Promise<SubgraphResult | SubgraphEvents> {
    const { subgraph, maxResponseBytes = 16 * 1024 * 1024 } = this.#options;
    const over = new AbortController();
    const remainingMs = Math.ceil(fetch.context.request.deadline.remainingMs());
    const timer = setTimeout(() => over.abort(), remainingMs);
    try {
      const body = bodyOf(fetch);
      const response = await this.#events.request({
        method: 'POST',
        path: this.#path,
        headers: { ...this.#requestHeaders(fetch, body, remainingMs), accept: EVENTS_ACCEPT },
        body,
        signal: over.signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      const type = String(response.headers['content-type'] ?? '');
      if (response.statusCode === 200 && type.startsWith('text/event-stream')) {
        // It may not be read before it is over.
        response.body.on('error', () => undefined);
        return sseEvents(response.body, {
          subgraph,
          maxEventCharacters: maxResponseBytes,
          close: () => over.abort(),
        });
      }
      const result = readSubgraphResult(await response.body.text(), type, response.statusCode);
      if (typeof result !== 'string') return result;
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${subgraph} sends no events: ${result}`);
    } catch (error) {
      over.abort();
      const failure = asUnavailable(error, subgraph);
      const { requestId } = fetch.context.request;
      this.#log.write(failure.code, { err: failure, subgraph, requestId }, 'subscription failed');
      return failedFetch(failure, fetch.query);
    } finally {
      clearTimeout(timer);
    }
  }

  async #ask(
    fetch: SubgraphFetch<HasRequestContext>,
    remainingMs: number,
    signal: AbortSignal,
  ): Promise<SubgraphResult> {
    const body = bodyOf(fetch);
    const response = await this.#pool.request({
      method: 'POST',
      path: this.#path,
      headers: this.#requestHeaders(fetch, body, remainingMs),
      body,
      signal,
      // The signal is exact; undici's own timers are coarse and must not be the first.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    // Read whatever the status, so that the connection can be used again.
    const text = await response.body.text();
    activeSpan()?.set({
      'marquee.fetch.request.bytes': Buffer.byteLength(body),
      'marquee.fetch.response.bytes': Buffer.byteLength(text),
    });
    const result = readSubgraphResult(text, response.headers['content-type'], response.statusCode);
    if (typeof result !== 'string') return result;
    throw new MarqueeError(
      'DEPENDENCY_UNAVAILABLE',
      `${this.#options.subgraph} gave no GraphQL answer: ${result} (status ${response.statusCode}, ${text.length} characters)`,
    );
  }

  #requestHeaders(
    { context, headers: client }: SubgraphFetch<HasRequestContext>,
    body: string,
    remainingMs: number,
  ): Record<string, string> {
    const { request } = context;
    const headers: Record<string, string> = {};
    for (const name of this.#headers) {
      const value = client?.get(name);
      if (value !== null && value !== undefined) headers[name] = value;
    }
    // After the client's: these are the gateway's to say.
    headers.accept = ACCEPT;
    headers['content-type'] = 'application/json';
    headers['x-request-id'] = request.requestId;
    headers[DEADLINE_HEADER] = String(remainingMs);
    if (request.traceparent !== undefined) headers.traceparent = request.traceparent;
    const { signature, subgraph } = this.#options;
    if (signature !== undefined) {
      headers[GATEWAY_HEADER] = signGatewayRequest(request, body, {
        subgraph,
        secret: signature.secret,
        now: signature.now(),
      });
    }
    return headers;
  }

  async stop(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#events.destroy()]);
  }
}

function bodyOf({ query, operationName, variables }: SubgraphFetch<HasRequestContext>): string {
  return JSON.stringify({ query, operationName, variables });
}

function asUnavailable(error: unknown, subgraph: string): MarqueeError {
  if (error instanceof MarqueeError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', {
    message: `${subgraph} cannot be asked: ${reason}`,
    cause: error,
  });
}
