/**
 * Logs what masking hides. Apollo Server's `formatError` does not know the request; this plugin does, so the
 * request id is put on the masked errors here and the originals are logged with it.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import type { Logger } from '@marquee/service-kit';
import type { GraphQLFormattedError } from 'graphql';
import type { GatewayContext } from '../request-context.ts';

const SERVER_FAULT: ReadonlySet<unknown> = new Set([
  'INTERNAL_SERVER_ERROR',
  'DEPENDENCY_UNAVAILABLE',
  'DEADLINE_EXCEEDED',
]);

export function errorReportingPlugin(logger: Logger): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      willSendResponse: async ({ response, errors, contextValue }) => {
        if (response.body.kind !== 'single') return;
        const sent = response.body.singleResult.errors;
        if (sent === undefined) return;
        const { requestId } = contextValue.request;
        response.body.singleResult.errors = sent.map((error, index) => {
          if (!SERVER_FAULT.has(error.extensions?.code)) return error;
          logger.error({ err: rootCause(errors?.[index]), requestId, path: error.path }, 'request failed');
          return withRequestId(error, requestId);
        });
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
