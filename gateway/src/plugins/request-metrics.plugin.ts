/** Times every request and counts those in flight, for Prometheus. */
import type { Metrics } from '@marquee/service-kit';
import type { FastifyInstance } from 'fastify';
import { isStreamType } from '../subscriptions/stream-format.ts';

/** What others call a request whose client went away before it had its answer. */
const CLIENT_CLOSED_REQUEST = 499;

/** Must be added before hooks that refuse requests. Addresses appear as the templates of their routes. */
export function measureRequests(server: FastifyInstance, metrics: Metrics): void {
  let inFlight = 0;
  metrics.onCollect(() => metrics.set('marquee_http_requests_in_flight', inFlight));
  server.addHook('onRequest', (request, reply, done) => {
    const startedAt = performance.now();
    inFlight++;
    // Comes once for every answer, also when the client went away before it.
    reply.raw.once('close', () => {
      // Subscriptions are measured apart: they last as long as somebody watches.
      if (isStreamType(reply.getHeader('content-type'))) return;
      inFlight--;
      const { writableFinished, statusCode } = reply.raw;
      metrics.observe('marquee_http_request_seconds', (performance.now() - startedAt) / 1000, {
        route: request.routeOptions.url ?? 'unknown',
        status: `${writableFinished ? statusCode : CLIENT_CLOSED_REQUEST}`,
      });
    });
    done();
  });
  server.addHook('onSend', (_request, reply, payload, done) => {
    if (isStreamType(reply.getHeader('content-type'))) inFlight--;
    done(null, payload);
  });
}
