/** How the fetches of one request reach the data sources of their subgraphs. */
import type {
  ClientHeaders,
  SubgraphDataSource,
  SubgraphFetch,
  SubgraphResult,
} from '../data-source/data-source.ts';
import type { ExecutionObserver } from './execution-observer.ts';
import type { Data } from './plan/data.ts';
import type { FetchStep } from './plan/steps.ts';
import type { Send } from './plan/wave.ts';

export interface SendingRequest<Context> {
  readonly context: Context;
  readonly headers: ClientHeaders | undefined;
  /** Aborted when nobody waits for the answer any more. Absent: somebody always does. */
  readonly signal?: AbortSignal | undefined;
  /** Somebody wants to know what subgraphs say about keeping their answers. */
  readonly isKept?: boolean;
}

export function fetchOf<Context>(
  step: FetchStep,
  variables: Data,
  { context, headers, signal, isKept }: SendingRequest<Context>,
): SubgraphFetch<Context> {
  return {
    query: step.query,
    operationName: step.operationName,
    kind: step.operationKind,
    variables,
    context,
    headers,
    ...(signal === undefined ? {} : { signal }),
    ...(isKept ? { keeping: true } : {}),
  };
}

/** @returns what rejects where a source throws, at once or later. */
export function sendTo<Context>(
  sources: ReadonlyMap<string, SubgraphDataSource<Context>>,
  request: SendingRequest<Context>,
  observer?: ExecutionObserver<Context>,
): Send {
  const ask: Send = (step, variables) => {
    const source = sources.get(step.subgraph);
    if (source === undefined) throw new TypeError(`the plan names an unknown subgraph ${step.subgraph}`);
    const fetch = fetchOf(step, variables, request);
    return observer === undefined
      ? source.fetch(fetch)
      : observer.fetch(step.subgraph, fetch, (observed) => source.fetch(observed));
  };
  // What an async function would do, without the turns of the microtask queue that each would cost each fetch.
  return (step, variables): Promise<SubgraphResult> => {
    try {
      return ask(step, variables);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}
