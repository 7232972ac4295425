/** `/graphql`: identity and admission first, then Apollo Server. */
import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { isMarqueeError } from '@marquee/service-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { asGraphQLError } from '../errors/http-errors.ts';
import type { ViewerIdentity } from '../identity/identity.ts';
import type { DocumentAdmission } from '../limits/admission.ts';
import { createRequestContext, type GatewayContext } from '../request-context.ts';

export const GRAPHQL_PATH = '/graphql';

export interface GraphqlRouteOptions {
  readonly apollo: ApolloServer<GatewayContext>;
  readonly identity: ViewerIdentity;
  readonly admission: DocumentAdmission;
  readonly requestDeadlineMs: number;
}

/** @param options.apollo must have been started. */
export function addGraphqlRoute(server: FastifyInstance, options: GraphqlRouteOptions): void {
  const context = async (request: FastifyRequest): Promise<GatewayContext> => {
    try {
      const made = await createRequestContext(
        request.id,
        request.headers,
        options.identity,
        options.requestDeadlineMs,
      );
      const document = documentText(request);
      if (document !== undefined) options.admission.admit(document);
      return { request: made };
    } catch (error) {
      throw isMarqueeError(error) ? asGraphQLError(error) : error;
    }
  };
  const handle = fastifyApolloHandler(options.apollo, { context });
  server.route({
    method: ['GET', 'POST'],
    url: GRAPHQL_PATH,
    handler: async (request, reply) => {
      // Answers depend on the viewer; nothing on the way may keep them.
      reply.header('cache-control', 'private, no-store');
      return handle.call(server, request, reply);
    },
  });
}

function documentText(request: FastifyRequest): string | undefined {
  const carrier = (request.method === 'GET' ? request.query : request.body) as
    | { query?: unknown }
    | null
    | undefined;
  return typeof carrier?.query === 'string' ? carrier.query : undefined;
}
