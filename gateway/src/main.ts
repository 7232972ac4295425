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
import { createMetrics } from '@marquee/service-kit/service';
import { createGateway } from './gateway.ts';
import { loadGatewayProcessConfig } from './process-config.ts';
import { metricsRoute } from './routes/metrics.route.ts';
import { readSupergraph, readTrustedDocuments } from './shipped-schema.ts';
import { createHttpSubgraph } from './subgraphs/http-subgraph.ts';

await runProcess(async (signal) => {
  const config = loadGatewayProcessConfig(process.env);
  const kit = {
    clock: systemClock,
    logger: createLogger({ service: 'gateway', level: config.gateway.logLevel }),
    metrics: createMetrics('gateway'),
  };
  const { gatewaySecret } = config;
  const subgraphs = Object.entries(config.subgraphs).map(
    ([name, urls]) => [name, createHttpSubgraph({ ...kit, name, urls, gatewaySecret })] as const,
  );
  const transports = subgraphs.map(([, subgraph]) => subgraph);
  const readiness = () => overallReadiness(transports);
  const gateway = createGateway({
    ...kit,
    config: config.gateway,
    supergraphSdl: await readSupergraph(),
    executors: Object.fromEntries(subgraphs.map(([name, { execute }]) => [name, execute])),
    routes: [metricsRoute(kit.metrics, readiness)],
    readiness,
    personas: config.personas,
    exampleOperations: await readTrustedDocuments(),
  });

  const components = [...transports, gateway];
  await startAll(components, kit.logger);
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  const unclean = await stopAll(components, kit.logger, config.stopWithinMs);
  if (unclean.length > 0) {
    throw new MarqueeError('INTERNAL_SERVER_ERROR', `did not stop cleanly: ${unclean.join(', ')}`);
  }
});
