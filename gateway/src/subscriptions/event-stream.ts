/**
 * The events of one subscription on their way to its client: written one at a time, as fast as the client reads, with
 * heartbeats between them, and ended when the source ends, the client goes away, it has lasted long enough, or the
 * gateway stops.
 */
import type { ServerResponse } from 'node:http';
import type { OpenStreams } from './open-streams.ts';
import type { EventAnswer, StreamFormat } from './stream-format.ts';

export type EventAnswers = AsyncIterator<EventAnswer, void, void>;

export class EventStream {
  readonly format: StreamFormat;
  /** Aborted when nobody takes events any more. */
  readonly signal: AbortSignal;
  readonly #streams: OpenStreams;
  readonly #address: string;
  readonly #over = new AbortController();
  #answers: EventAnswers | undefined;
  #farewell: EventAnswer | undefined;
  #ended = false;
  #wake = (): void => undefined;

  /** @param address of whoever asks: subscriptions of nobody in particular are counted by it. */
  constructor(format: StreamFormat, address: string, response: ServerResponse, streams: OpenStreams) {
    this.format = format;
    this.signal = this.#over.signal;
    this.#streams = streams;
    this.#address = address;
    response.once('close', () => this.#over.abort());
  }

  /** @param viewer whose subscriptions are counted together. @throws MarqueeError where there are too many. */
  admit(viewer: string | undefined): void {
    this.#streams.add(this, viewer === undefined ? `at ${this.#address}` : `of ${viewer}`);
  }

  deliver(answers: EventAnswers): void {
    this.#answers = answers;
  }

  /** There are events; the operation's own answer says nothing. */
  get begun(): boolean {
    return this.#answers !== undefined;
  }

  /** @param farewell the last event, which says why. */
  end(farewell?: EventAnswer): void {
    this.#ended = true;
    this.#farewell = farewell;
    this.#wake();
  }

  /** @param single for an operation without events: its answer, JSON. */
  async *body(single?: string): AsyncGenerator<string, void, void> {
    const { head, event, end } = this.format;
    try {
      yield head;
      if (single !== undefined) yield event(single);
      else yield* this.#events();
      if (this.#farewell !== undefined) yield event(JSON.stringify(this.#farewell));
      yield end;
    } finally {
      this.#over.abort();
    }
  }

  async *#events(): AsyncGenerator<string, void, void> {
    const { event, heartbeat } = this.format;
    const { heartbeatMs, maxAgeMs } = this.#streams.options;
    const age = setTimeout(() => this.end(), maxAgeMs);
    let beat: NodeJS.Timeout | undefined;
    try {
      let next = this.#next();
      while (!this.#ended) {
        let isQuiet = false;
        beat = setTimeout(() => {
          isQuiet = true;
          this.#wake();
        }, heartbeatMs);
        while (!this.#ended && !isQuiet && next.answer === undefined) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
        clearTimeout(beat);
        const { answer } = next;
        if (answer === undefined) {
          if (isQuiet && !this.#ended) yield heartbeat;
          continue;
        }
        if (answer.done) return;
        yield event(JSON.stringify(answer.value));
        next = this.#next();
      }
    } finally {
      clearTimeout(age);
      clearTimeout(beat);
    }
  }

  /** `answer` is there when it has come. A source that breaks ends the stream. */
  #next(): { readonly answer: IteratorResult<EventAnswer, void> | undefined } {
    const awaited: { answer: IteratorResult<EventAnswer, void> | undefined } = { answer: undefined };
    const come = (answer: IteratorResult<EventAnswer, void>): void => {
      awaited.answer = answer;
      this.#wake();
    };
    this.#answers?.next().then(come, () => come({ done: true, value: undefined }));
    return awaited;
  }
}
