/**
 * How the gateway reaches a subgraph of the same process: by a call. No JSON text is written or read in
 * between, and the viewer, deadline and trace context go along as they are.
 */
import { beforeDeadline, isMarqueeError, type Logger, MarqueeError } from '@marquee/service-kit';
import type { RequestContext, SubgraphExecutor } from '@marquee/service-kit/subgraph';
import { FailureLog } from '../errors/failure-log.ts';
import type {
  KeepingAdvice,
  SubgraphDataSource,
  SubgraphEvents,
  SubgraphFetch,
  SubgraphResult,
} from './data-source.ts';
import { failedFetch } from './failed-fetch.ts';

export interface HasRequestContext {
  readonly request: RequestContext;
  /** Told what subgraphs say about keeping their answers. Absent: nobody asks. */
  readonly answerAge?: { hear(advice: KeepingAdvice): void };
}

export class InProcessDataSource implements SubgraphDataSource<HasRequestContext> {
  readonly #subgraph: string;
  readonly #execute: SubgraphExecutor;
  readonly #log: FailureLog;

  constructor(subgraph: string, execute: SubgraphExecutor, logger: Logger) {
    this.#subgraph = subgraph;
    this.#execute = execute;
    this.#log = new FailureLog({ logger });
  }

  /** Events as the subgraph makes them; until it has begun to, the request's deadline holds. */
  async subscribe(fetch: SubgraphFetch<HasRequestContext>): Promise<SubgraphResult | SubgraphEvents> {
    const context = fetch.context.request;
    try {
      if (this.#execute.subscribe === undefined) {
        throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${this.#subgraph} sends no events`);
      }
      const { query, operationName, variables, signal } = fetch;
      const named = operationName === undefined ? {} : { operationName };
      const gone = signal === undefined ? {} : { signal };
      const begun = this.#execute.subscribe({ query, ...named, variables, context, ...gone });
      try {
        return (await beforeDeadline(begun, context.deadline, this.#subgraph)) as
          | SubgraphResult
          | SubgraphEvents;
      } catch (error) {
        // It may begin all the same, with nobody there to end it.
        void begun.then(
          (late) => ('next' in late ? late.return?.() : undefined),
          () => undefined,
        );
        throw error;
      }
    } catch (error) {
      const fields = { err: error, subgraph: this.#subgraph, requestId: context.requestId };
      this.#log.write(isMarqueeError(error) ? error.code : 'unknown', fields, 'subscription failed');
      return failedFetch(error, fetch.query);
    }
  }

  /**
   * Never rejects: a subgraph that throws or does not answer within the request's deadline costs the fields
   * asked of it, with one error for each, and nothing else.
   */
  async fetch(fetch: SubgraphFetch<HasRequestContext>): Promise<SubgraphResult> {
    const advice: { -readonly [K in keyof KeepingAdvice]: KeepingAdvice[K] } = {};
    const { answerAge } = fetch.context;
    const context =
      fetch.keeping === undefined && answerAge === undefined
        ? fetch.context.request
        : {
            ...fetch.context.request,
            keeping: {
              doNotKeep: () => {
                advice.doNotKeep = true;
              },
              changedNothing: () => {
                advice.changedNothing = true;
              },
            },
          };
    try {
      const result = await beforeDeadline(
        this.#execute({
          query: fetch.query,
          ...(fetch.operationName === undefined ? {} : { operationName: fetch.operationName }),
          variables: fetch.variables,
          context,
          ...(fetch.signal === undefined ? {} : { signal: fetch.signal }),
        }),
        context.deadline,
        this.#subgraph,
      );
      answerAge?.hear(advice);
      return fetch.keeping === undefined
        ? (result as SubgraphResult)
        : { ...(result as SubgraphResult), keeping: advice };
    } catch (error) {
      const fields = { err: error, subgraph: this.#subgraph, requestId: context.requestId };
      this.#log.write(isMarqueeError(error) ? error.code : 'unknown', fields, 'subgraph failed');
      return failedFetch(error, fetch.query);
    }
  }
}
