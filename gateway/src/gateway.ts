/** The gateway as a component: put together, started, drained and stopped here. */
import { MarqueeError } from '@marquee/service-kit';
import type { FastifyInstance } from 'fastify';
import { assertUsable } from './config.ts';
import { addExplorer } from './explorer/explorer.route.ts';
import { createApolloServer } from './federation/apollo-server.ts';
import { planAhead } from './federation/plan-ahead.ts';
import { addGraphqlRoute, GRAPHQL_PATH } from './http/graphql.route.ts';
import { createHttpServer } from './http/http-server.ts';
import { developmentIdentity } from './identity/development.identity.ts';
import { productionIdentity } from './identity/production.identity.ts';
import { DocumentAdmission } from './limits/admission.ts';
import { DEFAULT_DOCUMENT_LIMITS } from './limits/document-limits.ts';
import type { Gateway, GatewayOptions } from './options.ts';
import { limitInFlight } from './plugins/in-flight-limit.plugin.ts';
import { addHealthRoutes } from './routes/health.route.ts';
import { mountRoutes } from './routes/mounted.route.ts';
import { addPersonasRoute } from './routes/personas.route.ts';

/** @throws MarqueeError CONFIG_INVALID when the configuration cannot be served with, e.g. production without a secret. */
export function createGateway(options: GatewayOptions): Gateway {
  const { config, logger, clock } = options;
  assertUsable(config);
  const production = config.mode === 'production';
  const identity = production
    ? productionIdentity(config.auth, clock)
    : developmentIdentity(config.auth, clock);
  const apollo = createApolloServer({ ...options, production });
  let server: FastifyInstance | undefined;
  let state: 'new' | 'serving' | 'draining' | 'stopped' = 'new';
  let stopping: Promise<void> | undefined;

  async function buildServer(): Promise<FastifyInstance> {
    const built = createHttpServer(logger);
    const inFlight = limitInFlight(built, GRAPHQL_PATH, config.maxInFlight);
    built.addHook('onClose', async () => {
      logger.debug({ inFlight: inFlight.current() }, 'listener closed');
    });
    built.addHook('onSend', async (_request, reply) => {
      // Clients must not send their next request into a socket that is about to close.
      if (state === 'draining') reply.header('connection', 'close');
    });
    addHealthRoutes(built, options.readiness, () => state === 'draining');
    addGraphqlRoute(built, {
      apollo,
      identity,
      admission: new DocumentAdmission(DEFAULT_DOCUMENT_LIMITS),
      requestDeadlineMs: config.requestDeadlineMs,
    });
    mountRoutes(built, options.routes);
    if (!production) {
      addPersonasRoute(built, options.personas);
      await addExplorer(built, options);
    }
    return built;
  }

  async function shutDown(running: FastifyInstance): Promise<void> {
    state = 'draining';
    await drain(running);
    await apollo.stop();
    state = 'stopped';
  }

  async function drain(running: FastifyInstance): Promise<void> {
    const bound = setTimeout(() => {
      logger.warn({ drainMs: config.drainMs }, 'requests still in flight are cut off');
      running.server.closeAllConnections();
    }, config.drainMs);
    try {
      await running.close();
    } finally {
      clearTimeout(bound);
    }
  }

  function address(): { host: string; port: number } {
    const bound = server?.server.address();
    if (bound === null || bound === undefined || typeof bound === 'string') {
      throw new Error('the gateway is not listening');
    }
    return { host: bound.address, port: bound.port };
  }

  return {
    name: 'gateway',
    async start() {
      if (state !== 'new') throw new Error('a gateway starts once');
      await apollo.start();
      await planAhead(
        apollo,
        options.warmUpDocuments ?? options.exampleOperations.map(({ document }) => document),
        logger,
      );
      server = await buildServer();
      try {
        await server.listen({ host: config.host, port: config.port });
      } catch (error) {
        await server.close();
        await apollo.stop();
        state = 'stopped';
        throw listenFailure(error, config.host, config.port);
      }
      state = 'serving';
      logger.info({ url: this.url(), mode: config.mode }, 'listening');
    },
    async stop() {
      if (server === undefined || state === 'new') return;
      if (state === 'serving') stopping = shutDown(server);
      await stopping;
    },
    readiness: () => (state === 'serving' ? { ready: true } : { ready: false, detail: state }),
    address,
    url() {
      const { host, port } = address();
      return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    },
  };
}

function listenFailure(error: unknown, host: string, port: number): unknown {
  const { code } = error as { code?: string };
  if (code === 'EADDRINUSE') {
    return new MarqueeError('PORT_IN_USE', { message: `${host}:${port} is already in use`, cause: error });
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new MarqueeError('CONFIG_INVALID', {
      message: `cannot listen on ${host}:${port} (${code})`,
      cause: error,
    });
  }
  return error;
}
