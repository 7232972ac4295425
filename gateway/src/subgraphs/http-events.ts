/**
 * Subscriptions at a subgraph in other processes. Any of its copies will do, and when that one goes another one carries on
 * from the last event: see sse-events.ts. Each subscription has a connection of its own, which is no other's to wait for.
 */
import {
  type Deadline,
  deadlineAfter,
  isMarqueeError,
  MarqueeError,
  type Metrics,
} from '@marquee/service-kit';
import type { RequestContext, SubgraphEvents, SubgraphRequest } from '@marquee/service-kit/subgraph';
import type { ExecutionResult } from 'graphql';
import { type buildConnector, Pool } from 'undici';
import { reopened } from '../data-source/reopening.ts';
import { type OpenedStream, sseEvents } from '../data-source/sse-events.ts';
import { readSubgraphResult } from '../data-source/subgraph-result.ts';
import type { FailureLog } from '../errors/failure-log.ts';
import type { Endpoint, Endpoints } from './endpoints.ts';

export interface HttpEventsOptions {
  /** Of the subgraph, as in the supergraph. */
  readonly name: string;
  readonly urls: readonly string[];
  readonly endpoints: Endpoints;
  readonly connect: buildConnector.BuildOptions | buildConnector.connector;
  /** What says that a request comes from a gateway. */
  sign(context: RequestContext, body: string): Readonly<Record<string, string>>;
  readonly maxEventCharacters: number;
  readonly log: FailureLog;
  readonly metrics?: Metrics | undefined;
}

/** Subgraphs send a heartbeat every 5 s. */
const SILENT_AFTER_MS = 15_000;
const MAX_TRIES = 3;

export class HttpEvents {
  readonly #options: HttpEventsOptions;
  readonly #pools: ReadonlyMap<string, Pool>;

  constructor(options: HttpEventsOptions) {
    this.#options = options;
    this.#pools = new Map(
      options.urls.map((url) => [
        url,
        new Pool(url, { connections: null, pipelining: 1, connect: options.connect }),
      ]),
    );
  }

  /** @throws MarqueeError DEPENDENCY_UNAVAILABLE, DEADLINE_EXCEEDED where no copy begins. */
  async subscribe(request: SubgraphRequest): Promise<ExecutionResult | SubgraphEvents> {
    const { name, maxEventCharacters, log, metrics } = this.#options;
    const { context, signal, ...operation } = request;
    const body = JSON.stringify(operation);
    const opened = await this.#openAnywhere(context, body, context.deadline, signal);
    if (!('body' in opened)) return opened;
    return sseEvents(opened, {
      subgraph: name,
      maxEventCharacters,
      reopen: (lastEventId, over) =>
        reopened(async (deadline) => {
          const again = { ...context, lastEventId, deadline: deadlineAfter(deadline.remainingMs()) };
          const stream = await this.#openAnywhere(again, body, deadline, over);
          return 'body' in stream ? stream : undefined;
        }, over),
      onBroken: (cause, outcome) => {
        metrics?.count('marquee_stream_resumptions_total', { subgraph: name, outcome });
        log.write(`stream ${outcome}`, { err: cause, subgraph: name, outcome }, 'a stream broke');
      },
    }) as SubgraphEvents;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  /** Nothing has happened at a copy that did not begin, so the next one may be asked. */
  async #openAnywhere(
    context: RequestContext,
    body: string,
    deadline: Deadline,
    signal: AbortSignal | undefined,
  ): Promise<OpenedStream | ExecutionResult> {
    const { name, endpoints, log } = this.#options;
    const tried = new Set<string>();
    for (;;) {
      const endpoint = endpoints.choose(tried) ?? endpoints.choose();
      if (endpoint === undefined) throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${name} has no address`);
      tried.add(endpoint.url);
      try {
        const opened = await this.#open(endpoint, context, body, deadline, signal);
        endpoints.succeeded(endpoint);
        return opened;
      } catch (error) {
        if (signal?.aborted || isMarqueeError(error)) throw error;
        endpoints.failed(endpoint);
        const isLast = tried.size >= Math.min(MAX_TRIES, this.#options.urls.length);
        if (isLast || deadline.expired) throw asUnavailable(error, name, endpoint, deadline);
        log.write(
          `events ${endpoint.url}`,
          { err: error, subgraph: name, url: endpoint.url },
          'asking another copy for events',
        );
      }
    }
  }

  async #open(
    { url }: Endpoint,
    context: RequestContext,
    body: string,
    deadline: Deadline,
    signal: AbortSignal | undefined,
  ): Promise<OpenedStream | ExecutionResult> {
    const over = new AbortController();
    const close = (): void => over.abort();
    // Until it has begun; from then on it is ended by whoever reads it.
    const timer = setTimeout(close, Math.ceil(deadline.remainingMs()));
    signal?.addEventListener('abort', close, { once: true });
    if (signal?.aborted) close();
    try {
      const response = await (this.#pools.get(url) as Pool).request({
        method: 'POST',
        path: '/graphql',
        headers: {
          ...this.#options.sign(context, body),
          'content-type': 'application/json',
          accept: 'text/event-stream',
        },
        body,
        signal: over.signal,
        headersTimeout: 0,
        bodyTimeout: SILENT_AFTER_MS,
      });
      const type = String(response.headers['content-type'] ?? '');
      if (response.statusCode === 200 && type.startsWith('text/event-stream')) {
        // It may not be read before it is over.
        response.body.on('error', () => undefined);
        return { body: response.body, close };
      }
      const text = await response.body.text();
      const result = response.statusCode === 200 ? readSubgraphResult(text, type, 200) : text.slice(0, 200);
      if (typeof result !== 'string') return result as ExecutionResult;
      const reason = `answered with status ${response.statusCode}: ${result}`;
      // Busy, not up yet, or about to go: another copy may not be.
      if (response.statusCode === 503) throw new Error(reason);
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${this.#options.name} at ${url} ${reason}`);
    } catch (error) {
      close();
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', close);
    }
  }
}

function asUnavailable(cause: unknown, name: string, { url }: Endpoint, deadline: Deadline): MarqueeError {
  if (deadline.expired) {
    return new MarqueeError('DEADLINE_EXCEEDED', {
      message: `${name} did not begin to send events in time`,
      cause,
    });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', {
    message: `${name} at ${url} sends no events: ${reason}`,
    cause,
  });
}
