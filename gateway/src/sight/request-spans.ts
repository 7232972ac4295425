/** A span for every GraphQL request over HTTP, from its first byte to the last of its answer. */
import type { Span, Tracing } from '@marquee/service-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** As nginx says that the client went away first. */
const CLIENT_CLOSED_REQUEST = 499;

export class RequestSpans {
  readonly #tracing: Tracing;
  readonly #spans = new WeakMap<FastifyRequest, Span>();

  constructor(tracing: Tracing) {
    this.#tracing = tracing;
  }

  /** @param paths templates of the routes that are traced. Must be added before hooks that refuse requests. */
  follow(server: FastifyInstance, paths: readonly string[]): void {
    server.addHook('onRequest', (request, reply, done) => {
      const route = request.routeOptions.url ?? '';
      if (!paths.includes(route)) return done();
      const { traceparent } = request.headers;
      const span = this.#tracing.begin(`${request.method} ${route}`, {
        kind: 'server',
        parent: typeof traceparent === 'string' ? traceparent : undefined,
        // Not the address: a GET has variables in it.
        attributes: {
          'http.request.method': request.method,
          'http.route': route,
          'marquee.request.id': request.id,
        },
      });
      this.#spans.set(request, span);
      reply.raw.once('close', () => {
        const { writableFinished, statusCode } = reply.raw;
        const status = writableFinished ? statusCode : CLIENT_CLOSED_REQUEST;
        span.set({ 'http.response.status_code': status });
        if (status >= 500) span.fail(`${status}`);
        span.end();
      });
      done();
    });
  }

  of(request: FastifyRequest): Span | undefined {
    return this.#spans.get(request);
  }
}
