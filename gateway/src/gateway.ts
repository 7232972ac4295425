/** The gateway as a component: put together, started, drained and stopped here. */
import { isMarqueeError, listenFailure } from '@marquee/service-kit';
import type { FastifyInstance } from 'fastify';
import { assertUsable } from './config.ts';
import { createGraphServers } from './contracts/graph-servers.ts';
import { PlanningThread } from './executor/planner/planning-thread.ts';
import { addEditor } from './explorer/editor.route.ts';
import { addExplorer } from './explorer/explorer.route.ts';
import { planAhead } from './federation/plan-ahead.ts';
import { previewVariants } from './federation/variants/preview-variants.ts';
import { assertVariantsUsable } from './federation/variants/variant-options.ts';
import { addCors } from './http/cors.ts';
import { Draining } from './http/draining.ts';
import { addGraphqlRoute, GRAPHQL_PATHS } from './http/graphql.route.ts';
import { createHttpServer } from './http/http-server.ts';
import { Http2Listener } from './http/http2-listener.ts';
import { UntakenAnswers } from './http/untaken-answers.ts';
import { developmentIdentity } from './identity/development.identity.ts';
import { productionIdentity } from './identity/production.identity.ts';
import { DocumentAdmission } from './limits/admission.ts';
import { DEFAULT_DOCUMENT_LIMITS } from './limits/document-limits.ts';
import type { Gateway, GatewayOptions } from './options.ts';
import { OverloadProtection } from './overload/overload-protection.ts';
import { createClientEdge } from './partners/client-edge.ts';
import { limitInFlight } from './plugins/in-flight-limit.plugin.ts';
import { responseCacheOf } from './response-cache/response-cache-of-gateway.ts';
import { addHealthRoutes } from './routes/health.route.ts';
import { mountRoutes } from './routes/mounted.route.ts';
import { addPersonasRoute } from './routes/personas.route.ts';
import { createSight } from './sight/sight.ts';
import { OpenStreams } from './subscriptions/open-streams.ts';

const DEFAULT_SIGHT = { slowMs: 1_000, usageEvery: 1, usageFolder: undefined };

