/** Serves a world, preparing it first when it is not there. */
import { join } from 'node:path';
import { systemClock } from '@marquee/domain';
import type { EventBus } from '@marquee/event-bus';
import { SHIPPED_EXPERIMENTS } from '@marquee/experiment';
import { fileExperiments } from '@marquee/experimentation';
import { MATERIALISER_CONSUMER } from '@marquee/features';
import {
  createGateway,
  createResponseStore,
  folderPurges,
  metricsRoute,
  platformChanges,
  type ResponseCacheSetup,
  readContracts,
  readSupergraph,
  readTrustedDocuments,
  trustingShippedDocuments,
} from '@marquee/gateway';
import { createLakeWriter } from '@marquee/lake-writer';
import { PROFILE_PROJECTOR } from '@marquee/profiles';
import { RECOMMENDATION_FALLBACKS } from '@marquee/recommendation';
import {
  type Component,
  createLogger,
  type Environment,
  type Logger,
  MarqueeError,
  type Metrics,
  overallReadiness,
  startAll,
  stopAll,
} from '@marquee/service-kit';
import {
  createMetrics,
  createTracing,
  exportConsumer,
  type ObservedConsumer,
} from '@marquee/service-kit/service';
import { backgroundWorkers } from '../background/background-workers.ts';
import type { StartArguments } from '../cli/arguments.ts';
import { banner } from '../cli/banner.ts';
import { createProgress } from '../cli/progress.ts';
import { requireFreeAddress } from '../cli/require-free-address.ts';
import { composeMarquee } from '../compose.ts';
import { loadConfig, type StandaloneConfig } from '../config.ts';
import { embeddedBroadcast, embeddedDeps, embeddedLake, type MarqueeDeps, observedDeps } from '../deps.ts';
import { followedModels } from '../models/followed-models.ts';
import { learningComponents } from '../models/world-training.ts';
import {
  type DataDirectory,
  openDataDirectory,
  WORLD_DATABASES,
  type World,
} from '../world/data-directory.ts';
import { beginDatabaseCheck } from '../world/database-check.ts';
import { ensureWorld } from '../world/ensure-world.ts';
import { movieLensSource } from '../world/movielens-source.ts';
import { rebuildFeatures } from '../world/rebuild-features.ts';
import { SAMPLE_SEED, sampleSource } from '../world/sample-source.ts';

const STOP_BOUND_MS = 10_000;
/** How long a start may wait for the databases' check: the sample world's half gigabyte takes 0.5 s from the page cache. */
const CHECK_WAIT_MS = 1_000;

/** Runs until `signal` aborts; resolves when everything is closed. */
export async function start(
  args: StartArguments,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  const config = loadConfig(environment, args);
  const logger = createLogger({ service: 'marquee', level: config.logLevel });
  const directory = await openDataDirectory(config.dataDirectory);
  try {
    await requireFreeAddress(config.gateway);
    const world = await findWorld(directory, args, config, logger, signal);
    await serve(directory, world, config, logger, startedAt, signal);
  } finally {
    directory.release();
  }
}

async function findWorld(
  directory: DataDirectory,
  args: StartArguments,
  config: StandaloneConfig,
  logger: Logger,
  signal: AbortSignal,
): Promise<World> {
  const work = {
    directory,
    rankerThreads: config.rankerThreads,
    clock: systemClock,
    logger,
    progress: createProgress(process.stderr),
    seed: SAMPLE_SEED,
    signal,
  };
  const source =
    args.data === undefined ? sampleSource({ profiles: args.profiles }) : movieLensSource(args.data);
  const present = await directory.readWorld(args.world ?? source.name);
  if (present !== undefined) return args.rebuildFeatures ? rebuildFeatures(present, work) : present;
  if (args.world !== undefined) {
    throw new MarqueeError(
      'NOT_FOUND',
      `there is no world ${args.world} in ${directory.path}; npm run import makes one`,
    );
  }
  return ensureWorld({ ...work, source });
}

