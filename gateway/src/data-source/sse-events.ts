/**
 * Events of a subgraph that sends them as server-sent events: "distinct connections mode" of the GraphQL over SSE
 * protocol. Reads an event when it is asked for one, so that a subgraph which is faster than the client is held back by
 * its connection; and no more of one than it must.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { SubgraphEvents, SubgraphResult } from './data-source.ts';
import { readSubgraphResult } from './subgraph-result.ts';

export interface SseEventsOptions {
  /** For messages. */
  readonly subgraph: string;
  readonly maxEventCharacters: number;
  /** Closes the connection. */
  close(): void;
}

/** @param body of an answer with the type `text/event-stream`. A connection that breaks is an event with the error. */
export function sseEvents(body: AsyncIterable<Uint8Array>, options: SseEventsOptions): SubgraphEvents {
  const texts = readEvents(body, options.maxEventCharacters);
  let ended = false;
  const end = (): { done: true; value: undefined } => {
    if (!ended) options.close();
    ended = true;
    return { done: true, value: undefined };
  };
  return {
    async next() {
      if (ended) return end();
      try {
        for (;;) {
          const { done, value } = await texts.next();
          if (done || value.name === 'complete') return end();
          if (value.name === 'next') return { done: false, value: answerOf(value.data, options.subgraph) };
        }
      } catch (cause) {
        // Whoever ended it is told nothing more.
        if (ended) return end();
        end();
        return { done: false, value: brokenOff(options.subgraph, cause) };
      }
    },
    return: async () => end(),
  };
}

interface ServerSentEvent {
  readonly name: string;
  readonly data: string;
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream, without ids and retries. */
async function* readEvents(
  body: AsyncIterable<Uint8Array>,
  maxCharacters: number,
): AsyncGenerator<ServerSentEvent, void, void> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split(/\r\n\r\n|\n\n|\r\r/);
    text = blocks.pop() ?? '';
    if (text.length > maxCharacters) throw new Error(`an event of more than ${maxCharacters} characters`);
    for (const block of blocks) {
      const lines = block.split(/\r\n|\n|\r/);
      const valuesOf = (field: string) =>
        lines
          .filter((line) => line.startsWith(`${field}:`))
          .map((line) => line.slice(field.length + 1).replace(/^ /, ''));
      yield { name: valuesOf('event').at(-1) ?? 'message', data: valuesOf('data').join('\n') };
    }
  }
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
