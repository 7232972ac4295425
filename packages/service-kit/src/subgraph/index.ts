/**
 * What passes between the gateway and a subgraph, whatever carries it. In the embedded profile the gateway
 * calls a `SubgraphExecutor` in the same process; in the distributed one the same request travels over HTTP.
 */
import type { ExecutionResult, GraphQLSchema } from 'graphql';
import type { Component } from '../component.ts';
import type { Deadline } from '../deadline.ts';
import type { HttpRoute } from '../http-route.ts';

/** Who asks. The gateway has verified it; subgraphs trust it. */
export interface Viewer {
  readonly profileId: string;
  readonly scopes: readonly string[];
}

/** Scope of a viewer who is not there: a page is made ahead for when they come. Given by the prewarmer, under a signature. */
export const PREWARM_SCOPE = 'internal:prewarm';

/** Travels with every request from the edge to the last resolver. */
export interface RequestContext {
  readonly requestId: string;
  /** Absent: anonymous. */
  readonly viewer?: Viewer;
  readonly deadline: Deadline;
  /** W3C trace context, passed on unchanged. */
  readonly traceparent?: string;
  /** Whoever may keep the answer, to be told what only the subgraph knows. Absent: nobody keeps it. */
  readonly keeping?: AnswerKeeper;
  /** Of a subscription that went on elsewhere: the id of what was taken last there. */
  readonly lastEventId?: string;
}

/** What a resolver says about the answer it is part of. */
export interface AnswerKeeper {
  /** It was made without something, and the next one may be better. */
  doNotKeep(): void;
  /** Of a mutation: whatever could be read before is the same now, so what was kept is still true. */
  changedNothing(): void;
}

/** Beside `Cache-Control` on a subgraph's answer: `nothing` for a mutation after which what was kept is still true. */
export const CHANGED_HEADER = 'x-marquee-changed';

export interface SubgraphRequest {
  readonly query: string;
  readonly operationName?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly context: RequestContext;
  /** Aborted when nobody waits for the answer any more. Never for mutations. */
  readonly signal?: AbortSignal;
}

export interface SubgraphEvent extends ExecutionResult {
  /** For `lastEventId`. Absent: nobody can be told what came after it. */
  readonly eventId?: string;
}

/** Answers of a subscription, one for each event. `return` ends it at once, also while an event is awaited. */
export interface SubgraphEvents extends AsyncIterator<SubgraphEvent, void, void> {
  /** For `lastEventId`, until there has been an event. */
  readonly eventId?: string;
}

export interface SubgraphExecutor {
  (request: SubgraphRequest): Promise<ExecutionResult>;
  /**
   * Runs a subscription; an answer instead of events says why it cannot be run. The request's deadline bounds how long
   * it takes to begin, not how long it lasts. Absent: the subgraph has no subscriptions.
   */
  readonly subscribe?: (request: SubgraphRequest) => Promise<ExecutionResult | SubgraphEvents>;
}

/** A subgraph as a process composes it, whether alone or beside the others. */
export interface Subgraph {
  /** As in the supergraph. */
  readonly name: string;
  /** SDL as composed into the supergraph. */
  readonly typeDefs: string;
  readonly schema: GraphQLSchema;
  readonly execute: SubgraphExecutor;
  /** What the subgraph itself starts and stops; its ports are started by whoever made them. */
  readonly components: readonly Component[];
  /** HTTP that is not GraphQL, e.g. artwork. */
  readonly routes: readonly HttpRoute[];
}

export { buildSubgraph, loadTypeDefs, type SubgraphDefinition } from './build-subgraph.ts';
export { createSubgraphExecutor } from './executor.ts';
export {
  GATEWAY_HEADER,
  MIN_GATEWAY_SECRET_BYTES,
  signGatewayRequest,
  verifyGatewayRequest,
} from './gateway-signature.ts';
export { EVENT_ID } from './source-events.ts';
export { requireViewer } from './viewer.ts';
