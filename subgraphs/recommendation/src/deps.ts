/** The recommendation process's ports, on their distributed adapters. */
import { catalogueNames } from '@marquee/catalogue';
import { createPostgresCatalogue } from '@marquee/catalogue/postgres';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import { createFreshness, observeEventBus } from '@marquee/event-bus';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { fixedExperiments, NO_EXPERIMENTS, watchedExperiments } from '@marquee/experimentation';
import { observeStore } from '@marquee/feature-store';
import { createRedisStore } from '@marquee/feature-store/redis';
import {
  CONTENT_DIMENSIONS,
  createTitleFollower,
  createTitleTable,
  createVectorFollower,
  MATERIALISER_CONSUMER,
  RANKING_COLUMNS,
  storeSlotGroupOf,
  titlePopularityView,
} from '@marquee/features';
import { parseTrials, TRIALS_KEY } from '@marquee/model-registry/trials';
import {
  COLLABORATIVE_MODEL_KEY,
  createModelFollower,
  TWO_TOWER_MODEL_KEY,
  TWO_TOWER_VECTORS_KEY,
} from '@marquee/model-runtime';
import { createOnnxRuntime, createOnnxVectorRuntime } from '@marquee/model-runtime/onnx';
import { PROFILE_PROJECTOR } from '@marquee/profiles';
import type { Component } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import { SERVING_POSTGRES, type ServiceKit } from '@marquee/service-kit/service';
import { towerCollectionName } from '@marquee/training/two-tower';
import { observeVectorIndex } from '@marquee/vector-index';
import { createExactVectorIndex } from '@marquee/vector-index/exact';
import { createQdrantVectorIndex } from '@marquee/vector-index/qdrant';
import { createCollaborativeRetrieval } from './collaborative/collaborative-retrieval.ts';
import type { RecommendationConfig } from './config.ts';
import type { RecommendationDeps } from './dependencies.ts';
import { createTrialModels } from './trials/trial-models.ts';
import { ownTowerCollection, sharedTowerCollection } from './two-tower/tower-collections.ts';
import { createTowerRetrieval } from './two-tower/tower-retrieval.ts';

/** `ports` in the order in which they start. */
export function recommendationDeps(
  config: RecommendationConfig,
  kit: ServiceKit,
): RecommendationDeps & { ports: Component[] } {
  const { clock, logger, metrics } = kit;
  const postgres = createPostgres({
    ...config.postgres,
    ...SERVING_POSTGRES,
    applicationName: 'marquee-recommendation',
    logger,
  });
  const catalogue = createPostgresCatalogue({ postgres, clock });
  const bus = observeEventBus(createNatsEventBus({ ...config.nats, clock, logger }), metrics);
  const broadcast = createNatsBroadcast({ ...config.nats, logger });
  const watch = (key: string, onChange: (value: string) => void) =>
    broadcast.watch(key, ({ value }) => onChange(value));
  const store = observeStore(
    createRedisStore({
      ...config.redis,
      slotGroupOf: storeSlotGroupOf(config.nats.partitions),
      logger,
    }),
    metrics,
  );
  const titles = createTitleTable();
  const vectorIndex = observeVectorIndex(
    config.qdrant === undefined
      ? createExactVectorIndex({ dimensions: CONTENT_DIMENSIONS, logger })
      : createQdrantVectorIndex({ ...config.qdrant, dimensions: CONTENT_DIMENSIONS, logger }),
    metrics,
  );
  const makeRuntime = (threads: number) =>
    createOnnxRuntime({
      threads,
      columns: RANKING_COLUMNS,
      featureViews: { [titlePopularityView.name]: titlePopularityView.version },
      logger,
    });
  const modelRuntime = makeRuntime(config.rankerThreads);
  const trials = createTrialModels({
    watch: (onChange) => watch(TRIALS_KEY, (text) => onChange(parseTrials(text))),
    makeRuntime: () => makeRuntime(1),
    modelsFolder: config.modelsFolder,
    logger,
  });
  // In every process's own memory, also beside Qdrant: the vectors belong to a version of the model, as the Gramian does.
  const collaborative = createCollaborativeRetrieval({
    titles,
    makeIndex: (dimensions) => createExactVectorIndex({ dimensions, logger }),
    logger,
  });
  const { qdrant } = config;
  const makeTowerRuntime = (columns: readonly string[]) =>
    createOnnxVectorRuntime({ threads: 1, columns, featureViews: {}, warmUpRows: 1, logger });
  const towers = createTowerRetrieval({
    ...{ titles, makeRuntime: makeTowerRuntime, logger },
    openCollection: (version) =>
      qdrant === undefined
        ? ownTowerCollection(
            {
              ...{ bus, catalogue, clock, logger, makeRuntime: makeTowerRuntime },
              makeIndex: (dimensions) => createExactVectorIndex({ dimensions, logger }),
            },
            version,
          )
        : sharedTowerCollection(
            observeVectorIndex(
              createQdrantVectorIndex({
                ...qdrant,
                collection: towerCollectionName(qdrant.collection, version),
                dimensions: version.dimensions,
                logger,
              }),
              metrics,
            ),
          ),
  });
  const experiments = watchedExperiments({ watch, fallback: fixedExperiments(NO_EXPERIMENTS), logger });
  const projections = [PROFILE_PROJECTOR, MATERIALISER_CONSUMER].map((name) => bus.progressOf(name));
  return {
    titles,
    store,
    vectorIndex,
    modelRuntime,
    trials,
    shadowShare: config.shadowShare,
    preRankTo: config.preRankTo,
    collaborative,
    towers,
    bus,
    freshness: createFreshness(projections),
    experiments,
    names: catalogueNames(catalogue),
    clock,
    exploration: config.exploration,
    tokenSecret: config.tokenSecret,
    logger,
    metrics,
    ports: [
      store,
      postgres,
      catalogue,
      bus,
      ...projections,
      broadcast,
      experiments,
      vectorIndex,
      modelRuntime,
      createModelFollower({ runtime: modelRuntime, modelsFolder: config.modelsFolder, watch, logger }),
      trials,
      createTitleFollower({ bus, catalogue, titles }),
      // After the titles: what its index is filtered by comes from them.
      collaborative,
      createModelFollower({
        optional: true,
        runtime: collaborative,
        key: COLLABORATIVE_MODEL_KEY,
        model: 'collaborative model',
        // An installation that was filled before there was one names none.
        firstWithinMs: 2_000,
        modelsFolder: config.modelsFolder,
        watch,
        logger,
      }),
      towers,
      createModelFollower({
        optional: true,
        runtime: towers,
        // Not before the catalogue-indexer has filled the version's collection, where there is one to share.
        key: qdrant === undefined ? TWO_TOWER_MODEL_KEY : TWO_TOWER_VECTORS_KEY,
        model: 'two-tower model',
        // Nobody waits for the first: other sources find candidates.
        firstWithinMs: 1,
        modelsFolder: config.modelsFolder,
        watch,
        logger,
      }),
      // An index that processes share is filled by the catalogue-indexer worker.
      ...(config.qdrant === undefined
        ? [createVectorFollower({ bus, catalogue, vectorIndex, titles, clock, logger })]
        : []),
    ],
  };
}
