/**
 * Logs what masking hides. Apollo Server's `formatError` does not know the request; this plugin does, so the
 * request id is put on the masked errors here and the originals are logged with it: at most one line per request,
 * code and subgraph.
 */
import type { Logger } from '@marquee/service-kit';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { FailureLog } from '../errors/failure-log.ts';
import type { GatewayPlugin } from './in-one.plugin.ts';

const SERVER_FAULT: ReadonlySet<unknown> = new Set([
  'INTERNAL_SERVER_ERROR',
  'DEPENDENCY_UNAVAILABLE',
  'DEADLINE_EXCEEDED',
]);

export function errorReportingPlugin(logger: Logger): GatewayPlugin {
  const log = new FailureLog({ logger });
  return {
    requestDidStart: () => ({
      willSendResponse: ({ response, errors, contextValue }) => {
        if (response.body.kind !== 'single') return;
        const sent = response.body.singleResult.errors;
        if (sent === undefined) return;
        const { requestId } = contextValue.request;
        response.body.singleResult.errors = reported(sent, errors ?? [], requestId, log);
      },
      // Only a fault of the gateway itself comes here.
    }),
    unexpectedErrorProcessingRequest: async ({ requestContext, error }) => {
      logger.error(
        { err: error, requestId: requestContext.contextValue?.request.requestId },
        'gateway failed',
      );
    },
  };
}

/** @param sent as clients will read them. @param errors what was thrown, in the same order. */
export function reported(
  sent: readonly GraphQLFormattedError[],
  errors: readonly unknown[],
  requestId: string,
  log: FailureLog,
): GraphQLFormattedError[] {
  const failures = new Map<string, Failure>();
  const told = sent.map((error, index) => {
    if (!SERVER_FAULT.has(error.extensions?.code)) return error;
    note(failures, error, errors[index]);
    return withRequestId(error, requestId);
  });
  for (const [kind, failure] of failures) log.write(kind, { ...failure, requestId }, 'request failed');
  return told;
}

/** What one request has lost for one reason: a subgraph that is away may cost hundreds of fields. */
interface Failure {
  readonly code: unknown;
  readonly subgraph: unknown;
  /** Of the first field. */
  readonly err: unknown;
  readonly path: GraphQLFormattedError['path'];
  fields: number;
}

function note(failures: Map<string, Failure>, sent: GraphQLFormattedError, error: unknown): void {
  const code = sent.extensions?.code;
  const subgraph = error instanceof GraphQLError ? error.extensions.serviceName : undefined;
  const kind = `${code} ${subgraph ?? ''}`;
  const known = failures.get(kind);
  if (known !== undefined) known.fields++;
  else failures.set(kind, { code, subgraph, err: rootCause(error), path: sent.path, fields: 1 });
}

function withRequestId(error: GraphQLFormattedError, requestId: string): GraphQLFormattedError {
  return { ...error, extensions: { ...error.extensions, requestId } };
}

/** What was thrown first, below GraphQL's wrappers. */
function rootCause(error: unknown): unknown {
  let current = error;
  while (current instanceof Error) {
    const { originalError } = current as { originalError?: unknown };
    if (originalError === undefined || originalError === null) break;
    current = originalError;
  }
  return current;
}
