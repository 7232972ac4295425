/** What the gateway knows about a request, made once at the edge and handed to every subgraph unchanged. */
import { randomUUID } from 'node:crypto';
import { deadlineAfter } from '@marquee/service-kit';
import type { RequestContext } from '@marquee/service-kit/subgraph';
import type { RequestHeaders, ViewerIdentity } from './identity/identity.ts';

/** Apollo Server's context value. */
export interface GatewayContext {
  readonly request: RequestContext;
  /** Nobody asked: the document is to be read and planned, but no subgraph may be called. */
  readonly planOnly?: true;
}

/** Letters, digits and a few separators: ids end up in logs and headers. */
const REQUEST_ID = /^[\w.:-]{1,64}$/;
/** W3C Trace Context, version 00. */
const TRACEPARENT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The client's own id where it is harmless, otherwise a new one. */
export function requestIdOf(headers: RequestHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

/** @throws MarqueeError UNAUTHENTICATED for an invalid identity. */
export async function createRequestContext(
  requestId: string,
  headers: RequestHeaders,
  identity: ViewerIdentity,
  deadlineMs: number,
): Promise<RequestContext> {
  const deadline = deadlineAfter(deadlineMs);
  const viewer = await identity(headers);
  const { traceparent } = headers;
  return {
    requestId,
    deadline,
    ...(viewer === undefined ? {} : { viewer }),
    ...(typeof traceparent === 'string' && TRACEPARENT.test(traceparent) ? { traceparent } : {}),
  };
}
