/**
 * A subgraph over HTTP, for gateways only: requests without a valid signature are refused before their body is
 * parsed. The answer is GraphQL's, with status 200 whenever the operation was executed.
 */
import type { FastifyInstance } from 'fastify';
import type { ExecutionResult } from 'graphql';
import { beforeDeadline } from '../deadline.ts';
import { type ErrorCode, isMarqueeError, MarqueeError } from '../errors.ts';
import type { FlowOptions } from '../events/index.ts';
import type { Logger } from '../logging.ts';
import { GATEWAY_HEADER, verifyGatewayRequest } from '../subgraph/gateway-signature.ts';
import {
  CHANGED_HEADER,
  type RequestContext,
  type Subgraph,
  type SubgraphEvents,
} from '../subgraph/index.ts';
import type { Tracing } from '../telemetry/span.ts';
import { requireClientCertificate } from './client-certificate.ts';
import type { Metrics } from './metrics.ts';
import { SubgraphStreams } from './subgraph-streams.ts';

export interface SubgraphRouteOptions {
  readonly subgraph: Pick<Subgraph, 'name' | 'execute'>;
  /** Every secret that gateways may sign with. */
  readonly gatewaySecrets: readonly string[];
  /** Requests answered at once; more are refused with OVERLOADED. */
  readonly maxInFlight: number;
  /** Subscriptions at once; more are refused with OVERLOADED. Default 2,000. */
  readonly maxStreams?: number;
  /** How streams are paced. Default: a heartbeat every 5 s, and 15 s for a gateway that does not read. */
  readonly flow?: Partial<FlowOptions>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** False while the process cannot answer: its parts are not up yet, or no longer. */
  readonly serving: () => boolean;
  /** Names of gateways, whose certificates are asked for; empty: of anybody's authority. Default: nobody's are. */
  readonly clientNames?: readonly string[];
  /** Absent: nothing is traced. */
  readonly tracing?: Tracing | undefined;
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  BAD_REQUEST: 400,
  OVERLOADED: 503,
  SHUTTING_DOWN: 503,
  DEPENDENCY_UNAVAILABLE: 503,
};

const EVENTS = /\btext\/event-stream\b/i;

