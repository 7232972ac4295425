/** Mounts the framework-free routes of subgraphs, e.g. artwork. */
import { type HttpRoute, MarqueeError } from '@marquee/service-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Paths of the gateway itself. */
const RESERVED = ['/', '/graphql', '/health', '/ready', '/personas', '/explorer', '/start'];

/** @throws MarqueeError CONFIG_INVALID for a path that belongs to the gateway. */
export function mountRoutes(server: FastifyInstance, routes: readonly HttpRoute[]): void {
  for (const route of routes) {
    const first = `/${route.path.split('/')[1] ?? ''}`;
    if (RESERVED.includes(first)) {
      throw new MarqueeError('CONFIG_INVALID', `the route ${route.path} would hide a path of the gateway`);
    }
    server.route({
      method: route.method,
      url: route.path,
      handler: async (request, reply) => {
        const answer = await route.handle({
          parameters: request.params as Record<string, string>,
          query: singleValues(request.query),
          headers: singleValues(request.headers),
        });
        return reply.code(answer.status).headers(answer.headers).send(answer.body);
      },
    });
  }
}

/** Repeated query parameters and headers keep their first value. */
function singleValues(values: FastifyRequest['query']): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(values as Record<string, string | string[] | undefined>).map(([name, value]) => [
      name,
      Array.isArray(value) ? value[0] : value,
    ]),
  );
}
