/**
 * How one fetch of a query plan reaches a subgraph. The executor knows nothing else about transports: an
 * in-process call and an HTTP request look the same to it.
 */

/** One operation for one subgraph. */
export interface SubgraphFetch<Context = unknown> {
  /** A valid document with exactly one operation. The same text comes back for the same part of a plan. */
  readonly query: string;
  readonly operationName: string | undefined;
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly variables: Readonly<Record<string, unknown>>;
  /** The client's request, as the server's context function made it. */
  readonly context: Context;
  /** The client's HTTP headers, where there were any. Only what a data source allows may be passed on. */
  readonly headers: ClientHeaders | undefined;
  /** Aborted when nobody waits for the answer any more. Default: somebody always does. */
  readonly signal?: AbortSignal;
  /** Somebody wants to know what the subgraph says about keeping its answer. */
  readonly keeping?: true;
}

/** Names in lower case. */
export interface ClientHeaders {
  get(name: string): string | null | undefined;
}

/** What a subgraph says went wrong, with the path as the subgraph sees it. */
export interface SubgraphError {
  readonly message?: string | undefined;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** What a subgraph says about keeping its answer, where it was to be found out. */
export interface KeepingAdvice {
  /** Not at all: it was made without something, or is out of date already. */
  readonly doNotKeep?: boolean;
  readonly isPrivate?: boolean;
  readonly maxAgeSeconds?: number;
  /** Of a mutation: nothing that anybody could have read before is different now. */
  readonly changedNothing?: boolean;
}

/** Belongs to the executor from then on, which writes into `data`. Never the same object twice. */
export interface SubgraphResult {
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors?: readonly SubgraphError[] | undefined;
  readonly keeping?: KeepingAdvice;
}

export type SubgraphEvents = AsyncIterator<SubgraphResult, void, void>;

export interface SubgraphDataSource<Context = unknown> {
  /** A failure is an answer with errors; whatever is thrown instead fails the whole fetch in the same way. */
  fetch(request: SubgraphFetch<Context>): Promise<SubgraphResult>;
  /**
   * Events of a subscription; an answer instead says why there are none. `return` ends them at once.
   * Absent: the subgraph is not asked for any.
   */
  subscribe?(request: SubgraphFetch<Context>): Promise<SubgraphResult | SubgraphEvents>;
  /** Names of the client's headers that the subgraph sees, in lower case. Absent: none. */
  readonly propagatedHeaders?: readonly string[];
  /** Releases connections. Fetches in flight finish first. */
  stop?(): Promise<void>;
}
