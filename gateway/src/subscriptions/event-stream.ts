/**
 * The events of one subscription on their way to its client: written one at a time, as fast as the client reads, with
 * heartbeats between them, and ended when the source ends, the client goes away or does not read, it has lasted long
 * enough, or the gateway stops.
 */
import type { ServerResponse } from 'node:http';
import { isMarqueeError } from '@marquee/service-kit';
import { EventFlow, type FlowEnd, HEARTBEAT } from '@marquee/service-kit/events';
import type { GraphQLError } from 'graphql';
import { asGraphQLError } from '../errors/http-errors.ts';
import type { OpenStreams, Subscriber } from './open-streams.ts';
import type { EventAnswer, StreamFormat } from './stream-format.ts';

export type EventAnswers = AsyncIterator<EventAnswer, void, void>;

export class EventStream {
  readonly format: StreamFormat;
  /** Aborted when nobody takes events any more. */
  readonly signal: AbortSignal;
  readonly #streams: OpenStreams;
  readonly #address: string;
  readonly #flow: EventFlow<EventAnswer>;
  readonly #over = new AbortController();
  #answers: EventAnswers | undefined;
  #taken = (): void => undefined;
  #admitEvent = async (): Promise<void> => undefined;

  /** @param address of whoever asks: subscriptions of nobody in particular are counted by it. */
  constructor(format: StreamFormat, address: string, response: ServerResponse, streams: OpenStreams) {
    this.format = format;
    this.signal = this.#over.signal;
    this.#streams = streams;
    this.#address = address;
    this.#flow = new EventFlow(streams.options, () => response.destroy());
    response.once('close', () => {
      this.#flow.end('client');
      this.#over.abort();
    });
  }

  /** @throws MarqueeError where there are too many. */
  admit(subscriber: Omit<Subscriber, 'address'>): void {
    this.#taken = this.#streams.add(this, { ...subscriber, address: this.#address });
  }

  /** @param admit asked before each event but the first. Rejects with a MarqueeError: the subscription ends with that. */
  admitEachBy(admit: () => Promise<void>): void {
    this.#admitEvent = admit;
  }

  /** @returns why there may be no further event. */
  async refusal(): Promise<GraphQLError | undefined> {
    try {
      await this.#admitEvent();
      return undefined;
    } catch (error) {
      if (isMarqueeError(error)) return asGraphQLError(error);
      throw error;
    }
  }

  deliver(answers: EventAnswers): void {
    this.#answers = answers;
  }

  /** There are events; the operation's own answer says nothing. */
  get begun(): boolean {
    return this.#answers !== undefined;
  }

  /** Why, once it has. */
  get ended(): FlowEnd {
    return this.#flow.ended ?? 'client';
  }

  /** A token opens no door for longer than it holds. */
  endAfter(milliseconds: number): void {
    // Streams end by their age before that: no timer has to last for days.
    if (milliseconds >= this.#streams.options.maxAgeMs) return;
    const timer = setTimeout(() => this.#flow.end('age', EXPIRED), milliseconds);
    this.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  /** Because the gateway stops. @param farewell the last event, which says why. */
  end(farewell: EventAnswer): void {
    this.#flow.end('shutdown', farewell);
  }

  /** @param single for an operation without events: its answer, JSON. */
  async *body(single?: string): AsyncGenerator<string, void, void> {
    const { head, event, heartbeat, end } = this.format;
    try {
      yield head;
      if (single !== undefined || this.#answers === undefined) {
        this.#flow.end('complete');
        yield event(single ?? '{}');
      } else {
        for await (const answer of this.#flow.of(this.#answers, brokenSource)) {
          yield answer === HEARTBEAT ? heartbeat : event(JSON.stringify(answer));
          if (answer !== HEARTBEAT) this.#taken();
        }
      }
      yield end;
    } finally {
      this.#over.abort();
    }
  }
}

const EXPIRED: EventAnswer = {
  errors: [
    {
      message: 'The bearer token has expired. Subscribe again with a new one.',
      extensions: { code: 'UNAUTHENTICATED', retryable: false },
    },
  ],
};

/** Reasons are in the log of whoever made the events. */
function brokenSource(): EventAnswer {
  const message = 'The events have broken off. Subscribe again.';
  return { errors: [{ message, extensions: { code: 'DEPENDENCY_UNAVAILABLE', retryable: true } }] };
}
