/**
 * A bound on GraphQL requests worked on at once. What is above it is refused before its body is read, so that
 * overload costs those who are refused and not those who were admitted. Health answers are never refused.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { FastifyInstance } from 'fastify';

export interface InFlight {
  /** GraphQL requests being worked on. */
  current(): number;
}

/** @param path the one that is limited. @param limit at least 1. */
export function limitInFlight(server: FastifyInstance, path: string, limit: number): InFlight {
  let current = 0;
  server.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url !== path) return;
    if (current >= limit) {
      reply.header('retry-after', '1');
      throw new MarqueeError('OVERLOADED', `${current} requests in flight`);
    }
    current++;
    // `close` comes once for every answer, also when the client went away before it.
    reply.raw.once('close', () => {
      current--;
    });
  });
  return { current: () => current };
}