/** @throws MarqueeError CONFIG_INVALID when the configuration cannot be served with, e.g. production without a secret. */
export function createGateway(options: GatewayOptions): Gateway {
  const { config, logger, clock } = options;
  if (options.identity === undefined) assertUsable(config);
  const production = config.mode === 'production';
  assertVariantsUsable(config.variants, production);
  const identity =
    options.identity ?? (production ? productionIdentity : developmentIdentity)(config.auth, clock, logger);
  const pages = options.pages ?? (production ? 'none' : 'platform');
  const sight = createSight({
    config: config.sight ?? DEFAULT_SIGHT,
    identity,
    development: !production,
    tracing: options.tracing,
    logger,
    metrics: options.metrics,
  });
  const expectedDocuments =
    options.warmUpDocuments ?? options.exampleOperations.map(({ document }) => document);
  const responses = responseCacheOf(options);
  const planning = options.planner === undefined ? new PlanningThread({ logger }) : undefined;
  const federation = {
    ...options,
    planner: options.planner ?? planning,
    answerKeeping: responses?.keeping,
    sight,
    authorization: options.authorization ?? (config.authorization && { options: config.authorization }),
    demandControl: options.demandControl ?? config.demandControl,
    overrideShares: options.overrideShares ?? config.overrideShares,
    introspection: config.introspection,
    production,
    expectedDocuments: () => [...expectedDocuments, ...clients.documents.expected()],
  };
  const graphs = createGraphServers(federation, options.contracts ?? []);
  const previews = previewVariants(options, federation);
  const { apollo } = graphs;
  const clients = createClientEdge({
    ...options,
    documents: config.documents,
    partners: config.partners,
    contracts: graphs.contracts,
    prepare: (operations) => graphs.planAhead(operations),
  });
  const overload = new OverloadProtection(config.overload, logger, options.metrics);
  const streams = new OpenStreams({ ...config.subscriptions, ...options.subscriptions }, options.metrics);
  let server: FastifyInstance | undefined;
  let draining: Draining | undefined;
  let http2: Http2Listener | undefined;
  let state: 'new' | 'serving' | 'draining' | 'stopped' = 'new';
  let stopping: Promise<void> | undefined;

  function readinessWithClients(): ReturnType<GatewayOptions['readiness']> {
    const { ready, components } = options.readiness();
    return {
      ready,
      components: {
        ...components,
        ...clients.components(),
        ...previews.components(),
        ...responses?.components(),
      },
    };
  }

  async function buildServer(): Promise<FastifyInstance> {
    const built = createHttpServer(config.http, logger, options.metrics);
    sight.spans?.follow(built, GRAPHQL_PATHS);
    if (config.cors !== undefined) addCors(built, GRAPHQL_PATHS, config.cors);
    draining = new Draining(built, config.drain, config.http.maxRequestsPerConnection, logger);
    built.server.on('connection', () => overload.connected());
    const inFlight = limitInFlight(built, GRAPHQL_PATHS, config.maxInFlight);
    const untaken = new UntakenAnswers(config.http, logger, options.metrics);
    built.addHook('onClose', async () => {
      overload.stop();
      untaken.stop();
      logger.debug({ inGateway: inFlight.current(), ...overload.state() }, 'listener closed');
    });
    addHealthRoutes(built, readinessWithClients, () => state === 'draining');
    addGraphqlRoute(built, {
      graphs: { requestsFor: graphs.requestsFor, access: previews.access, lease: previews.lease },
      gate: clients.gate,
      limits: clients.limits,
      identity,
      admission: new DocumentAdmission(
        options.documentLimits ?? DEFAULT_DOCUMENT_LIMITS,
        config.overload.criticalFields,
      ),
      overload,
      made(reply, bytes) {
        inFlight.leave(reply);
        if (bytes !== undefined) untaken.made(reply, bytes);
      },
      requestDeadlineMs: config.requestDeadlineMs,
      compresses: config.compresses ?? true,
      streams,
      sight,
    });
    mountRoutes(built, [...options.routes, ...sight.routes]);
    if (pages === 'platform') {
      addPersonasRoute(built, options.personas);
      await addExplorer(built, options);
    } else if (pages === 'editor') await addEditor(built, options);
    return built;
  }

  async function shutDown(running: FastifyInstance): Promise<void> {
    state = 'draining';
    streams.endAll();
    await Promise.all([draining?.drain(), http2?.drain()]);
    await running.close();
    await clients.stop();
    await previews.stop();
    await graphs.stop();
    await planning?.stop();
    await responses?.stop();
    await sight.stop();
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
      planning?.start();
      await responses?.start();
      await graphs.start();
      await planAhead(apollo, expectedDocuments, logger);
      await clients.start();
      await sight.start();
      server = await buildServer();
      try {
        await server.listen({ host: config.host, port: config.port });
        http2 =
          config.http2 &&
          new Http2Listener(server, {
            config: config.http2,
            ...{ host: config.host, limits: config.http, drain: config.drain },
            ...{ now: () => clock.now(), logger, metrics: options.metrics },
          });
        await http2?.start();
      } catch (error) {
        await server.close();
        await clients.stop();
        await graphs.stop();
        await planning?.stop();
        await responses?.stop();
        await sight.stop();
        state = 'stopped';
        throw isMarqueeError(error) ? error : listenFailure(error, config.host, config.port);
      }
      state = 'serving';
      options.supergraph?.follow(graphs.updateSupergraph);
      await previews.start();
      logger.info({ url: this.url(), mode: config.mode }, 'listening');
    },
    async stop() {
      if (server === undefined || state === 'new') return;
      if (state === 'serving') stopping = shutDown(server);
      await stopping;
    },
    readiness: () => (state === 'serving' ? clients.readiness() : { ready: false, detail: state }),
    address,
    http2Url: () => http2?.url(),
    url() {
      const { host, port } = address();
      return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    },
  };
}
