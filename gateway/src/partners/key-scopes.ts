/**
 * What an API key's scopes make of a request's rights. A key alone stands for its partner; a viewer who comes through a
 * partner may do what both may: neither lends the other anything. Pure.
 */
import type { GatewayContext } from '../request-context.ts';
import type { Caller } from './callers.ts';

export function withKeyScopes(context: GatewayContext, { holder }: Caller): GatewayContext {
  if (holder === undefined) return context;
  const { name, scopes } = holder.partner;
  const { viewer, request } = context;
  // Subgraphs are told of people alone: to them the partner is nobody.
  if (viewer === undefined) return { ...context, viewer: { profileId: `partner:${name}`, scopes } };
  const both = viewer.scopes.filter((scope) => scopes.includes(scope));
  return {
    ...context,
    viewer: { ...viewer, scopes: both },
    request: { ...request, viewer: { profileId: viewer.profileId, scopes: both } },
  };
}
