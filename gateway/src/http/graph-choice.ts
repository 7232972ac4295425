/** Which graph answers a request: the whole one, a contract variant by path or key, or a preview variant by header. */
import { isMarqueeError } from '@marquee/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { asGraphQLError } from '../errors/http-errors.ts';
import type { FederatedServer } from '../federation/apollo-server.ts';
import { assertMayUse, VARIANT_HEADER } from '../federation/variants/variant-access.ts';
import type { VariantOptions } from '../federation/variants/variant-options.ts';
import type { VariantLease } from '../federation/variants/variant-servers.ts';
import type { GatewayContext } from '../request-context.ts';

export interface GraphChoiceOptions {
  /** @param contract absent: the whole graph. @throws MarqueeError NOT_FOUND for a contract that is not served. */
  requestsFor(contract: string | undefined): FederatedServer['requests'];
  readonly access: Pick<VariantOptions, 'access' | 'scope'>;
  /** @throws MarqueeError VARIANT_NOT_FOUND */
  lease(variant: string): VariantLease;
}

export interface ChosenGraph {
  readonly requests: FederatedServer['requests'];
  readonly isPreview: boolean;
  /** Rejects with a GraphQLError for whoever may not be answered. */
  context(): Promise<GatewayContext>;
}

/**
 * A request with the header is never answered by another graph than the one it names: somebody who looks at a preview
 * must not be shown the graph of everybody. @param makeContext rejects with GraphQLErrors.
 */
export async function chooseGraph(
  request: FastifyRequest,
  reply: FastifyReply,
  contract: string | undefined,
  makeContext: () => Promise<GatewayContext>,
  options: GraphChoiceOptions,
): Promise<ChosenGraph> {
  const usual = options.requestsFor(contract);
  const name = request.headers[VARIANT_HEADER];
  if (name === undefined) return { requests: usual, isPreview: false, context: makeContext };
  try {
    const made = await makeContext();
    assertMayUse(String(name), options.access, { scopes: made.viewer?.scopes ?? [], contract });
    const lease = options.lease(String(name));
    // Whoever has gone away while it was found out who they are does not go once more.
    if (reply.raw.destroyed) lease.release();
    else reply.raw.once('close', () => lease.release());
    reply.header(VARIANT_HEADER, lease.version);
    return { requests: lease.requests, isPreview: true, context: async () => made };
  } catch (error) {
    // Answered as GraphQL, as everything is that is wrong with who asks.
    const refusal = isMarqueeError(error) ? asGraphQLError(error) : error;
    return { requests: usual, isPreview: true, context: () => Promise.reject(refusal) };
  }
}
