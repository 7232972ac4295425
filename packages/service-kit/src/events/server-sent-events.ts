/**
 * GraphQL answers as server-sent events: "distinct connections mode" of the GraphQL over SSE protocol
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). Written here by subgraphs and by the gateway. Pure.
 *
 * Ids are those of server-sent events: an answer may carry one, and so may the beginning of a stream. Whoever comes back
 * with the last one it has read is told what it has missed, by those who can.
 */

export const EVENT_STREAM_TYPE = 'text/event-stream; charset=utf-8';

/** Says that the connection is alive, to what stands between. */
export const SSE_HEARTBEAT = ':\n\n';

export const SSE_COMPLETE = 'event: complete\ndata:\n\n';

/** Longer ones are no ids of ours; a line break in one would begin another event. */
const EVENT_ID = /^[\x21-\x7e]{1,256}$/;

export function isEventId(id: unknown): id is string {
  return typeof id === 'string' && EVENT_ID.test(id);
}

/** Sent at once, so that clients and proxies see that the stream has begun. @param id to come back with before any event. */
export function sseBeginning(id?: string): string {
  return isEventId(id) ? `id: ${id}\n\n` : SSE_HEARTBEAT;
}

/** @param json one answer, without line breaks outside of strings. */
export function sseAnswer(json: string, id?: string): string {
  return `event: next\n${isEventId(id) ? `id: ${id}\n` : ''}data: ${json}\n\n`;
}
