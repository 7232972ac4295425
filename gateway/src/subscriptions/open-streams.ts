/** All subscriptions that a gateway has open: how many there may be, how long they may last, and their end. */
import { MarqueeError } from '@marquee/service-kit';
import type { EventStream } from './event-stream.ts';

export interface StreamOptions {
  /** Each holds a connection and a place in its subgraph. */
  readonly maxStreams: number;
  readonly maxStreamsPerOwner: number;
  /** Below what proxies take for a dead connection, and below the gateway's own bound on silent ones. */
  readonly heartbeatMs: number;
  /** Clients subscribe again after that; who they are is looked at again then. */
  readonly maxAgeMs: number;
}

export const DEFAULT_STREAM_OPTIONS: StreamOptions = {
  maxStreams: 1_000,
  maxStreamsPerOwner: 5,
  heartbeatMs: 8_000,
  maxAgeMs: 30 * 60_000,
};

export class OpenStreams {
  readonly options: StreamOptions;
  readonly #open = new Map<EventStream, string>();
  readonly #perOwner = new Map<string, number>();
  #closing = false;

  constructor(options: Partial<StreamOptions> = {}) {
    this.options = { ...DEFAULT_STREAM_OPTIONS, ...options };
  }

  get size(): number {
    return this.#open.size;
  }

  /** Until the stream's signal is aborted. @throws MarqueeError RATE_LIMITED, OVERLOADED or SHUTTING_DOWN. */
  add(stream: EventStream, owner: string): void {
    const { maxStreams, maxStreamsPerOwner } = this.options;
    const own = this.#perOwner.get(owner) ?? 0;
    if (this.#closing) throw new MarqueeError('SHUTTING_DOWN', 'no new subscriptions before the end');
    if (own >= maxStreamsPerOwner) {
      throw new MarqueeError('RATE_LIMITED', `There may be ${maxStreamsPerOwner} subscriptions at once.`);
    }
    if (this.#open.size >= maxStreams) throw new MarqueeError('OVERLOADED', `${maxStreams} subscriptions`);
    if (stream.signal.aborted) return;
    this.#open.set(stream, owner);
    this.#perOwner.set(owner, own + 1);
    stream.signal.addEventListener('abort', () => this.#remove(stream, owner), { once: true });
  }

  /** Tells every client to come back, and ends its stream. */
  endAll(): void {
    this.#closing = true;
    const message = 'The server is about to stop. Subscribe again.';
    for (const stream of this.#open.keys()) {
      stream.end({ errors: [{ message, extensions: { code: 'SHUTTING_DOWN', retryable: true } }] });
    }
  }

  #remove(stream: EventStream, owner: string): void {
    this.#open.delete(stream);
    const left = (this.#perOwner.get(owner) ?? 1) - 1;
    if (left === 0) this.#perOwner.delete(owner);
    else this.#perOwner.set(owner, left);
  }
}
