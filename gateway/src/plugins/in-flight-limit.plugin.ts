/**
 * A bound on GraphQL requests in the gateway at once, those that wait for their turn included. What is above it is
 * refused before its body is read: it bounds memory, where the overload protection looks after time. Health answers
 * are never refused.
 */
import { MarqueeError } from '@marquee/service-kit';
import type { FastifyInstance, FastifyReply } from 'fastify';

export interface InFlight {
  /** GraphQL requests in the gateway. */
  current(): number;
  /** The answer is made: what is left of it is its client's to take, which is nobody else's to wait for. */
  leave(reply: FastifyReply): void;
}

/** @param paths templates of the routes that are limited together. @param limit at least 1. */
export function limitInFlight(server: FastifyInstance, paths: readonly string[], limit: number): InFlight {
  let current = 0;
  const inside = new WeakSet<FastifyReply>();
  const leave = (reply: FastifyReply): void => {
    if (inside.delete(reply)) current--;
  };
  server.addHook('onRequest', (request, reply, done) => {
    if (!paths.includes(request.routeOptions.url ?? '')) return done();
    if (current >= limit) {
      return done(new MarqueeError('OVERLOADED', `${current} requests in flight`));
    }
    current++;
    inside.add(reply);
    // `close` comes for every answer, also when the client went away before it.
    reply.raw.once('close', () => leave(reply));
    done();
  });
  return { current: () => current, leave };
}
