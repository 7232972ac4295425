/** The catalogue-indexer process's ports, on their distributed adapters. */
import { createPostgresCatalogue } from '@marquee/catalogue/postgres';
import type { Leases } from '@marquee/coordination';
import { createNatsLeases } from '@marquee/coordination/nats-jetstream';
import { observeEventBus } from '@marquee/event-bus';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { CONTENT_DIMENSIONS, type VectorFollowerDeps } from '@marquee/features';
import { type Component, MarqueeError } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import type { ServiceKit } from '@marquee/service-kit/service';
import { observeVectorIndex } from '@marquee/vector-index';
import { createQdrantVectorIndex } from '@marquee/vector-index/qdrant';
import type { CatalogueIndexerConfig } from './config.ts';

/** `ports` in the order in which they start. */
export function catalogueIndexerDeps(
  config: CatalogueIndexerConfig,
  kit: ServiceKit,
): VectorFollowerDeps & { leases: Leases; ports: Component[] } {
  const { clock, logger, metrics } = kit;
  if (config.qdrant === undefined) {
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
    createQdrantVectorIndex({ ...config.qdrant, dimensions: CONTENT_DIMENSIONS, logger }),
    metrics,
  );
  return {
    bus,
    catalogue,
    vectorIndex,
    leases,
    clock,
    logger,
    ports: [postgres, catalogue, bus, leases, vectorIndex],
  };
}
