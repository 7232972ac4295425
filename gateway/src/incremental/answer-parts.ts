/**
 * Where the parts of one request's answer wait for the route that writes them: Apollo Server knows answers of a
 * gateway in one piece alone, so the first part goes through it and the others go around it.
 */
import type { ServerResponse } from 'node:http';
import type { PendingPart } from '../executor/deferred-answer.ts';
import type { DeliveryFormat, FormattedParts } from './delivery-format.ts';
import { multipart } from './multipart.ts';

export interface LaterParts {
  readonly pending: readonly PendingPart[];
  parts(): AsyncIterable<FormattedParts>;
}

export class AnswerParts {
  readonly format: DeliveryFormat;
  /** Aborted when the answer is over: sent whole, or the client has gone away. */
  readonly signal: AbortSignal;
  #later: LaterParts | undefined;

  constructor(format: DeliveryFormat, response: ServerResponse) {
    this.format = format;
    const over = new AbortController();
    this.signal = over.signal;
    response.once('close', () => over.abort());
  }

  /** What is to be sent after the first part. Without it the answer is in one piece. */
  deliver(later: LaterParts): void {
    this.#later = later;
  }

  get later(): LaterParts | undefined {
    return this.#later;
  }

  /** @param first JSON text of an object: the answer as it would be sent alone. */
  body(first: string): AsyncGenerator<string, void, void> {
    return multipart(this.#texts(first));
  }

  async *#texts(first: string) {
    const { format } = this;
    const later = this.#later;
    const more = { ...(later && format.first(later.pending)), hasNext: later !== undefined };
    yield { text: `${first.slice(0, -1)},${JSON.stringify(more).slice(1)}`, isLast: later === undefined };
    if (later === undefined) return;
    for await (const parts of later.parts()) {
      yield { text: JSON.stringify(format.later(parts)), isLast: !parts.hasNext };
    }
  }
}
