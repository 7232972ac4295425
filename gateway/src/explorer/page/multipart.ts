/** The parts of a `multipart/mixed` answer as they come, each a JSON value (GraphQL over HTTP, incremental delivery). */

/** @param boundary as the media type has it. */
export async function* partsOf(
  body: ReadableStream<Uint8Array>,
  boundary: string,
): AsyncGenerator<{ readonly value: unknown; readonly length: number }, void, void> {
  const separator = `\r\n--${boundary}`;
  const reader = body.pipeThrough(new TextDecoderStream() as never) as unknown as ReadableStream<string>;
  let text = '';
  for await (const piece of reader as unknown as AsyncIterable<string>) {
    text += piece;
    for (let end = text.indexOf(separator); end >= 0; end = text.indexOf(separator)) {
      const part = text.slice(0, end);
      text = text.slice(end + separator.length);
      const begin = part.indexOf('\r\n\r\n');
      if (begin >= 0) yield { value: JSON.parse(part.slice(begin + 4)), length: part.length };
      if (text.startsWith('--')) return;
    }
  }
}

export function boundaryOf(mediaType: string | null): string | undefined {
  return /^multipart\/mixed\s*;.*\bboundary="?([^";]+)/i.exec(mediaType ?? '')?.[1];
}
