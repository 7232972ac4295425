/**
 * Our plugins as one plugin of Apollo Server. It makes a promise for each hook of each plugin and waits for all of them:
 * some sixty for a request, of which nearly all have nothing to wait for. Here a hook that is done when it returns costs
 * a call.
 */
import type { ApolloServerPlugin, GraphQLRequestContext, GraphQLRequestListener } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { OperationResult } from '../executor/prepared-operation.ts';
import type { GatewayContext } from '../request-context.ts';

type Hooks = Required<GraphQLRequestListener<GatewayContext>>;
type HookName = 'didResolveOperation' | 'willSendResponse' | 'willSendSubsequentPayload';

/** What a plugin is told of a request, under Apollo Server's names. A promise is waited for. */
export type RequestListener = {
  [Name in HookName]?: (...told: Parameters<Hooks[Name]>) => void | Promise<void>;
};

export interface SchemaAhead {
  /** What clients see. */
  readonly apiSchema: GraphQLSchema;
  readonly supergraphSdl: string;
}

export interface GatewayPlugin
  extends Pick<ApolloServerPlugin<GatewayContext>, 'unexpectedErrorProcessingRequest'> {
  /**
   * Told of a schema before it is in force, so that nobody waits for what follows from it, and once more when it is.
   */
  schemaAhead?(schema: SchemaAhead): void;
  /** @returns undefined where this request is none of its business. */
  requestDidStart?(request: GraphQLRequestContext<GatewayContext>): RequestListener | undefined;
}

/** A request that was begun elsewhere and that Apollo Server words the end of: see known-requests.ts. One of the three. */
export interface SettledRequest {
  /** Have been told what came before. */
  readonly listeners: readonly RequestListener[];
  /** Why a hook refused it, before it was run. */
  readonly refusal?: unknown;
  /** What became of it when it ran. */
  readonly execute?: () => Promise<OperationResult>;
  /** Of a hook that must not throw. */
  readonly fault?: unknown;
}

/**
 * As Apollo Server does it: each is told in the order of the list, whatever one of them throws, and the first fault is
 * the request's.
 */
export function inOnePlugin(plugins: readonly GatewayPlugin[]): ApolloServerPlugin<GatewayContext> {
  return {
    async serverWillStart() {
      return {
        schemaDidLoadOrUpdate({ apiSchema, coreSupergraphSdl: supergraphSdl = '' }) {
          for (const plugin of plugins) plugin.schemaAhead?.({ apiSchema, supergraphSdl });
        },
      };
    },
    async requestDidStart(request) {
      const { settled } = request.contextValue;
      if (settled?.fault !== undefined) throw settled.fault;
      const listeners = settled?.listeners ?? begun(plugins, request);
      return {
        didResolveOperation: async (context) => {
          if (settled?.refusal !== undefined) throw settled.refusal;
          if (settled === undefined) await toldAll(listeners, 'didResolveOperation', context);
        },
        willSendResponse: async (context) => toldAll(listeners, 'willSendResponse', context),
        willSendSubsequentPayload: async (context, payload) =>
          toldAll(listeners, 'willSendSubsequentPayload', context, payload),
      };
    },
    async unexpectedErrorProcessingRequest(fault) {
      await Promise.all(plugins.map((plugin) => plugin.unexpectedErrorProcessingRequest?.(fault)));
    },
  };
}

/** Those whose business the request is. */
export function begun(
  plugins: readonly GatewayPlugin[],
  request: GraphQLRequestContext<GatewayContext>,
): RequestListener[] {
  const listeners: RequestListener[] = [];
  for (const plugin of plugins) {
    const listener = plugin.requestDidStart?.(request);
    if (listener !== undefined) listeners.push(listener);
  }
  return listeners;
}

/** @returns undefined where none of them has to be waited for. @throws the first fault. */
export function toldAll<Name extends HookName>(
  listeners: readonly RequestListener[],
  hook: Name,
  ...what: Parameters<Hooks[Name]>
): Promise<void> | undefined {
  let waiting: Promise<void>[] | undefined;
  let fault: { readonly error: unknown } | undefined;
  for (const listener of listeners) {
    try {
      const tell = listener[hook] as ((...told: Parameters<Hooks[Name]>) => void | Promise<void>) | undefined;
      const answer = tell?.(...what);
      if (answer !== undefined) {
        waiting ??= [];
        waiting.push(answer);
      }
    } catch (error) {
      fault ??= { error };
    }
  }
  if (waiting === undefined) {
    if (fault !== undefined) throw fault.error;
    return undefined;
  }
  const failed = fault;
  return Promise.all(waiting).then(() => {
    if (failed !== undefined) throw failed.error;
  });
}
