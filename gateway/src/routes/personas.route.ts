/** Who to try the platform as. Development only: a list of profiles is nobody else's business. */
import type { FastifyInstance } from 'fastify';
import type { Persona } from '../options.ts';

export function addPersonasRoute(server: FastifyInstance, personas: readonly Persona[]): void {
  const list = personas.map(({ id, name, tastes }) => ({ id, name, tastes }));
  server.get('/personas', async (_request, reply) => reply.header('cache-control', 'no-store').send(list));
}
