/**
 * The life of a process of the distributed profile: configuration → parts → listen → start → serve → drain → stop.
 * It listens before its parts are up, so that `/ready` says what is being waited for; it says that it is not ready
 * before it stops listening, so that nobody sends it anything when it goes.
 */
import { flushCompileCache } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, systemClock } from '@marquee/domain';
import type { Component } from '../component.ts';
import type { Environment } from '../config.ts';
import { MarqueeError } from '../errors.ts';
import type { HttpRoute } from '../http-route.ts';
import { createLogger, type Logger } from '../logging.ts';
import { overallReadiness, startAll, stopAll } from '../process.ts';
import { runProcess } from '../run-process.ts';
import type { Subgraph } from '../subgraph/index.ts';
import type { Tracing } from '../telemetry/span.ts';
import { createTracing } from '../telemetry/tracing.ts';
import { goAfterOthers } from './background-priority.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { ServiceConfig, SubgraphConfig, TlsServerConfig } from './service-config.ts';
import { createServiceServer } from './service-server.ts';
import { tlsFiles } from './tls-files.ts';

/** For what still wants to be written. */
const LINGER_MS = 500;

/** What every part of a process may need. */
export interface ServiceKit {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface ServiceParts {
  /** In the order in which they start. The subgraph's own come by themselves, after these. */
  readonly components: readonly Component[];
  readonly subgraph?: Subgraph;
  readonly routes?: readonly HttpRoute[];
  /** What serves while a part does not, by the part's name; see `overallReadiness`. */
  readonly fallbacks?: Readonly<Record<string, string>>;
}

export interface ServiceDefinition<C extends ServiceConfig> {
  readonly name: string;
  /** Nobody waits for what it does: on a machine that it shares with others, they go first. */
  readonly isBackground?: boolean;
  /** @throws MarqueeError CONFIG_INVALID listing everything that is wrong. */
  loadConfig(environment: Environment): C;
  /** Makes the parts; starts none of them. */
  compose(config: C, kit: ServiceKit): ServiceParts;
  /** Needed where there is a subgraph. */
  readonly subgraphOptions?: (config: C) => SubgraphConfig;
}

export function runService<C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  environment: Environment,
): Promise<void> {
  if (definition.isBackground === true) goAfterOthers();
  return runProcess((signal) => serve(definition, environment, signal)).finally(() => {
    // A part that was still starting may hold the event loop; everything that matters has been stopped.
    setTimeout(() => process.exit(), LINGER_MS).unref();
  });
}

async function serve<C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  const config = definition.loadConfig(environment);
  const logger = createLogger({ service: definition.name, level: config.logLevel });
  const kit: ServiceKit = { clock: systemClock, logger, metrics: createMetrics(definition.name) };
  const tracing = await createTracing(config.telemetry, { ...kit, service: definition.name });
  const parts = definition.compose(config, kit);
  const components = [...parts.components, ...(parts.subgraph?.components ?? [])];
  let state: 'starting' | 'serving' | 'draining' = 'starting';

  const readiness = () => {
    const overall = overallReadiness(components, parts.fallbacks);
    const process = { ready: state === 'serving', ...(state === 'serving' ? {} : { detail: state }) };
    return { ready: overall.ready && process.ready, components: { process, ...overall.components } };
  };
  const server = createServiceServer({
    ...kit,
    host: config.host,
    port: config.port,
    readiness,
    routes: [...(parts.routes ?? []), ...(parts.subgraph?.routes ?? [])],
    ...subgraphRoute(definition, config, parts, kit, tracing, () => state === 'serving'),
  });

  await server.start();
  // First, so that it is stopped last.
  const everything = [...(tracing === undefined ? [] : [tracing]), ...components, server];
  try {
    await Promise.race([startAll(components, logger), aborted(signal)]);
    if (!signal.aborted) {
      // Where NODE_COMPILE_CACHE names a folder: who is killed writes nothing on the way out, and who comes after would
      // compile everything anew, on processors that are short just then.
      flushCompileCache();
      state = 'serving';
      logger.info({ url: server.url() }, 'ready');
    }
    await aborted(signal);
    state = 'draining';
    logger.info('draining');
    server.endStreams();
    await delay(config.drainGraceMs);
  } catch (error) {
    await stopAll(everything, logger, config.stopWithinMs);
    throw error;
  }
  const unclean = await stopAll(everything, logger, config.stopWithinMs);
  if (unclean.length > 0) {
    throw new MarqueeError('INTERNAL_SERVER_ERROR', `did not stop cleanly: ${unclean.join(', ')}`);
  }
  logger.info('stopped');
}

function subgraphRoute<C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  config: C,
  parts: ServiceParts,
  kit: ServiceKit,
  tracing: Tracing | undefined,
  serving: () => boolean,
) {
  if (parts.subgraph === undefined) return {};
  if (definition.subgraphOptions === undefined) throw new TypeError('a subgraph needs its options');
  const { tls, ...options } = definition.subgraphOptions(config);
  return {
    ...(tls === undefined ? {} : { tls: serverTls(tls, kit) }),
    subgraph: {
      ...kit,
      ...options,
      ...(tls?.clientCa === undefined ? {} : { clientNames: tls.clientNames }),
      subgraph: parts.subgraph,
      now: () => kit.clock.now(),
      serving,
      tracing,
    },
  };
}

function serverTls({ cert, key, clientCa }: TlsServerConfig, { clock, logger, metrics }: ServiceKit) {
  const files = tlsFiles({
    paths: { cert, key, ca: clientCa },
    name: 'server',
    now: () => clock.now(),
    logger,
    metrics,
  });
  return { files, asksForCertificates: clientCa !== undefined };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
