/** A gateway for any supergraph: none of the platform's identity, pages or subgraphs, everything else of it. */
import { systemClock } from '@marquee/domain';
import {
  createLogger,
  type Logger,
  MarqueeError,
  overallReadiness,
  type Tracing,
} from '@marquee/service-kit';
import { createMetrics, type Metrics } from '@marquee/service-kit/service';
import { parse } from 'graphql';
import { type GatewayConfig, parseGatewayConfig } from '../config.ts';
import { graphNames } from '../executor/supergraph/join-directives.ts';
import { loadSupergraph } from '../executor/supergraph/supergraph.ts';
import type { SupergraphLifecycle } from '../federation/supergraph-lifecycle.ts';
import { assertAllowed } from '../federation/variants/subgraph-addresses.ts';
import { folderVariants } from '../federation/variants/variant-source.ts';
import { createGateway } from '../gateway.ts';
import { authenticationConfig } from '../identity/authentication-options.ts';
import { bearerIdentity } from '../identity/bearer.identity.ts';
import type { Gateway } from '../options.ts';
import { createQuotas } from '../partners/quotas/create-quotas.ts';
import { createResponseStore } from '../response-cache/create-response-store.ts';
import { folderPurges } from '../response-cache/purges/purge-ledger.ts';
import { metricsRoute } from '../routes/metrics.route.ts';
import { documentsOf, http2Of, partnersOf, quotasOf } from './client-settings.ts';
import { httpLimitsOf, overloadOf, sightOf } from './edge-settings.ts';
import { documentLimits, type GatewayFile, propagatedHeaders, streamOptions } from './gateway-file.ts';
import { SubgraphConnections } from './subgraph-connections.ts';

export interface SupergraphService {
  readonly supergraphSdl: string;
  readonly file: GatewayFile;
  /** Whatever comes after `supergraphSdl`; started and stopped by the process. Absent: that one stays. */
  readonly supergraph?: SupergraphLifecycle | undefined;
  /** Folder with preview variants. Absent: there are none. */
  readonly variantFolder?: string | undefined;
  /** Says more to clients. */
  readonly development: boolean;
  readonly explorer: boolean;
  /** Default: new ones. */
  readonly metrics?: Metrics;
  /** Started and stopped by the process. Absent: nothing is traced. */
  readonly tracing?: Tracing | undefined;
}

/**
 * Not started yet.
 * @throws MarqueeError CONFIG_INVALID for settings that contradict each other or the supergraph.
 */
