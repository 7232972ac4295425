/** The catalogue-indexer process's ports, on their distributed adapters. */
import { createPostgresCatalogue } from '@marquee/catalogue/postgres';
import type { Leases } from '@marquee/coordination';
import { createNatsBroadcast, createNatsLeases } from '@marquee/coordination/nats-jetstream';
import { observeEventBus } from '@marquee/event-bus';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { CONTENT_DIMENSIONS } from '@marquee/features';
import { createOnnxVectorRuntime } from '@marquee/model-runtime/onnx';
import { type Component, MarqueeError } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import type { ServiceKit } from '@marquee/service-kit/service';
import { towerCollectionName } from '@marquee/training/two-tower';
import { observeVectorIndex } from '@marquee/vector-index';
import { createQdrantVectorIndex } from '@marquee/vector-index/qdrant';
import type { CatalogueIndexerDeps } from './catalogue-indexer.worker.ts';
import type { CatalogueIndexerConfig } from './config.ts';
import type { TowerIndexerDeps } from './tower-indexer.ts';

/** `ports` in the order in which they start. */
export function catalogueIndexerDeps(
  config: CatalogueIndexerConfig,
  kit: ServiceKit,
): CatalogueIndexerDeps & { leases: Leases; ports: Component[] } {
  const { clock, logger, metrics } = kit;
  const { qdrant } = config;
  if (qdrant === undefined) {
    throw new MarqueeError(
      'CONFIG_INVALID',
      'QDRANT_URL: needed here; without Qdrant every process that searches fills an index of its own',
    );
  }
  const postgres = createPostgres({ ...config.postgres, applicationName: 'marquee-indexer', logger });
  const catalogue = createPostgresCatalogue({ postgres, clock });
  const bus = observeEventBus(createNatsEventBus({ ...config.nats, clock, logger }), metrics);
  const leases = createNatsLeases({ ...config.nats, logger });
  const vectorIndex = observeVectorIndex(
    createQdrantVectorIndex({ ...qdrant, dimensions: CONTENT_DIMENSIONS, logger }),
    metrics,
  );
  const broadcast = createNatsBroadcast({ ...config.nats, logger });
  const towers: TowerIndexerDeps = {
    ...{ bus, catalogue, broadcast, clock, logger },
    modelsFolder: config.modelsFolder,
    makeRuntime: (columns) =>
      createOnnxVectorRuntime({ threads: 1, columns, featureViews: {}, warmUpRows: 1, logger }),
    makeIndex: (version) =>
      observeVectorIndex(
        createQdrantVectorIndex({
          ...qdrant,
          collection: towerCollectionName(qdrant.collection, version),
          dimensions: version.dimensions,
          logger,
        }),
        metrics,
      ),
  };
  return {
    towers,
    bus,
    catalogue,
    vectorIndex,
    leases,
    clock,
    logger,
    ports: [postgres, catalogue, bus, leases, broadcast, vectorIndex],
  };
}
