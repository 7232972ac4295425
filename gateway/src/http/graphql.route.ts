/** `/graphql`: identity and admission first, then Apollo Server. */
import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { isMarqueeError } from '@marquee/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { asGraphQLError, httpErrorBody } from '../errors/http-errors.ts';
import type { ViewerIdentity } from '../identity/identity.ts';
import type { DocumentAdmission } from '../limits/admission.ts';
import { criticalityOf } from '../overload/criticality.ts';
import type { OverloadProtection } from '../overload/overload-protection.ts';
import { createRequestContext, type GatewayContext } from '../request-context.ts';
import { GRAPHQL_RESPONSE_TYPE, JSON_TYPE, responseMediaType } from './negotiation.ts';

export const GRAPHQL_PATH = '/graphql';

export interface GraphqlRouteOptions {
  readonly apollo: ApolloServer<GatewayContext>;
  readonly identity: ViewerIdentity;
  readonly admission: DocumentAdmission;
  readonly overload: OverloadProtection;
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
    onRequest: refuseUnacceptable,
    preHandler: async (request, reply) => {
      const known = options.admission.read(documentText(request) ?? '');
      // Refused at once and for next to nothing: no reason to wait for that.
      if (known.refusal !== undefined) return;
      const criticality = criticalityOf(known.criticalities, operationName(request), request.headers);
      await options.overload.admit(reply, criticality, known.time);
    },
    onSend: async (_request, reply, payload) => {
      if (typeof payload === 'string') options.overload.answered(reply);
    },
    handler: async (request, reply) => {
      // Answers depend on the viewer; nothing on the way may keep them.
      reply.header('cache-control', 'private, no-store');
      return handle.call(server, request, reply);
    },
  });
  server.route({
    method: ['DELETE', 'OPTIONS', 'PATCH', 'PUT'],
    url: GRAPHQL_PATH,
    handler: async (request, reply) =>
      refuse(request, reply.header('allow', 'GET, HEAD, POST'), 405, 'GraphQL is asked by GET or POST.'),
  });
}

/** Before anything is run: a mutation whose answer nobody can read would have happened all the same. */
async function refuseUnacceptable(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (responseMediaType(request.headers.accept) !== undefined) return;
  const offered = [JSON_TYPE, GRAPHQL_RESPONSE_TYPE].map((type) => type.split(';')[0]).join(' or ');
  await refuse(request, reply, 406, `Accept ${offered}.`);
}

function refuse(request: FastifyRequest, reply: FastifyReply, status: number, message: string) {
  return reply
    .code(status)
    .headers({
      'content-type': responseMediaType(request.headers.accept) ?? JSON_TYPE,
      'cache-control': 'no-store',
    })
    .send(JSON.stringify(httpErrorBody('BAD_REQUEST', message, request.id)));
}

function documentText(request: FastifyRequest): string | undefined {
  const query = parametersOf(request)?.query;
  return typeof query === 'string' ? query : undefined;
}

function operationName(request: FastifyRequest): string {
  const name = parametersOf(request)?.operationName;
  return typeof name === 'string' ? name : '';
}

function parametersOf({ method, query, body }: FastifyRequest) {
  return (method === 'GET' ? query : body) as
    | { readonly query?: unknown; readonly operationName?: unknown }
    | null
    | undefined;
}
