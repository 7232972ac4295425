/**
 * The HTTP side of a process that is not the gateway: health, readiness, metrics, the subgraph where there is one,
 * and its plain routes. Listening before the parts of the process are up, it can say what is being waited for.
 */
import type { Server } from 'node:https';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  LogController,
} from 'fastify';
import type { Component, Readiness } from '../component.ts';
import { EVENT_STREAM_TYPE } from '../events/index.ts';
import type { HttpRoute } from '../http-route.ts';
import { listenFailure } from '../listen-failure.ts';
import type { Logger } from '../logging.ts';
import type { Metrics } from './metrics.ts';
import { addSubgraphRoute, type SubgraphRouteOptions } from './subgraph-route.ts';
import type { SubgraphStreams } from './subgraph-streams.ts';
import type { TlsFiles } from './tls-files.ts';

export interface ServiceServerOptions {
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly readiness: () => { ready: boolean; components: Record<string, Readiness> };
  readonly routes: readonly HttpRoute[];
  readonly subgraph?: SubgraphRouteOptions;
  /** Absent: plain HTTP. Started and stopped with the server. */
  readonly tls?: { readonly files: TlsFiles; readonly asksForCertificates: boolean };
}

export interface ServiceServer extends Component {
  /** Base address, e.g. `http://127.0.0.1:4101`. */
  url(): string;
  /** Those who are told what happens are told to go elsewhere; everything else goes on. */
  endStreams(): void;
}

/** A gateway that goes on sending within its keep-alive time must not meet a closed socket. */
const KEEP_ALIVE_MS = 75_000;
/** A batch of 500 events with every field at its longest fits well. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export function createServiceServer(options: ServiceServerOptions): ServiceServer {
  const { logger, metrics } = options;
  let server: FastifyInstance | undefined;
  let streams: SubgraphStreams | undefined;
  let address = '';
  let inFlight = 0;
  let stopping = false;

  function build(): FastifyInstance {
    const built = fastify({
      ...(options.tls === undefined ? {} : { https: secure(options.tls) }),
      loggerInstance: logger as FastifyBaseLogger,
      // Metrics count requests; a line for each would be most of the log.
      logController: new LogController({ disableRequestLogging: true }),
      bodyLimit: MAX_BODY_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: 30_000,
      forceCloseConnections: 'idle',
    });
    built.addHook('onRequest', async () => {
      metrics.set('marquee_http_requests_in_flight', ++inFlight);
    });
    built.addHook('onSend', async (_request, reply) => {
      // A connection that stays open after its last answer would keep the process from ending.
      if (stopping) reply.header('connection', 'close');
      // Counted apart: waiting for events is no work.
      if (isStream(reply)) metrics.set('marquee_http_requests_in_flight', --inFlight);
    });
    built.addHook('onResponse', async (request, reply) => {
      if (isStream(reply)) return;
      metrics.set('marquee_http_requests_in_flight', --inFlight);
      const route = request.routeOptions.url ?? 'unknown';
      metrics.observe('marquee_http_request_seconds', reply.elapsedTime / 1000, {
        route,
        status: `${reply.statusCode}`,
      });
    });
    built.get('/health', async () => ({ status: 'up' }));
    built.get('/ready', async (_request, reply) => {
      const state = options.readiness();
      return reply.code(state.ready ? 200 : 503).send(state);
    });
    built.get('/metrics', async (_request, reply) => {
      for (const [component, { ready }] of Object.entries(options.readiness().components)) {
        metrics.set('marquee_dependency_ready', ready ? 1 : 0, { component });
      }
      const { contentType, body } = await metrics.exposition();
      return reply.type(contentType).send(body);
    });
    for (const route of options.routes) mount(built, route);
    if (options.subgraph !== undefined) streams = addSubgraphRoute(built, options.subgraph);
    return built;
  }

  return {
    name: 'http',
    async start() {
      const built = build();
      try {
        address = await built.listen({ host: options.host, port: options.port });
      } catch (error) {
        await built.close();
        throw listenFailure(error, options.host, options.port);
      }
      server = built;
      if (options.tls !== undefined) followCertificates(built, options.tls, logger);
      logger.info({ url: address }, 'listening');
    },
    async stop() {
      const closing = server;
      stopping = true;
      streams?.endAll();
      options.tls?.files.stop();
      server = undefined;
      await closing?.close();
    },
    readiness: () => (server === undefined ? { ready: false, detail: 'not listening' } : { ready: true }),
    url: () => address,
    endStreams: () => streams?.endAll(),
  };
}

function isStream(reply: FastifyReply): boolean {
  return reply.getHeader('content-type') === EVENT_STREAM_TYPE;
}

type TlsOptions = NonNullable<ServiceServerOptions['tls']>;

/** Certificates of clients are looked at per request: see client-certificate.ts. */
function secure({ files, asksForCertificates }: TlsOptions) {
  return { ...files.current, requestCert: asksForCertificates, rejectUnauthorized: false };
}

/** Connections that are open keep what they were made with. */
function followCertificates(server: FastifyInstance, { files }: TlsOptions, logger: Logger): void {
  const secureServer = server.server as unknown as Server;
  files.onChange((material) => secureServer.setSecureContext(material));
  files.start();
  secureServer.on('tlsClientError', (error, socket) => {
    logger.info({ err: error, ip: socket.remoteAddress }, 'a TLS handshake failed');
  });
}

function mount(server: FastifyInstance, route: HttpRoute): void {
  server.route({
    method: route.method,
    url: route.path,
    handler: async (request, reply) => {
      const answer = await route.handle({
        parameters: request.params as Record<string, string>,
        query: request.query as Record<string, string | undefined>,
        headers: request.headers as Record<string, string | undefined>,
      });
      return reply.code(answer.status).headers(answer.headers).send(answer.body);
    },
  });
}
