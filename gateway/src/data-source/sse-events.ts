/**
 * Events of a subgraph that sends them as server-sent events: "distinct connections mode" of the GraphQL over SSE
 * protocol. Reads an event when it is asked for one, so that a subgraph which is faster than the client is held back by
 * its connection; and no more of one than it must.
 *
 * A connection that breaks, or whose copy of the subgraph says that it stops, is opened again from the last event id,
 * at another copy if there is one. Where the subgraph gives its events no ids nobody could say what was missed: the events end
 * with an error that says so, and the client asks again for what it shows.
 */

import { MarqueeError } from '@marquee/service-kit';
import { isEventId } from '@marquee/service-kit/events';
import type { SubgraphEvents, SubgraphResult } from './data-source.ts';
import { readServerSentEvents, type ServerSentEvent } from './sse-reader.ts';
import { readSubgraphResult } from './subgraph-result.ts';

/** An answer with the type `text/event-stream`. */
export interface OpenedStream {
  readonly body: AsyncIterable<Uint8Array>;
  /** Closes the connection. */
  close(): void;
}

export interface SseEventsOptions {
  /** For messages. */
  readonly subgraph: string;
  readonly maxEventCharacters: number;
  /**
   * Opens the stream again after the event with this id; undefined when that cannot be done. The signal is aborted when
   * nobody waits for it any more. Absent: streams that break are over.
   */
  reopen?(lastEventId: string, signal: AbortSignal): Promise<OpenedStream | undefined>;
  /** Told why a stream broke, and what became of it. */
  onBroken?(cause: unknown, outcome: 'resumed' | 'broken'): void;
}

/** A connection that breaks for good is a last event with the error. */
export function sseEvents(opened: OpenedStream, options: SseEventsOptions): SubgraphEvents {
  return new SseEvents(opened, options);
}

class SseEvents implements SubgraphEvents {
  readonly #options: SseEventsOptions;
  readonly #over = new AbortController();
  #opened: OpenedStream;
  #events: AsyncIterator<ServerSentEvent, void, void>;
  #lastEventId: string | undefined;

  constructor(opened: OpenedStream, options: SseEventsOptions) {
    this.#options = options;
    this.#opened = opened;
    this.#events = readServerSentEvents(opened.body, options.maxEventCharacters);
  }

  async next(): Promise<IteratorResult<SubgraphResult, void>> {
    while (!this.#over.signal.aborted) {
      const event = await this.#take();
      // Whoever ended it is told nothing more.
      if (this.#over.signal.aborted) break;
      if (!(event instanceof Broken)) {
        if (event.name === 'complete') break;
        if (event.name !== 'next') continue;
        const answer = answerOf(event.data, this.#options.subgraph);
        if (!saysThatItStops(answer)) return { done: false, value: answer };
      }
      const cause = event instanceof Broken ? event.cause : new Error('its copy stops');
      if (await this.#resumed()) {
        this.#options.onBroken?.(cause, 'resumed');
        continue;
      }
      if (this.#over.signal.aborted) break;
      this.#options.onBroken?.(cause, 'broken');
      this.#end();
      return { done: false, value: brokenOff(this.#options.subgraph, cause) };
    }
    this.#end();
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<SubgraphResult, void>> {
    this.#end();
    return { done: true, value: undefined };
  }

  async #take(): Promise<ServerSentEvent | Broken> {
    try {
      const { done, value } = await this.#events.next();
      if (done) return new Broken(new Error('the connection ended'));
      if (isEventId(value.id)) this.#lastEventId = value.id;
      return value;
    } catch (cause) {
      return new Broken(cause);
    }
  }

  async #resumed(): Promise<boolean> {
    this.#opened.close();
    const { reopen, maxEventCharacters } = this.#options;
    if (reopen === undefined || this.#lastEventId === undefined) return false;
    const opened = await reopen(this.#lastEventId, this.#over.signal);
    if (opened === undefined) return false;
    this.#opened = opened;
    this.#events = readServerSentEvents(opened.body, maxEventCharacters);
    if (this.#over.signal.aborted) opened.close();
    return true;
  }

  #end(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#opened.close();
  }
}

class Broken {
  readonly cause: unknown;

  constructor(cause: unknown) {
    this.cause = cause;
  }
}

/** The last word of a copy that goes; another one may know more. */
function saysThatItStops({ data, errors }: SubgraphResult): boolean {
  return (data === null || data === undefined) && errors?.[0]?.extensions?.code === 'SHUTTING_DOWN';
}

function answerOf(data: string, subgraph: string): SubgraphResult {
  const result = readSubgraphResult(data, 'application/json', 200);
  return typeof result === 'string' ? brokenOff(subgraph, new Error(`no GraphQL answer: ${result}`)) : result;
}

function brokenOff(subgraph: string, cause: unknown): SubgraphResult {
  const error = new MarqueeError('DEPENDENCY_UNAVAILABLE', {
    message: `events of ${subgraph} broke off`,
    cause,
  });
  return {
    data: null,
    errors: [{ message: error.publicMessage, extensions: { code: error.code, retryable: true } }],
  };
}
