/** All subscriptions that a gateway has open: how many there may be, how long they may last, and their end. */
import { type ErrorCode, MarqueeError, type Metrics } from '@marquee/service-kit';
import { type FlowOptions, StreamCount } from '@marquee/service-kit/events';
import { BoundedLabels, OTHER } from '../sight/bounded-labels.ts';
import type { EventStream } from './event-stream.ts';

export interface StreamOptions extends FlowOptions {
  /** Each holds a connection and a place in its subgraph. */
  readonly maxStreams: number;
  /** Of one viewer, or of one address where nobody in particular asks. */
  readonly maxStreamsPerOwner: number;
  /** Of all keys of one partner together. */
  readonly maxStreamsPerPartner: number;
}

export const DEFAULT_STREAM_OPTIONS: StreamOptions = {
  maxStreams: 1_000,
  maxStreamsPerOwner: 5,
  maxStreamsPerPartner: 200,
  // Below what proxies take for a dead connection, and below the gateway's own bound on silent ones.
  heartbeatMs: 8_000,
  // Clients subscribe again after that; who they are is looked at again then.
  maxAgeMs: 30 * 60_000,
  stalledAfterMs: 20_000,
};

/** Operations that have series of their own. */
const MAX_OPERATIONS = 100;
const MAX_NAME = 100;

export interface Subscriber {
  /** Absent: nobody in particular, who is counted by address. */
  readonly profileId: string | undefined;
  readonly address: string;
  /** Name of the partner whose key was sent. */
  readonly partner: string | undefined;
  /** As the document names it. */
  readonly operation: string | undefined;
}

export class OpenStreams {
  readonly options: StreamOptions;
  readonly #count: StreamCount;
  readonly #operations = new BoundedLabels(MAX_OPERATIONS);
  readonly #open = new Set<EventStream>();
  readonly #perOwner = new Map<string, number>();
  #closing = false;

  constructor(options: Partial<StreamOptions> = {}, metrics?: Metrics) {
    this.options = { ...DEFAULT_STREAM_OPTIONS, ...options };
    this.#count = new StreamCount(metrics);
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * Until the stream's signal is aborted.
   * @returns to be told of every event. @throws MarqueeError RATE_LIMITED, OVERLOADED or SHUTTING_DOWN.
   */
  add(stream: EventStream, { profileId, address, partner, operation }: Subscriber): () => void {
    const { maxStreams, maxStreamsPerOwner, maxStreamsPerPartner } = this.options;
    const owner = profileId === undefined ? `at ${address}` : `of ${profileId}`;
    if (this.#closing) throw this.#refusal('SHUTTING_DOWN', 'no new subscriptions before the end');
    const ownLimits: [string, number][] = [[owner, maxStreamsPerOwner]];
    if (partner !== undefined) ownLimits.push([`partner ${partner}`, maxStreamsPerPartner]);
    for (const [name, limit] of ownLimits) {
      if ((this.#perOwner.get(name) ?? 0) < limit) continue;
      throw this.#refusal('RATE_LIMITED', `There may be ${limit} subscriptions at once.`);
    }
    if (this.#open.size >= maxStreams) throw this.#refusal('OVERLOADED', `${maxStreams} subscriptions`);
    if (stream.signal.aborted) return () => undefined;
    this.#open.add(stream);
    for (const [name] of ownLimits) this.#perOwner.set(name, (this.#perOwner.get(name) ?? 0) + 1);
    const name = (operation ?? 'anonymous').slice(0, MAX_NAME);
    const counted = this.#count.opened(this.#operations.admits(name) ? name : OTHER);
    stream.signal.addEventListener(
      'abort',
      () => {
        counted.closed(stream.ended);
        this.#open.delete(stream);
        for (const [of] of ownLimits) this.#release(of);
      },
      { once: true },
    );
    return counted.event;
  }

  /** Tells every client to come back, and ends its stream. */
  endAll(): void {
    this.#closing = true;
    const message = 'The server is about to stop. Subscribe again.';
    for (const stream of this.#open) {
      stream.end({ errors: [{ message, extensions: { code: 'SHUTTING_DOWN', retryable: true } }] });
    }
  }

  #release(name: string): void {
    const left = (this.#perOwner.get(name) ?? 1) - 1;
    if (left === 0) this.#perOwner.delete(name);
    else this.#perOwner.set(name, left);
  }

  #refusal(code: ErrorCode, message: string): MarqueeError {
    this.#count.refused(code);
    return new MarqueeError(code, message);
  }
}
