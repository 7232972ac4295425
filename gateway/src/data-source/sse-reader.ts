/**
 * Server-sent events out of a body, as it comes:
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream, without `retry`.
 */

export interface ServerSentEvent {
  readonly name: string;
  readonly data: string;
  /** As the stream says with this event. A browser keeps the last one; so does whoever reads this. */
  readonly id: string | undefined;
}

const BLANK_LINE = /\r\n\r\n|\n\n|\r\r/;
/** A blank line may begin in one chunk and end in the next. */
const OVERLAP = 3;

/** Reads an event when it is asked for one. @throws Error for an event that is too long, or whatever the body throws. */
export async function* readServerSentEvents(
  body: AsyncIterable<Uint8Array>,
  maxCharacters: number,
): AsyncGenerator<ServerSentEvent, void, void> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    const text = decoder.decode(chunk, { stream: true });
    const seam = (parts.at(-1) ?? '').slice(-OVERLAP) + text;
    parts.push(text);
    length += text.length;
    if (BLANK_LINE.test(seam)) {
      // Put together only when there is an event: putting it together for each chunk would take time squared.
      const blocks = parts.join('').split(BLANK_LINE);
      const rest = blocks.pop() ?? '';
      for (const block of blocks) yield eventOf(block);
      parts = [rest];
      length = rest.length;
    }
    if (length > maxCharacters) throw new Error(`an event of more than ${maxCharacters} characters`);
  }
}

function eventOf(block: string): ServerSentEvent {
  const lines = block.split(/\r\n|\n|\r/);
  const valuesOf = (field: string) =>
    lines
      .filter((line) => line.startsWith(`${field}:`))
      .map((line) => line.slice(field.length + 1).replace(/^ /, ''));
  return {
    name: valuesOf('event').at(-1) ?? 'message',
    data: valuesOf('data').join('\n'),
    id: valuesOf('id').at(-1),
  };
}