/** @returns the streams it has, for whoever stops the process. */
export function addSubgraphRoute(server: FastifyInstance, options: SubgraphRouteOptions): SubgraphStreams {
  const { subgraph, logger, metrics } = options;
  const streams = new SubgraphStreams(options);
  let inFlight = 0;
  let quietUntil = 0;

  function readRequest(header: string | undefined, body: string): [RequestContext, Operation] {
    const context = verifyGatewayRequest(header, body, {
      subgraph: subgraph.name,
      secrets: options.gatewaySecrets,
      now: options.now(),
    });
    return [context, readOperation(body)];
  }

  /** Goes on with the trace that the gateway began. Of a subscription it is the time until it has begun. */
  async function traced(
    tracing: Tracing,
    what: string,
    context: RequestContext,
    { operationName }: Operation,
    work: (context: RequestContext) => Promise<ExecutionResult | SubgraphEvents>,
  ): Promise<ExecutionResult | SubgraphEvents> {
    const span = tracing.begin(`${subgraph.name} ${what}`, {
      kind: 'server',
      parent: context.traceparent,
      attributes: {
        'marquee.subgraph': subgraph.name,
        ...(operationName === undefined ? {} : { 'graphql.operation.name': operationName }),
      },
    });
    try {
      const result = await span.run(() => work({ ...context, traceparent: span.traceparent }));
      if (!('next' in result) && result.errors !== undefined) {
        span.set({ 'graphql.errors': result.errors.length });
        span.fail(`${result.errors[0]?.extensions?.code ?? 'INTERNAL_SERVER_ERROR'}`);
      }
      return result;
    } catch (error) {
      span.fail(isMarqueeError(error) ? error.code : 'INTERNAL_SERVER_ERROR');
      throw error;
    } finally {
      span.end();
    }
  }

  /** What goes wrong with a request that was understood is an error of its fields, not of the transport. */
  async function answer(context: RequestContext, operation: Operation): Promise<ExecutionResult> {
    try {
      const work = subgraph.execute({ ...operation, context });
      return await beforeDeadline(work, context.deadline, subgraph.name);
    } catch (error) {
      if (!isMarqueeError(error)) {
        logger.error({ err: error, requestId: context.requestId }, 'operation failed');
      }
      return { data: null, errors: [toGraphqlError(error)] } as unknown as ExecutionResult;
    }
  }

  server.register(async (scope) => {
    // The signature is over bytes: they are parsed here, after it has been checked.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    scope.addHook('onRequest', async ({ raw, ip }) => {
      if (options.clientNames === undefined) return;
      try {
        requireClientCertificate(raw, options.clientNames);
      } catch (error) {
        // Whoever is refused may try without end; the first of each second tells enough.
        if (options.now() >= quietUntil) {
          logger.warn({ err: error, ip }, 'a request without an accepted client certificate');
          quietUntil = options.now() + 1_000;
        }
        throw error;
      }
    });
    scope.post('/graphql', async (request, reply) => {
      if (!options.serving()) {
        throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${subgraph.name} is not ready`);
      }
      if (inFlight >= options.maxInFlight) {
        throw new MarqueeError('OVERLOADED', `${subgraph.name} has ${inFlight} requests in flight`);
      }
      inFlight++;
      try {
        const header = request.headers[GATEWAY_HEADER];
        const [signed, operation] = readRequest(
          typeof header === 'string' ? header : undefined,
          request.body as string,
        );
        const wantsEvents = EVENTS.test(request.headers.accept ?? '');
        const keeping = {
          doNotKeep: () => void reply.header('cache-control', 'no-store'),
          changedNothing: () => void reply.header(CHANGED_HEADER, 'nothing'),
        };
        const context: RequestContext = wantsEvents ? signed : { ...signed, keeping };
        const work = (own: RequestContext) =>
          wantsEvents ? streams.begin({ ...operation, context: own }) : answer(own, operation);
        const result =
          options.tracing === undefined
            ? await work(context)
            : await traced(
                options.tracing,
                wantsEvents ? 'subscription' : 'operation',
                context,
                operation,
                work,
              );
        if ('next' in result) return streams.stream(reply, result, operation);
        metrics.count('marquee_operations_total', { outcome: result.errors === undefined ? 'ok' : 'errors' });
        return reply.type('application/json; charset=utf-8').send(JSON.stringify(result));
      } finally {
        inFlight--;
      }
    });
    scope.setErrorHandler((error, request, reply) => {
      const known = isMarqueeError(error);
      const status = known
        ? (STATUS[error.code] ?? 500)
        : ((error as { statusCode?: number }).statusCode ?? 500);
      if (status >= 500 && !known) logger.error({ err: error, url: request.url }, 'request failed');
      return reply
        .code(status)
        .headers(status === 503 ? { 'retry-after': '1' } : {})
        .type('application/json; charset=utf-8')
        .send(JSON.stringify({ errors: [toGraphqlError(error, status)] }));
    });
  });
  return streams;
}

interface Operation {
  readonly query: string;
  readonly operationName?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** @throws MarqueeError BAD_REQUEST for a body that is no GraphQL request. */
function readOperation(body: string): Operation {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (cause) {
    throw new MarqueeError('BAD_REQUEST', { message: 'The body is not JSON.', cause });
  }
  const { query, operationName, variables } = (parsed ?? {}) as Record<string, unknown>;
  if (typeof query !== 'string') {
    throw new MarqueeError('BAD_REQUEST', { message: 'The body has no query.', field: 'query' });
  }
  if (
    variables !== undefined &&
    variables !== null &&
    (typeof variables !== 'object' || Array.isArray(variables))
  ) {
    throw new MarqueeError('BAD_REQUEST', { message: 'variables must be an object.', field: 'variables' });
  }
  return {
    query,
    ...(typeof operationName === 'string' ? { operationName } : {}),
    ...(variables === undefined || variables === null
      ? {}
      : { variables: variables as Record<string, unknown> }),
  };
}

function toGraphqlError(error: unknown, status = 500) {
  if (isMarqueeError(error)) {
    return {
      message: error.publicMessage,
      extensions: { code: error.code, retryable: error.definition.retryable },
    };
  }
  const code = status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR';
  return { message: 'The request was not answered.', extensions: { code } };
}
