/** The gateway as a component: put together, started, drained and stopped here. */
import { listenFailure } from '@marquee/service-kit';
import type { FastifyInstance } from 'fastify';
import { assertUsable } from './config.ts';
import { addExplorer } from './explorer/explorer.route.ts';
import { createApolloServer } from './federation/apollo-server.ts';
import { planAhead } from './federation/plan-ahead.ts';
import { Draining } from './http/draining.ts';
import { addGraphqlRoute, GRAPHQL_PATH } from './http/graphql.route.ts';
import { createHttpServer } from './http/http-server.ts';
import { developmentIdentity } from './identity/development.identity.ts';
import { productionIdentity } from './identity/production.identity.ts';
import { DocumentAdmission } from './limits/admission.ts';
import { DEFAULT_DOCUMENT_LIMITS } from './limits/document-limits.ts';
import type { Gateway, GatewayOptions } from './options.ts';
import { OverloadProtection } from './overload/overload-protection.ts';
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
  const overload = new OverloadProtection(config.overload, logger);
  let server: FastifyInstance | undefined;
  let draining: Draining | undefined;
  let state: 'new' | 'serving' | 'draining' | 'stopped' = 'new';
  let stopping: Promise<void> | undefined;

  async function buildServer(): Promise<FastifyInstance> {
    const built = createHttpServer(config.http, logger, options.metrics);
    draining = new Draining(built, config.drain, config.http.maxRequestsPerConnection, logger);
    const inFlight = limitInFlight(built, GRAPHQL_PATH, config.maxInFlight);
    built.addHook('onClose', async () => {
      overload.stop();
      logger.debug({ inGateway: inFlight.current(), ...overload.state() }, 'listener closed');
    });
    addHealthRoutes(built, options.readiness, () => state === 'draining');
    addGraphqlRoute(built, {
      apollo,
      identity,
      admission: new DocumentAdmission(DEFAULT_DOCUMENT_LIMITS, config.overload.criticalFields),
      overload,
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
    await draining?.drain();
    await running.close();
    await apollo.stop();
    state = 'stopped';
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
