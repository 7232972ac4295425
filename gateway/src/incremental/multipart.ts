/**
 * `multipart/mixed` bodies, part by part (RFC 2046; the GraphQL over HTTP draft for incremental delivery). Each chunk
 * ends with the boundary after its part: a client knows that a part is complete when it has read that, and must not
 * have to wait for the next part to know it.
 */

export const BOUNDARY = '-';

const HEAD = 'content-type: application/json; charset=utf-8\r\n\r\n';

/** @param parts JSON texts, at least one. The last one has to say `isLast`. */
export async function* multipart(
  parts: AsyncIterable<{ readonly text: string; readonly isLast: boolean }>,
): AsyncGenerator<string, void, void> {
  let before = `\r\n--${BOUNDARY}\r\n`;
  for await (const { text, isLast } of parts) {
    yield `${before}${HEAD}${text}\r\n--${BOUNDARY}${isLast ? '--' : ''}\r\n`;
    before = '';
  }
}

export function multipartType(parameter: string): string {
  return `multipart/mixed; boundary="${BOUNDARY}"; ${parameter}`;
}
