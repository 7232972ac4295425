/** Serves a world, preparing it first when it is not there. */
import { systemClock } from '@marquee/domain';
import { SHIPPED_EXPERIMENTS } from '@marquee/experiment';
import { fileExperiments } from '@marquee/experimentation';
import { createGateway } from '@marquee/gateway';
import {
  createLogger,
  type Environment,
  type Logger,
  MarqueeError,
  overallReadiness,
  startAll,
  stopAll,
} from '@marquee/service-kit';
import type { StartArguments } from '../cli/arguments.ts';
import { banner } from '../cli/banner.ts';
import { createProgress } from '../cli/progress.ts';
import { composeMarquee } from '../compose.ts';
import { loadConfig, type StandaloneConfig } from '../config.ts';
import { embeddedDeps } from '../deps.ts';
import { readSupergraph, readTrustedDocuments } from '../supergraph.ts';
import { type DataDirectory, openDataDirectory, type World } from '../world/data-directory.ts';
import { ensureWorld } from '../world/ensure-world.ts';
import { movieLensSource } from '../world/movielens-source.ts';
import { rebuildFeatures } from '../world/rebuild-features.ts';
import { SAMPLE_SEED, sampleSource } from '../world/sample-source.ts';

const STOP_BOUND_MS = 10_000;

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
  const deps = embeddedDeps({ folder, clock: systemClock, logger, rankerThreads: config.rankerThreads });
  const marquee = composeMarquee(deps, {
    folder,
    model: world.model,
    tokenSecret: world.tokenSecret,
    experiments: fileExperiments(SHIPPED_EXPERIMENTS),
    artworkBaseUrl: config.artworkBaseUrl,
  });
  const gateway = createGateway({
    config: config.gateway,
    supergraphSdl: await readSupergraph(),
    executors: Object.fromEntries(marquee.subgraphs.map((subgraph) => [subgraph.name, subgraph.execute])),
    routes: marquee.subgraphs.flatMap((subgraph) => subgraph.routes),
    readiness: () => overallReadiness(marquee.components),
    personas: world.personas,
    exampleOperations: await readTrustedDocuments(),
    clock: systemClock,
    logger,
  });
  const components = [...marquee.components, gateway];
  await startAll(components, logger);
  if (!signal.aborted) {
    const seconds = (performance.now() - startedAt) / 1000;
    process.stdout.write(banner({ world, url: gateway.url(), mode: config.gateway.mode, seconds }));
  }
  await aborted(signal);
  const unclean = await stopAll(components, logger, STOP_BOUND_MS);
  if (unclean.length > 0) {
    throw new MarqueeError('INTERNAL_SERVER_ERROR', `did not stop cleanly: ${unclean.join(', ')}`);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
