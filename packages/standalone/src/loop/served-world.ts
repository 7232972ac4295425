/**
 * A world that is served on a clock of its own: all of the embedded profile behind its gateway, the lake beside it, and trainings and
 * promotions at moments that the loop chooses. Clients have nothing but its address.
 */
import { join } from 'node:path';
import type { Clock } from '@marquee/domain';
import type { EventLake } from '@marquee/event-lake';
import { SHIPPED_EXPERIMENTS } from '@marquee/experiment';
import { fileExperiments } from '@marquee/experimentation';
import type { ExplorationSettings } from '@marquee/exploration';
import {
  createGateway,
  parseGatewayConfig,
  readContracts,
  readSupergraph,
  readTrustedDocuments,
  trustingShippedDocuments,
} from '@marquee/gateway';
import { createLakeWriter, type LakeWriter } from '@marquee/lake-writer';
import type { ModelPromoter, PromotionPolicy } from '@marquee/model-promoter';
import {
  type ModelRegistry,
  productionOf,
  RETRIEVAL_LINES,
  type RetrievalLine,
  type RetrievalRegistry,
  retrievalRegistry,
} from '@marquee/model-registry';
import { RECOMMENDATION_FALLBACKS, type TrialModels } from '@marquee/recommendation';
import { type Logger, MarqueeError, overallReadiness, startAll, stopAll } from '@marquee/service-kit';
import { composeMarquee } from '../compose.ts';
import { embeddedDeps, embeddedLake, type MarqueeDeps } from '../deps.ts';
import { followedModels } from '../models/followed-models.ts';
import { rankingRegistry } from '../models/ranking-registry.ts';
import { worldPromoter } from '../models/world-training.ts';
import type { World } from '../world/data-directory.ts';

const STOP_BOUND_MS = 20_000;
const CAUGHT_UP_MS = 120_000;

export interface ServedWorldOptions {
  readonly folder: string;
  readonly world: World;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly policy: PromotionPolicy;
  readonly exploration?: ExplorationSettings | undefined;
  /** Titles as what serves sees them; for what is wrong on purpose. */
  readonly titlesServed?: (titles: MarqueeDeps['titles']) => MarqueeDeps['titles'];
}

export interface ServedWorld {
  readonly url: string;
  readonly deps: MarqueeDeps;
  readonly registry: ModelRegistry;
  readonly promoter: ModelPromoter;
  readonly trials: TrialModels;
  /** What finds candidates, line by line. */
  readonly retrieval: readonly ServedRetrieval[];
  /** Every event of the log is in the lake, for whoever opens it now. */
  intoLake(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServedRetrieval {
  readonly line: RetrievalLine;
  readonly registry: RetrievalRegistry;
  /** Of the version that answers; undefined: none does. */
  version(): string | undefined;
  /** Whether what answers is what the registry says. */
  isFollowed(): Promise<boolean>;
}

export async function serveWorld(options: ServedWorldOptions): Promise<ServedWorld> {
  const { folder, world, clock, logger, policy, exploration } = options;
  const made = embeddedDeps({ folder, clock, logger, rankerThreads: 1 });
  const deps = { ...made, titles: options.titlesServed?.(made.titles) ?? made.titles };
  const models = await followedModels({
    ...{ folder, world, clock, logger },
    runtime: deps.modelRuntime,
    towers: deps.towers,
    collaborative: deps.collaborative,
  });
  const marquee = composeMarquee(deps, {
    folder,
    model: models.production,
    collaborative: models.collaborative,
    tokenSecret: world.tokenSecret,
    experiments: fileExperiments(SHIPPED_EXPERIMENTS),
    artworkBaseUrl: '',
    trials: models.trials,
    // Few viewers come: each page counts.
    shadowShare: 1,
    // Other work goes on in the same process and on the same machine; a page without its ranker would teach the wrong thing.
    patience: 20,
    ...(exploration && { exploration }),
  });
  const config = parseGatewayConfig({
    MARQUEE_MODE: 'development',
    MARQUEE_HOST: '127.0.0.1',
    PORT: '0',
    MARQUEE_TIMEOUT_MS: '20000',
  });
  const gateway = createGateway({
    config: trustingShippedDocuments(config),
    store: deps.store,
    supergraphSdl: await readSupergraph(),
    executors: Object.fromEntries(marquee.subgraphs.map((subgraph) => [subgraph.name, subgraph.execute])),
    routes: marquee.subgraphs.flatMap((subgraph) => subgraph.routes),
    readiness: () => overallReadiness(marquee.components, RECOMMENDATION_FALLBACKS),
    contracts: await readContracts(),
    personas: world.personas,
    exampleOperations: await readTrustedDocuments(),
    ...{ clock, logger },
  });
  const lake = embeddedLake({ folder, clock, logger });
  const writer = createLakeWriter({ bus: deps.bus, lake, logger });
  const promoter = worldPromoter({ folder, clock, logger }, deps, { policy });
  // The promoter is asked by the loop; it has no timer here.
  const components = [...marquee.components, ...models.components, gateway, lake, writer];
  await startAll(components, logger);
  return {
    url: gateway.url(),
    deps,
    promoter,
    trials: models.trials,
    registry: rankingRegistry(join(folder, 'models'), clock),
    retrieval: RETRIEVAL_LINES.map((line) => servedRetrieval(line, deps, { folder, clock })),
    intoLake: () => intoLake(deps, lake, writer),
    async stop() {
      await promoter.stop();
      const unclean = await stopAll(components, logger, STOP_BOUND_MS);
      if (unclean.length > 0)
        throw new MarqueeError('INTERNAL_SERVER_ERROR', `did not stop: ${unclean.join(', ')}`);
    },
  };
}

function servedRetrieval(
  line: RetrievalLine,
  { collaborative, towers }: MarqueeDeps,
  { folder, clock }: Pick<ServedWorldOptions, 'folder' | 'clock'>,
): ServedRetrieval {
  const registry = retrievalRegistry(line, { modelsFolder: join(folder, 'models'), clock });
  const version = () => (line === 'collaborative' ? collaborative : towers).current?.version;
  return {
    ...{ line, registry, version },
    async isFollowed() {
      const wanted = productionOf((await registry.current()).state);
      // A registry goes by folders: name and version.
      return wanted === undefined || wanted.endsWith(version() ?? '?');
    },
  };
}

async function intoLake({ bus }: MarqueeDeps, lake: EventLake, writer: LakeWriter): Promise<void> {
  const sequence = await bus.lastSequence();
  for (let partition = 0; partition < bus.partitions; partition++) {
    if (await writer.settled({ sequence, partition }, CAUGHT_UP_MS)) continue;
    throw new MarqueeError('DEADLINE_EXCEEDED', 'the lake did not catch up with the log');
  }
  await lake.flush();
}
