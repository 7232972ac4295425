/**
 * The streams by which one subgraph sends the events of subscriptions. Each has a connection of its own, which is no
 * other's to wait for.
 */
import { type Deadline, MarqueeError } from '@marquee/service-kit';
import { type buildConnector, Pool } from 'undici';
import type { SubgraphResult } from './data-source.ts';
import type { OpenedStream } from './sse-events.ts';
import { readSubgraphResult } from './subgraph-result.ts';

export interface EventStreamsOptions {
  /** As in the supergraph. */
  readonly subgraph: string;
  readonly origin: string;
  readonly path: string;
  readonly connect: buildConnector.BuildOptions | buildConnector.connector;
  /** A stream on which nothing comes for so long, no heartbeat either, is broken. Default: it may be silent for ever. */
  readonly silentAfterMs?: number | undefined;
}

// Alone: some servers know no other way to be asked for events.
const EVENTS_ACCEPT = 'text/event-stream';

export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #pool: Pool;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
    this.#pool = new Pool(options.origin, { connections: null, pipelining: 1, connect: options.connect });
  }

  /**
   * @param headersFor of a request with so many milliseconds left. @param deadline until the stream has begun.
   * @param lastEventId after which the stream goes on. Default: it begins.
   * @returns the answer that stands in place of a stream, where there is one.
   * @throws MarqueeError DEADLINE_EXCEEDED, DEPENDENCY_UNAVAILABLE; whatever the network throws.
   */
  async open(
    body: string,
    headersFor: (remainingMs: number) => Readonly<Record<string, string>>,
    deadline: Deadline,
    lastEventId?: string,
  ): Promise<OpenedStream | SubgraphResult> {
    const { subgraph, path, silentAfterMs } = this.#options;
    const over = new AbortController();
    const remainingMs = Math.ceil(deadline.remainingMs());
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      over.abort();
    }, remainingMs);
    try {
      const response = await this.#pool.request({
        method: 'POST',
        path,
        headers: {
          ...headersFor(remainingMs),
          accept: EVENTS_ACCEPT,
          ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
        },
        body,
        signal: over.signal,
        headersTimeout: 0,
        bodyTimeout: silentAfterMs ?? 0,
      });
      const type = String(response.headers['content-type'] ?? '');
      if (response.statusCode === 200 && type.startsWith('text/event-stream')) {
        // It may not be read before it is over.
        response.body.on('error', () => undefined);
        return { body: response.body, close: () => over.abort() };
      }
      const result = readSubgraphResult(await response.body.text(), type, response.statusCode);
      if (typeof result !== 'string') return result;
      throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${subgraph} sends no events: ${result}`);
    } catch (error) {
      over.abort();
      throw isLate
        ? new MarqueeError('DEADLINE_EXCEEDED', {
            message: `${subgraph} did not begin to send events in time`,
            cause: error,
          })
        : error;
    } finally {
      clearTimeout(timer);
    }
  }

  stop(): Promise<void> {
    return this.#pool.destroy();
  }
}
