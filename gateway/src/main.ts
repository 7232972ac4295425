/** The gateway as a process of its own: configuration → subgraphs → gateway → listen → drain → stop. */
import { systemClock } from '@marquee/domain';
import {
  createLogger,
  MarqueeError,
  overallReadiness,
  runProcess,
  startAll,
  stopAll,
} from '@marquee/service-kit';
import { createMetrics, createTracing, tlsFiles } from '@marquee/service-kit/service';
import { processResponseCache } from './deps.ts';
import { createGateway } from './gateway.ts';
import { createQuotas } from './partners/quotas/create-quotas.ts';
import { loadGatewayProcessConfig } from './process-config.ts';
import { processSupergraph, processVariants } from './process-supergraph.ts';
import { metricsRoute } from './routes/metrics.route.ts';
import {
  readContracts,
  readSupergraph,
  readTrustedDocuments,
  trustingShippedDocuments,
} from './shipped-schema.ts';
import { createHttpSubgraph } from './subgraphs/http-subgraph.ts';
import { dataSourceOver } from './subgraphs/subgraph-data-source.ts';

await runProcess(async (signal) => {
  const config = loadGatewayProcessConfig(process.env);
  const kit = {
    clock: systemClock,
    logger: createLogger({ service: 'gateway', level: config.gateway.logLevel }),
    metrics: createMetrics('gateway'),
  };
  const { gatewaySecret } = config;
  const tracing = await createTracing(config.gateway.telemetry, { ...kit, service: 'gateway' });
  const tls =
    config.subgraphTls &&
    tlsFiles({ ...kit, paths: config.subgraphTls, name: 'client', now: () => kit.clock.now() });
  tls?.start();
  const reach = (name: string, urls: readonly string[]) =>
    createHttpSubgraph({ ...kit, name, urls, gatewaySecret, ...(tls && { tls }) });
  const subgraphs = Object.entries(config.subgraphs).map(
    ([name, urls]) => [name, reach(name, urls)] as const,
  );
  const transports = subgraphs.map(([, subgraph]) => subgraph);
  const supergraph = processSupergraph({
    ...kit,
    config: config.supergraph,
    shipped: await readSupergraph(),
    reachable: new Set(Object.keys(config.subgraphs)),
    now: () => kit.clock.now(),
  });
  const variants = processVariants(config.supergraph.source, kit.logger);
  const readiness = () => overallReadiness([...transports, supergraph]);
  // First of all: what there is to serve decides over everything else.
  await supergraph.start();
  const responseCache = processResponseCache(config.responseCache, kit);
  const quotas = createQuotas(config.quotas, kit.logger);
  const gateway = createGateway({
    ...kit,
    ...(quotas && { quotas }),
    ...(responseCache && { responseCache }),
    tracing,
    config: trustingShippedDocuments(config.gateway),
    supergraphSdl: supergraph.first,
    supergraph,
    ...(variants && {
      variants: {
        source: variants,
        connect: (name, url) => dataSourceOver(name, reach(name, [new URL(url).origin]), kit.logger),
      },
    }),
    executors: Object.fromEntries(subgraphs.map(([name, { execute }]) => [name, execute])),
    routes: [metricsRoute(kit.metrics, readiness)],
    readiness,
    contracts: await readContracts(),
    personas: config.personas,
    exampleOperations: await readTrustedDocuments(),
  });

  // First, so that it is stopped last.
  const components = [...(tracing === undefined ? [] : [tracing]), ...transports, gateway];
  try {
    await startAll(components, kit.logger);
  } catch (error) {
    await supergraph.stop();
    throw error;
  }
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  const unclean = await stopAll([supergraph, ...components], kit.logger, config.stopWithinMs);
  if (unclean.length > 0) {
    throw new MarqueeError('INTERNAL_SERVER_ERROR', `did not stop cleanly: ${unclean.join(', ')}`);
  }
});
