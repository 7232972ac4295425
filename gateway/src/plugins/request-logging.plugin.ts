/**
 * One line per GraphQL request: what ran, how long it took, which errors it ended with. No variables and no
 * viewer: both say who somebody is.
 */
import type { Logger } from '@marquee/service-kit';
import type { GatewayPlugin } from './in-one.plugin.ts';

/** Characters. Whoever names an operation decides how long a line would be. */
const MAX_NAME = 100;

export function requestLoggingPlugin(logger: Logger): GatewayPlugin {
  return {
    requestDidStart: ({ contextValue: { planOnly } }) => {
      if (planOnly) return undefined;
      const started = performance.now();
      return {
        willSendResponse: ({ contextValue, operation, operationName, queryHash, errors }) => {
          const line = {
            requestId: contextValue.request.requestId,
            traceId: contextValue.request.traceparent?.split('-')[1],
            operation: operationName?.slice(0, MAX_NAME),
            kind: operation?.operation,
            documentHash: queryHash?.slice(0, 12),
            viewer: contextValue.request.viewer === undefined ? 'anonymous' : 'known',
            durationMs: Math.round((performance.now() - started) * 10) / 10,
            ...(errors === undefined
              ? {}
              : { errorCodes: [...new Set(errors.map((error) => error.extensions?.code ?? 'UNKNOWN'))] }),
          };
          logger.info(line, 'graphql');
        },
      };
    },
  };
}
