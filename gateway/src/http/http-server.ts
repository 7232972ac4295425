/** The HTTP server: time-outs, body bounds, request ids and errors; no routes. */
import type { Logger } from '@marquee/service-kit';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { httpError, httpErrorBody } from '../errors/http-errors.ts';
import { addSecurityHeaders } from '../plugins/security-headers.plugin.ts';
import { requestIdOf } from '../request-context.ts';

/** A batch of 500 events with tracking tokens is about 200 KB. */
const BODY_LIMIT_BYTES = 256 * 1024;
/** Node's defaults (60 s and 300 s) let one client hold a socket with a few bytes. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** Longer than the idle time of load balancers (60 s): the client must be the one that closes. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const MAX_CONNECTIONS = 2_000;
const MAX_REQUESTS_PER_SOCKET = 10_000;

export function createHttpServer(logger: Logger): FastifyInstance {
  const server = Fastify({
    loggerInstance: logger as FastifyBaseLogger,
    // GraphQL requests are logged by a plugin that knows what was asked.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    maxRequestsPerSocket: MAX_REQUESTS_PER_SOCKET,
    forceCloseConnections: 'idle',
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    genReqId: (request) => requestIdOf(request.headers),
    routerOptions: { maxParamLength: 256 },
  }) as unknown as FastifyInstance;
  server.server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.server.maxConnections = MAX_CONNECTIONS;

  server.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  addSecurityHeaders(server);

  server.setErrorHandler((error, request, reply) => {
    const { status, body, masked } = httpError(error, request.id);
    if (masked) logger.error({ err: error, requestId: request.id }, 'request failed');
    return reply.code(status).send(body);
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send(httpErrorBody('NOT_FOUND', 'There is nothing at this address.', request.id)),
  );
  return server;
}
