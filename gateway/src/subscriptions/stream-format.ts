/**
 * The two ways in which clients take events over one answer, and which of them a client asks for. Pure.
 *
 *   text/event-stream                      "distinct connections mode" of the GraphQL over SSE protocol (graphql-sse)
 *   multipart/mixed;subscriptionSpec=1.0   Apollo's multipart protocol for subscriptions
 */
import {
  EVENT_STREAM_TYPE,
  SSE_COMPLETE,
  SSE_HEARTBEAT,
  sseAnswer,
  sseBeginning,
} from '@marquee/service-kit/events';
import type { GraphQLFormattedError } from 'graphql';

export interface EventAnswer {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLFormattedError[] | undefined;
  readonly extensions?: unknown;
}

export interface StreamFormat {
  readonly mediaType: string;
  event(json: string): string;
  /** Says that the connection is alive, to what stands between. */
  readonly heartbeat: string;
  /** Comes before everything else. */
  readonly head: string;
  readonly end: string;
}

const EVENTS: StreamFormat = {
  mediaType: EVENT_STREAM_TYPE,
  head: sseBeginning(),
  event: (json) => sseAnswer(json),
  heartbeat: SSE_HEARTBEAT,
  end: SSE_COMPLETE,
};

const PART = '\r\n--graphql\r\ncontent-type: application/json\r\n\r\n';

const PARTS: StreamFormat = {
  mediaType: 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0',
  // A client knows that a part is complete when it has read the boundary after it: that comes along with the part.
  head: PART,
  event: (json) => `{"payload":${json}}${PART}`,
  heartbeat: `{}${PART}`,
  end: '{}\r\n--graphql--\r\n',
};

/** Of an answer: whether it is a stream of events. */
export function isStreamType(contentType: unknown): boolean {
  return contentType === EVENTS.mediaType || contentType === PARTS.mediaType;
}

const MAX_RANGES = 32;

/** Undefined for a client that takes no events. Of several ranges the first counts. */
export function acceptedStream(accept: string | undefined): StreamFormat | undefined {
  for (const range of (accept ?? '').toLowerCase().split(',', MAX_RANGES)) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().replaceAll('"', ''));
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) continue;
    if (type === 'text/event-stream') return EVENTS;
    if (type === 'multipart/mixed' && parameters.includes('subscriptionspec=1.0')) return PARTS;
  }
  return undefined;
}
