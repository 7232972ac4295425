/**
 * Events on their way from a source to one reader who may be slower than the source, gone, or there for half an hour.
 *
 * Nothing is stored up: the source is asked for an event when the reader has taken the one before, so of what a source
 * makes meanwhile it alone decides what is kept. Between events there are heartbeats. A reader who takes nothing for too
 * long is given up.
 */

/** In place of an event: nothing has come for a while. */
export const HEARTBEAT = Symbol('heartbeat');

export interface FlowOptions {
  readonly heartbeatMs: number;
  /** After that it ends, and the reader has to come again. */
  readonly maxAgeMs: number;
  /** How long one event, or heartbeat, may wait for the reader. */
  readonly stalledAfterMs: number;
}

/**
 * Why it has ended. complete: by the source. failed: the source broke. client: the reader went away. stalled: the reader
 * took nothing. age, shutdown: we said so.
 */
export type FlowEnd = 'complete' | 'failed' | 'client' | 'stalled' | 'age' | 'shutdown';

export class EventFlow<T> {
  readonly #options: FlowOptions;
  readonly #onStalled: () => void;
  #end: FlowEnd | undefined;
  #farewell: T | undefined;
  #wake = (): void => undefined;

  /** @param onStalled has to close the connection: nothing else ends what waits for it. */
  constructor(options: FlowOptions, onStalled: () => void) {
    this.#options = options;
    this.#onStalled = onStalled;
  }

  get ended(): FlowEnd | undefined {
    return this.#end;
  }

  /** The first reason counts. @param farewell the last event, for readers who are still there. */
  end(reason: FlowEnd, farewell?: T): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#farewell = farewell;
    this.#wake();
  }

  /** Ends nothing of the source: that is for whoever opened it. @param failed the last event for a source that breaks. */
  async *of(
    source: AsyncIterator<T, unknown, void>,
    failed: (error: unknown) => T,
  ): AsyncGenerator<T | typeof HEARTBEAT, void, void> {
    const { heartbeatMs, maxAgeMs } = this.#options;
    const age = setTimeout(() => this.end('age'), maxAgeMs);
    let beat: NodeJS.Timeout | undefined;
    try {
      let next = this.#next(source, failed);
      while (this.#end === undefined) {
        let isQuiet = false;
        beat = setTimeout(() => {
          isQuiet = true;
          this.#wake();
        }, heartbeatMs);
        while (this.#end === undefined && !isQuiet && next.event === undefined) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
        clearTimeout(beat);
        if (this.#end !== undefined) break;
        const { event } = next;
        if (event === undefined) {
          yield* this.#offered(HEARTBEAT);
        } else if (event.done) {
          this.end('complete');
        } else {
          yield* this.#offered(event.value);
          next = this.#next(source, failed);
        }
      }
      if (this.#farewell !== undefined && this.#end !== 'client') yield* this.#offered(this.#farewell);
    } finally {
      clearTimeout(age);
      clearTimeout(beat);
    }
  }

  *#offered(event: T | typeof HEARTBEAT): Generator<T | typeof HEARTBEAT, void, void> {
    const patience = setTimeout(() => {
      this.end('stalled');
      this.#onStalled();
    }, this.#options.stalledAfterMs);
    try {
      yield event;
    } finally {
      clearTimeout(patience);
    }
  }

  /** `event` is there when it has come. */
  #next(
    source: AsyncIterator<T, unknown, void>,
    failed: (error: unknown) => T,
  ): { readonly event: IteratorResult<T, unknown> | undefined } {
    const awaited: { event: IteratorResult<T, unknown> | undefined } = { event: undefined };
    source.next().then(
      (event) => {
        awaited.event = event;
        this.#wake();
      },
      (error: unknown) => this.end('failed', failed(error)),
    );
    return awaited;
  }
}
