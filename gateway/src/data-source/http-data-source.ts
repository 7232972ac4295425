/**
 * Any subgraph at an address, by GraphQL over HTTP on pooled keep-alive connections. Whatever it does, the gateway
 * gets an answer within the request's deadline and holds no more of it than it must.
 */
import { type Logger, MarqueeError } from '@marquee/service-kit';
import { GATEWAY_HEADER, signGatewayRequest } from '@marquee/service-kit/subgraph';
import { Pool } from 'undici';
import type { SubgraphDataSource, SubgraphFetch, SubgraphResult } from './data-source.ts';
import { failedFetch } from './failed-fetch.ts';
import type { HasRequestContext } from './in-process-data-source.ts';
import { allowedHeaders } from './propagated-headers.ts';
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
const ACCEPT = 'application/graphql-response+json, application/json;q=0.9';
/** Milliseconds that are left to answer in. */
export const DEADLINE_HEADER = 'x-deadline-ms';

export class HttpDataSource implements SubgraphDataSource<HasRequestContext> {
  readonly #options: HttpDataSourceOptions;
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: readonly string[];

  /** @throws MarqueeError CONFIG_INVALID for an address or header that cannot be used. */
  constructor(options: HttpDataSourceOptions) {
    const { subgraph } = options;
    const url = URL.parse(options.url);
    if (url === null || !/^https?:$/.test(url.protocol)) {
      throw new MarqueeError('CONFIG_INVALID', `subgraph ${subgraph}: "${options.url}" is no HTTP address`);
    }
    this.#options = options;
    this.#path = `${url.pathname}${url.search}`;
    this.#headers = allowedHeaders(options.propagateHeaders ?? []);
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
    const { subgraph, logger } = this.#options;
    const abort = new AbortController();
    const { deadline, requestId } = fetch.context.request;
    const remainingMs = Math.min(Math.ceil(deadline.remainingMs()), this.#options.timeoutMs ?? 30_000);
    const timer = setTimeout(() => abort.abort(), remainingMs);
    try {
      if (remainingMs <= 0) throw new MarqueeError('DEADLINE_EXCEEDED', `no time was left for ${subgraph}`);
      return await this.#ask(fetch, remainingMs, abort.signal);
    } catch (error) {
      const failure = abort.signal.aborted
        ? new MarqueeError('DEADLINE_EXCEEDED', {
            message: `${subgraph} did not answer in time`,
            cause: error,
          })
        : asUnavailable(error, subgraph);
      logger.error({ err: failure, subgraph, requestId }, 'subgraph failed');
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
    const body = JSON.stringify({
      query: fetch.query,
      operationName: fetch.operationName,
      variables: fetch.variables,
    });
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

  stop(): Promise<void> {
    return this.#pool.close();
  }
}

function asUnavailable(error: unknown, subgraph: string): MarqueeError {
  if (error instanceof MarqueeError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', {
    message: `${subgraph} cannot be asked: ${reason}`,
    cause: error,
  });
}
