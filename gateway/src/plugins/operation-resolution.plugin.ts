/**
 * Says which operation was meant. Over a federated gateway Apollo Server leaves this to the query planner,
 * whose complaint would reach the client as a fault of ours.
 */
import { isMarqueeError } from '@marquee/service-kit';
import { GraphQLError } from 'graphql';
import { asGraphQLError } from '../errors/http-errors.ts';
import type { GatewayContext } from '../request-context.ts';
import type { GatewayPlugin } from './in-one.plugin.ts';

/** @throws GraphQLError where the client takes no events, or has subscribed too often. */
function admit({ events, viewer, client }: GatewayContext, operation: string | undefined): void {
  if (events === undefined) {
    const message =
      'Accept text/event-stream or multipart/mixed;subscriptionSpec=1.0 to subscribe; or ask with a query.';
    throw new GraphQLError(message, {
      extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } },
    });
  }
  try {
    events.admit({ profileId: viewer?.profileId, partner: client?.holder?.partner.name, operation });
    if (viewer?.expiresInMs !== undefined) events.endAfter(viewer.expiresInMs);
  } catch (error) {
    throw isMarqueeError(error) ? asGraphQLError(error) : error;
  }
}

export function operationResolutionPlugin(): GatewayPlugin {
  return {
    requestDidStart: () => ({
      didResolveOperation: ({ operation, request, contextValue }) => {
        if (operation?.operation === 'subscription' && !contextValue.planOnly) {
          admit(contextValue, operation.name?.value);
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
