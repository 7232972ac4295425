/**
 * What Node's HTTP parser refuses never becomes a request: there is no route, no reply and no `Accept` to look
 * at, only a socket. The client still gets the same kind of answer as from everything else.
 */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from '@marquee/service-kit';
import { httpErrorBody } from '../errors/http-errors.ts';
import { JSON_TYPE } from './negotiation.ts';

const VERDICTS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request was not complete in time.'],
  HPE_HEADER_OVERFLOW: [431, 'The headers are larger than allowed.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions are larger than allowed.'],
};
const MALFORMED = [400, 'This is not a valid HTTP request.'] as const;

/** For Node's `clientError` event. Answers when something can still be sent, then closes. */
export function answerClientError(error: Error & { code?: string }, socket: Socket, logger: Logger): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, message] = VERDICTS[error.code ?? ''] ?? MALFORMED;
  logger.debug({ err: error, status }, 'request refused by the HTTP parser');
  // Bytes of an answer may be on their way: a second one in the middle of it would be read as its body.
  const answering = (socket as Socket & { _httpMessage?: { headersSent: boolean } })._httpMessage
    ?.headersSent;
  if (!socket.writable || answering === true) {
    socket.destroy();
    return;
  }
  socket.end(rawErrorAnswer(status, message));
  socket.destroySoon();
}

/** A whole HTTP/1.1 answer that closes its connection. */
export function rawErrorAnswer(status: number, message: string, headers = ''): string {
  const body = JSON.stringify(httpErrorBody('BAD_REQUEST', message, randomUUID()));
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${JSON_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `Connection: close${headers}`,
    '',
    body,
  ].join('\r\n');
}
