/**
 * Says which operation was meant. Over a federated gateway Apollo Server leaves this to the query planner,
 * whose complaint would reach the client as a fault of ours.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { GatewayContext } from '../request-context.ts';

export function operationResolutionPlugin(): ApolloServerPlugin<GatewayContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ operation, request }) => {
        if (operation?.operation === 'subscription') {
          throw new GraphQLError('Subscriptions are not served; ask with a query.', {
            extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } },
          });
        }
        if (operation !== undefined) return;
        const message =
          request.operationName === undefined || request.operationName === null
            ? 'The document has several operations; say which one with operationName.'
            : 'The document has no operation of this name.';
        throw new GraphQLError(message, {
          extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } },
        });
      },
    }),
  };
}
