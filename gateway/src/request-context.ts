/** What the gateway knows about a request, made once at the edge and handed to every subgraph unchanged. */
import { randomUUID } from 'node:crypto';
import { deadlineAfter } from '@marquee/service-kit';
import type { RequestContext } from '@marquee/service-kit/subgraph';
import type { AnswerAge } from './caching/answer-age.ts';
import type { IdentifiedViewer } from './identity/claims.ts';
import type { RequestHeaders, ViewerIdentity } from './identity/identity.ts';
import type { AnswerParts } from './incremental/answer-parts.ts';
import type { Caller } from './partners/callers.ts';
import type { SettledRequest } from './plugins/in-one.plugin.ts';
import type { ObservedOperation } from './sight/observed-operation.ts';
import type { EventStream } from './subscriptions/event-stream.ts';

/** Apollo Server's context value. */
export interface GatewayContext {
  readonly request: RequestContext;
  /** Absent: anonymous. With what stays at the edge; `request.viewer` is what subgraphs are told. */
  readonly viewer?: IdentifiedViewer;
  /** Which client asks. Absent: none of a request, e.g. while planning ahead. */
  readonly client?: Caller;
  /** Takes what an operation is estimated to cost from its client's budget. @throws MarqueeError where that is used up. */
  readonly charge?: (cost: number) => Promise<void>;
  /** The same for one event of a subscription, by what its client is now. */
  readonly chargeEvent?: (cost: number) => Promise<void>;
  /** What is learnt of the request while it is answered. Absent: nothing. */
  readonly observed?: ObservedOperation;
  /** The answer may be kept by others: what subgraphs say about that. Absent: it may not, or nobody asks. */
  readonly answerAge?: AnswerAge;
  /** The client takes its answer in parts. Absent: in one piece. */
  readonly parts?: AnswerParts;
  /** The client takes events. Absent: it cannot subscribe. */
  readonly events?: EventStream;
  /** Nobody asked: the document is to be read and planned, but no subgraph may be called. */
  readonly planOnly?: true;
  /** It has been worked on, and ended otherwise than with an answer. Absent: it has not. */
  readonly settled?: SettledRequest;
}

/** Letters, digits and a few separators: ids end up in logs and headers. */
const REQUEST_ID = /^[\w.:-]{1,64}$/;
/** W3C Trace Context, version 00: ids of zeros are none. */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The client's own id where it is harmless, otherwise a new one. */
export function requestIdOf(headers: RequestHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** @throws MarqueeError UNAUTHENTICATED for an invalid identity. */
export async function createGatewayContext(
  requestId: string,
  headers: RequestHeaders,
  identity: ViewerIdentity,
  deadlineMs: number,
): Promise<GatewayContext> {
  const deadline = deadlineAfter(deadlineMs);
  const viewer = await identity(headers);
  const { traceparent } = headers;
  const request: RequestContext = {
    requestId,
    deadline,
    ...(viewer === undefined ? {} : { viewer: { profileId: viewer.profileId, scopes: viewer.scopes } }),
    ...(typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? { traceparent } : {}),
  };
  return { request, ...(viewer === undefined ? {} : { viewer }) };
}
