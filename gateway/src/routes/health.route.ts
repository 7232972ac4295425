/** For whoever supervises the process. Alive is not ready: restarting does not help a process that waits. */
import type { FastifyInstance } from 'fastify';
import { httpErrorBody } from '../errors/http-errors.ts';
import type { GatewayOptions } from '../options.ts';

const NO_STORE = { 'cache-control': 'no-store' };

/**
 * `/ready` is 200 as long as requests can be answered, by fallbacks too, and lists the state of every part either
 * way. Its 503 is an error like any other, with the same list beside it.
 * @param draining true while stopping: the process must get no new requests then.
 */
export function addHealthRoutes(
  server: FastifyInstance,
  readiness: GatewayOptions['readiness'],
  draining: () => boolean,
): void {
  server.get('/health', async (_request, reply) => reply.headers(NO_STORE).send({ status: 'alive' }));

  server.get('/ready', async (request, reply) => {
    const { ready, components } = readiness();
    reply.headers(NO_STORE);
    if (draining()) {
      const { errors } = httpErrorBody('SHUTTING_DOWN', 'The gateway is stopping.', request.id);
      return reply.code(503).send({ ready: false, draining: true, components, errors });
    }
    if (ready) return reply.send({ ready, components });
    const { errors } = httpErrorBody(
      'DEPENDENCY_UNAVAILABLE',
      'A part is missing that nothing stands in for.',
      request.id,
    );
    return reply.code(503).send({ ready, components, errors });
  });
}
