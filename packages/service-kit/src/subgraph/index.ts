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

/** Travels with every request from the edge to the last resolver. */
export interface RequestContext {
  readonly requestId: string;
  /** Absent: anonymous. */
  readonly viewer?: Viewer;
  readonly deadline: Deadline;
  /** W3C trace context, passed on unchanged. */
  readonly traceparent?: string;
}

export interface SubgraphRequest {
  readonly query: string;
  readonly operationName?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly context: RequestContext;
  /** Aborted when nobody waits for the answer any more. Never for mutations. */
  readonly signal?: AbortSignal;
}

/** Answers of a subscription, one for each event. `return` ends it at once, also while an event is awaited. */
export type SubgraphEvents = AsyncIterator<ExecutionResult, void, void>;

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
  readonly name: 'content' | 'user-profile' | 'recommendation' | 'experiment';
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
export { requireViewer } from './viewer.ts';
