/**
 * How the gateway reaches a subgraph of the same process: by a call. No JSON text is written or read in
 * between, and the viewer, deadline and trace context go along as they are.
 */
import type { GraphQLDataSource } from '@apollo/gateway';
import type { Logger } from '@marquee/service-kit';
import { beforeDeadline, isMarqueeError } from '@marquee/service-kit';
import type { SubgraphExecutor } from '@marquee/service-kit/subgraph';
import { type ExecutionResult, GraphQLError, Kind, parse } from 'graphql';
import type { GatewayContext } from '../request-context.ts';

type ProcessOptions = Parameters<GraphQLDataSource<GatewayContext>['process']>[0];
type ProcessResult = Awaited<ReturnType<GraphQLDataSource<GatewayContext>['process']>>;

export class InProcessDataSource implements GraphQLDataSource<GatewayContext> {
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
  async process(options: ProcessOptions): Promise<ProcessResult> {
    const { request } = options;
    const context = options.context.request;
    if (context === undefined || request.query === undefined) {
      throw new TypeError('the gateway asks subgraphs in the course of a request only');
    }
    if (options.context.planOnly) return { data: null };
    try {
      const result = await beforeDeadline(
        this.#execute({
          query: request.query,
          ...(request.operationName === undefined ? {} : { operationName: request.operationName }),
          ...(request.variables === undefined ? {} : { variables: request.variables }),
          context,
        }),
        context.deadline,
        this.#subgraph,
      );
      return result as ExecutionResult as ProcessResult;
    } catch (error) {
      this.#logger.error(
        { err: error, subgraph: this.#subgraph, requestId: context.requestId },
        'subgraph failed',
      );
      return {
        data: null,
        errors: failures(error, request.query) as unknown as NonNullable<ProcessResult['errors']>,
      };
    }
  }
}

/** One error per root field of the fetch, so that a client sees which of its fields are missing and why. */
function failures(error: unknown, query: string): readonly GraphQLError[] {
  const code = isMarqueeError(error) ? error.code : 'INTERNAL_SERVER_ERROR';
  const message = isMarqueeError(error) ? error.publicMessage : 'subgraph failed';
  const originalError = error instanceof Error ? error : undefined;
  const make = (path?: readonly string[]) =>
    new GraphQLError(message, { path, originalError, extensions: { code } });
  const operation = parse(query, { noLocation: true }).definitions.find(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const fields = (operation?.selectionSet.selections ?? []).flatMap((selection) =>
    selection.kind === Kind.FIELD && selection.name.value !== '_entities'
      ? [(selection.alias ?? selection.name).value]
      : [],
  );
  return fields.length === 0 ? [make()] : fields.map((field) => make([field]));
}
