/**
 * How the gateway reaches a subgraph of the same process: by a call. No JSON text is written or read in
 * between, and the viewer, deadline and trace context go along as they are.
 */
import { beforeDeadline, type Logger } from '@marquee/service-kit';
import type { RequestContext, SubgraphExecutor } from '@marquee/service-kit/subgraph';
import type { SubgraphDataSource, SubgraphFetch, SubgraphResult } from './data-source.ts';
import { failedFetch } from './failed-fetch.ts';

export interface HasRequestContext {
  readonly request: RequestContext;
}

export class InProcessDataSource implements SubgraphDataSource<HasRequestContext> {
  readonly #subgraph: string;
  readonly #execute: SubgraphExecutor;
  readonly #logger: Logger;

  constructor(subgraph: string, execute: SubgraphExecutor, logger: Logger) {
    this.#subgraph = subgraph;
    this.#execute = execute;
    this.#logger = logger;
  }

  /**
   * Never rejects: a subgraph that throws or does not answer within the request's deadline costs the fields
   * asked of it, with one error for each, and nothing else.
   */
  async fetch(fetch: SubgraphFetch<HasRequestContext>): Promise<SubgraphResult> {
    const context = fetch.context.request;
    try {
      const result = await beforeDeadline(
        this.#execute({
          query: fetch.query,
          ...(fetch.operationName === undefined ? {} : { operationName: fetch.operationName }),
          variables: fetch.variables,
          context,
        }),
        context.deadline,
        this.#subgraph,
      );
      return result as SubgraphResult;
    } catch (error) {
      this.#logger.error(
        { err: error, subgraph: this.#subgraph, requestId: context.requestId },
        'subgraph failed',
      );
      return failedFetch(error, fetch.query);
    }
  }
}
