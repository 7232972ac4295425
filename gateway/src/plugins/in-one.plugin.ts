/**
 * Our plugins as one plugin of Apollo Server. It makes a promise for each hook of each plugin and waits for all of them:
 * some sixty for a request, of which nearly all have nothing to wait for. Here a hook that is done when it returns costs
 * a call.
 */
import type { ApolloServerPlugin, GraphQLRequestContext, GraphQLRequestListener } from '@apollo/server';
import type { GatewayContext } from '../request-context.ts';

type Hooks = Required<GraphQLRequestListener<GatewayContext>>;
type HookName = 'didResolveOperation' | 'willSendResponse' | 'willSendSubsequentPayload';

/** What a plugin is told of a request, under Apollo Server's names. A promise is waited for. */
export type RequestListener = {
  [Name in HookName]?: (...told: Parameters<Hooks[Name]>) => void | Promise<void>;
};

export interface GatewayPlugin
  extends Pick<ApolloServerPlugin<GatewayContext>, 'serverWillStart' | 'unexpectedErrorProcessingRequest'> {
  /** @returns undefined where this request is none of its business. */
  requestDidStart?(request: GraphQLRequestContext<GatewayContext>): RequestListener | undefined;
}

/**
 * As Apollo Server does it: each is told in the order of the list, whatever one of them throws, and the first fault is
 * the request's.
 */
export function inOnePlugin(plugins: readonly GatewayPlugin[]): ApolloServerPlugin<GatewayContext> {
  return {
    async serverWillStart(service) {
      const listeners = await Promise.all(plugins.map((plugin) => plugin.serverWillStart?.(service)));
      return {
        schemaDidLoadOrUpdate(schema) {
          for (const listener of listeners) if (listener) listener.schemaDidLoadOrUpdate?.(schema);
        },
      };
    },
    async requestDidStart(request) {
      const listeners: RequestListener[] = [];
      for (const plugin of plugins) {
        const listener = plugin.requestDidStart?.(request);
        if (listener !== undefined) listeners.push(listener);
      }
      return {
        didResolveOperation: (context) =>
          told(listeners, (listener) => listener.didResolveOperation?.(context)),
        willSendResponse: (context) => told(listeners, (listener) => listener.willSendResponse?.(context)),
        willSendSubsequentPayload: (context, payload) =>
          told(listeners, (listener) => listener.willSendSubsequentPayload?.(context, payload)),
      };
    },
    async unexpectedErrorProcessingRequest(fault) {
      await Promise.all(plugins.map((plugin) => plugin.unexpectedErrorProcessingRequest?.(fault)));
    },
  };
}

async function told(
  listeners: readonly RequestListener[],
  tell: (listener: RequestListener) => void | Promise<void>,
): Promise<void> {
  let waiting: Promise<void>[] | undefined;
  let fault: { readonly error: unknown } | undefined;
  for (const listener of listeners) {
    try {
      const answer = tell(listener);
      if (answer !== undefined) {
        waiting ??= [];
        waiting.push(answer);
      }
    } catch (error) {
      fault ??= { error };
    }
  }
  if (waiting !== undefined) await Promise.all(waiting);
  if (fault !== undefined) throw fault.error;
}