async function serve(
  directory: DataDirectory,
  world: World,
  config: StandaloneConfig,
  logger: Logger,
  startedAt: number,
  signal: AbortSignal,
): Promise<void> {
  const folder = directory.worldFolder(world.name);
  const metrics = createMetrics('marquee');
  const tracing = await createTracing(config.gateway.telemetry, { service: 'marquee', logger, metrics });
  const deps = observedDeps(
    embeddedDeps({ folder, clock: systemClock, logger, rankerThreads: config.rankerThreads }),
    metrics,
  );
  const models = await followedModels({
    folder,
    world,
    runtime: deps.modelRuntime,
    towers: deps.towers,
    collaborative: deps.collaborative,
    clock: systemClock,
    logger,
  });
  const marquee = composeMarquee(deps, {
    folder,
    model: models.production,
    collaborative: models.collaborative,
    tokenSecret: world.tokenSecret,
    experiments: fileExperiments(SHIPPED_EXPERIMENTS),
    trials: models.trials,
    exploration: config.exploration,
    artworkBaseUrl: config.artworkBaseUrl,
    preRankTo: config.preRankTo,
    metrics,
  });
  const readiness = () => overallReadiness(marquee.components, RECOMMENDATION_FALLBACKS);
  const gateway = createGateway({
    config: trustingShippedDocuments(config.gateway),
    store: deps.store,
    supergraphSdl: await readSupergraph(),
    responseCache: responseCacheOf(config, deps, metrics),
    executors: Object.fromEntries(marquee.subgraphs.map((subgraph) => [subgraph.name, subgraph.execute])),
    routes: [...marquee.subgraphs.flatMap((subgraph) => subgraph.routes), metricsRoute(metrics, readiness)],
    readiness,
    contracts: await readContracts(),
    personas: world.personas,
    exampleOperations: await readTrustedDocuments(),
    clock: systemClock,
    logger,
    metrics,
    tracing,
  });
  const check = beginDatabaseCheck({
    files: WORLD_DATABASES.map((database) => join(folder, database)),
    waitMs: CHECK_WAIT_MS,
    logger,
  });
  // After the gateway: catching up with the log is no reason to let anybody wait.
  const lake = config.lake ? lakeOf(folder, deps.bus, logger, metrics) : [];
  const broadcast = embeddedBroadcast({ folder, logger });
  const { preparedAt } = world;
  const learning = config.lake
    ? await learningComponents(
        {
          ...{ folder, clock: systemClock, logger, metrics, preparedAt, broadcast },
          ...{ store: deps.store, catalogue: deps.catalogue },
        },
        config.training,
        config.promotion,
      )
    : [];
  const background = backgroundWorkers({
    ...{ deps, folder, metrics, broadcast, home: marquee.home },
    consumers: [...marquee.consumers, ...lake.filter((part) => 'lag' in part)] as readonly ObservedConsumer[],
    ...config.background,
    monitorEveryMs: config.lake ? config.background.monitorEveryMs : 0,
  });
  // Tracing comes first, so that it is stopped last.
  const components = [
    ...(tracing === undefined ? [] : [tracing]),
    ...marquee.components,
    ...models.components,
    check,
    gateway,
    ...lake,
    broadcast,
    ...learning,
    ...background,
  ];
  try {
    await startAll(components, logger);
  } catch (error) {
    await check.stop();
    throw error;
  }
  if (!signal.aborted) {
    const seconds = (performance.now() - startedAt) / 1000;
    process.stdout.write(banner({ world, url: gateway.url(), mode: config.gateway.mode, seconds }));
  }
  const damage = await Promise.race([aborted(signal), check.damage]).catch((error: unknown) => error);
  const unclean = await stopAll(components, logger, STOP_BOUND_MS);
  if (damage !== undefined) throw damage;
  if (unclean.length > 0) {
    throw new MarqueeError('INTERNAL_SERVER_ERROR', `did not stop cleanly: ${unclean.join(', ')}`);
  }
}

function lakeOf(folder: string, bus: EventBus, logger: Logger, metrics: Metrics): Component[] {
  const lake = embeddedLake({ folder, clock: systemClock, logger });
  const writer = createLakeWriter({ bus, lake, logger, metrics });
  exportConsumer(metrics, writer);
  return [lake, writer];
}

function responseCacheOf(
  { responseCache: options }: StandaloneConfig,
  { bus, logger }: Pick<MarqueeDeps, 'bus' | 'logger'>,
  metrics: Metrics,
): ResponseCacheSetup {
  return {
    options,
    store: createResponseStore(options, logger),
    ...(options.purges && { purges: folderPurges(options.purges) }),
    changes: platformChanges({
      bus,
      projections: [PROFILE_PROJECTOR, MATERIALISER_CONSUMER].map((name) => bus.progressOf(name)),
      maxAgeMs: options.maxPrivateAgeSeconds * 1_000,
      logger,
      metrics,
    }),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
