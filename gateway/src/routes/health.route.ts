/** For whoever supervises the process. Alive is not ready: restarting does not help a process that waits. */
import type { FastifyInstance } from 'fastify';
import type { GatewayOptions } from '../options.ts';

const NO_STORE = { 'cache-control': 'no-store' };

/** @param draining true while stopping: the process must get no new requests then. */
export function addHealthRoutes(
  server: FastifyInstance,
  readiness: GatewayOptions['readiness'],
  draining: () => boolean,
): void {
  server.get('/health', async (_request, reply) => reply.headers(NO_STORE).send({ status: 'alive' }));

  server.get('/ready', async (_request, reply) => {
    const { ready, components } = readiness();
    const serving = ready && !draining();
    return reply
      .headers(NO_STORE)
      .code(serving ? 200 : 503)
      .send({ ready: serving, ...(draining() ? { draining: true } : {}), components });
  });
}
