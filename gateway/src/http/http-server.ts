/** The HTTP server: limits, request ids and errors; no routes. */
import type { Socket } from 'node:net';
import { isMarqueeError, type Logger, type Metrics } from '@marquee/service-kit';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { type HttpErrorBody, httpError, httpErrorBody } from '../errors/http-errors.ts';
import { measureRequests } from '../plugins/request-metrics.plugin.ts';
import { addSecurityHeaders } from '../plugins/security-headers.plugin.ts';
import { requestIdOf } from '../request-context.ts';
import { answerClientError, rawErrorAnswer } from './client-error.ts';
import { addHeaderRules } from './header-rules.ts';
import { errorMediaType } from './negotiation.ts';
import { RetryAfter } from './retry-after.ts';
import type { HttpLimits } from './variables.ts';

const MAX_LISTENERS = 24;

export function createHttpServer(limits: HttpLimits, logger: Logger, metrics?: Metrics): FastifyInstance {
  const retryAfter = new RetryAfter();
  const fail = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const { status, body, masked } = httpError(error, request.id);
    if (masked && status >= 500 && status !== 503) {
      logger.error({ err: error, requestId: request.id }, 'request failed');
    }
    if (status === 503) reply.header('retry-after', retryAfter.next());
    countRefusal(error, reply, metrics);
    return sendError(request, reply, status, body);
  };
  const server = Fastify({
    loggerInstance: logger as FastifyBaseLogger,
    // GraphQL requests are logged by a plugin that knows what was asked.
    logController: new LogController({ disableRequestLogging: true }),
    // A logger made for each request would serve Fastify alone: what we log of one says which it was.
    childLoggerFactory: (parent) => parent,
    http: {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      // 30 s by default, which lets slow clients live that much longer than the two above say.
      connectionsCheckingInterval: limits.timeoutCheckMs,
      maxHeaderSize: limits.maxHeaderBytes,
      // Node answers these without a body.
      requireHostHeader: false,
    },
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.socketTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    bodyLimit: limits.maxBodyBytes,
    forceCloseConnections: 'idle',
    // Draining answers, and answers better.
    return503OnClosing: false,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    genReqId: (request) => requestIdOf(request.headers),
    routerOptions: { maxParamLength: 256 },
    frameworkErrors: fail,
    clientErrorHandler: (error, socket) => answerClientError(error, socket as Socket, logger),
  }) as unknown as FastifyInstance;
  server.server.maxConnections = limits.maxConnections;
  server.server.on('checkExpectation', ({ headers }, response) => {
    const body = JSON.stringify(httpErrorBody('BAD_REQUEST', 'Only 100-continue can be expected.'));
    response.writeHead(417, {
      'content-type': errorMediaType(headers.accept),
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    });
    response.end(body);
  });
  server.server.on('connect', (_request, socket) => {
    (socket as Socket).end(rawErrorAnswer(405, 'This is not a proxy.'));
  });

  // First, so that what later hooks refuse is measured too.
  if (metrics !== undefined) measureRequests(server, metrics);
  // Hooks of each request are not async: each promise would cost turns of the microtask queue.
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    // Every part that follows a request to its end listens for it, a stream's parts too: more than Node takes for a leak.
    reply.raw.setMaxListeners(MAX_LISTENERS);
    done();
  });
  addHeaderRules(server);
  addSecurityHeaders(server);

  server.setErrorHandler(fail);
  server.setNotFoundHandler((request, reply) =>
    sendError(
      request,
      reply,
      404,
      httpErrorBody('NOT_FOUND', 'There is nothing at this address.', request.id),
    ),
  );
  return server;
}

/** Not those whose client went away while it waited: it refused, not we. */
function countRefusal(error: unknown, reply: FastifyReply, metrics: Metrics | undefined): void {
  if (metrics === undefined || !isMarqueeError(error) || reply.raw.destroyed) return;
  const { code } = error;
  if (code !== 'OVERLOADED' && code !== 'SHUTTING_DOWN') return;
  metrics.count('marquee_requests_refused_total', { reason: code.toLowerCase() });
}

function sendError(request: FastifyRequest, reply: FastifyReply, status: number, body: HttpErrorBody) {
  return reply
    .code(status)
    .headers({ 'content-type': errorMediaType(request.headers.accept), 'cache-control': 'no-store' })
    .send(JSON.stringify(body));
}