export function createSupergraphGateway(
  service: SupergraphService,
  logger: Logger = createLogger({ service: 'gateway', level: service.file.logLevel }),
): Gateway {
  const { supergraphSdl, file, development, explorer } = service;
  if (explorer && !development) {
    throw new MarqueeError('CONFIG_INVALID', '--explorer is for --development only');
  }
  const { metrics = createMetrics('gateway'), tracing, supergraph } = service;
  const connections = new SubgraphConnections({ file, logger, metrics });
  // Apart from the others, whose state says whether the graph itself is well.
  const previews = new SubgraphConnections({ file, logger, metrics });
  const elsewhere = new SubgraphConnections({
    file: { defaults: file.defaults, subgraphs: {} },
    logger,
    metrics,
  });
  const quotas = file.partners && createQuotas(quotasOf(file.partners), logger);
  const readiness = () => {
    const own = overallReadiness([gateway, ...(supergraph === undefined ? [] : [supergraph])]);
    return { ready: own.ready, components: { ...own.components, ...connections.readiness() } };
  };
  const gateway = createGateway({
    config: edgeConfig(file, development),
    supergraphSdl,
    ...(supergraph && { supergraph }),
    executors: {},
    contracts: file.contracts,
    propagatedHeaders: propagatedHeaders(file),
    ...(quotas && { quotas }),
    dataSourceFor: (name, url) => connections.connect(name, url),
    ...(service.variantFolder !== undefined && {
      variants: {
        source: folderVariants({ folder: service.variantFolder }),
        connect: (name, url) => elsewhere.connect(name, url),
        dataSourceFor(name, url) {
          if (connections.asks(name, url)) return previews.connect(name, url);
          // An address is no other for standing in the text.
          assertAllowed({ [name]: url }, file.variants.hosts);
          return elsewhere.connect(name, url);
        },
      },
    }),
    // Who asks is for the subgraphs to find out, from the headers they are configured to see.
    identity:
      file.authentication === undefined
        ? async () => undefined
        : bearerIdentity(authenticationConfig(file.authentication), systemClock, logger),
    authorization: { options: file.authorization },
    demandControl: {
      ...file.demandControl,
      mode: file.demandControl.mode ?? (file.partners === undefined ? 'off' : 'measure'),
    },
    ...(file.responseCache.mode === 'on' && {
      responseCache: {
        options: file.responseCache,
        store: createResponseStore(file.responseCache, logger),
        ...(file.responseCache.purges && { purges: folderPurges(file.responseCache.purges) }),
      },
    }),
    subgraphErrors: file.subgraphErrors ?? (development ? 'passed' : 'masked'),
    documentLimits: documentLimits(file),
    subscriptions: streamOptions(file),
    pages: explorer ? 'editor' : 'none',
    routes: [metricsRoute(metrics, readiness)],
    readiness,
    personas: [],
    exampleOperations: [],
    clock: systemClock,
    logger,
    metrics,
    tracing,
  });
  return gateway;
}

/** Settings that the file does not have are as everywhere else. */
function edgeConfig(file: GatewayFile, development: boolean): GatewayConfig {
  const usual = parseGatewayConfig({ MARQUEE_MODE: 'development' });
  const { limits, drain } = file;
  return {
    ...usual,
    ...file.listen,
    mode: development ? 'development' : 'production',
    logLevel: file.logLevel,
    requestDeadlineMs: limits.requestDeadlineMs,
    http: httpLimitsOf(file, limits.maxBodyBytes),
    drain: { graceMs: drain.graceMs ?? (development ? 0 : 1_000), boundMs: drain.boundMs },
    maxInFlight: limits.maxInFlight,
    compresses: file.compression === 'on',
    cors: file.cors,
    introspection: file.introspection,
    documents: documentsOf(file.documents),
    partners: file.partners && partnersOf(file.partners, development),
    http2: file.http2 && http2Of(file.http2),
    sight: sightOf(file),
    overrideShares: file.overrides,
    variants: file.variants,
    overload: overloadOf(file),
  };
}

/** @throws MarqueeError CONFIG_INVALID for a supergraph that cannot be served, or settings of subgraphs it does not have. */
export function checkSupergraph(supergraphSdl: string, file: GatewayFile): readonly string[] {
  const names = loadSupergraph(supergraphSdl).subgraphs.map(({ name }) => name);
  assertKnown(supergraphSdl, file);
  return names;
}

/**
 * A misspelt name would leave a subgraph with the defaults, and nobody would notice.
 * @throws MarqueeError CONFIG_INVALID
 */
export function assertKnown(supergraphSdl: string, { subgraphs, responseCache }: GatewayFile): void {
  const settings = [...new Set([...Object.keys(subgraphs), ...Object.keys(responseCache.subgraphs ?? {})])];
  if (settings.length === 0) return;
  const names = subgraphNames(supergraphSdl);
  const unknown = settings.filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new MarqueeError(
    'CONFIG_INVALID',
    `subgraphs: the supergraph has no ${unknown.join(', ')}; it has ${names.join(', ')}`,
  );
}

function subgraphNames(supergraphSdl: string): string[] {
  try {
    return [...graphNames(parse(supergraphSdl, { noLocation: true })).keys()];
  } catch (cause) {
    throw new MarqueeError('CONFIG_INVALID', { message: `the supergraph cannot be read: ${cause}`, cause });
  }
}
