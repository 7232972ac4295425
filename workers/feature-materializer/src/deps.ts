/** The feature-materializer process's ports, on their distributed adapters. */
import { createPostgresCatalogue } from '@marquee/catalogue/postgres';
import type { Leases } from '@marquee/coordination';
import { createNatsLeases } from '@marquee/coordination/nats-jetstream';
import { observeEventBus } from '@marquee/event-bus';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { observeStore } from '@marquee/feature-store';
import { createRedisStore } from '@marquee/feature-store/redis';
import { createTitleFollower, createTitleTable, storeSlotGroupOf, titleLoader } from '@marquee/features';
import type { Component } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import type { ServiceKit } from '@marquee/service-kit/service';
import type { FeatureMaterializerConfig } from './config.ts';
import type { FeatureMaterializerDeps } from './feature-materializer.ts';

/** Nobody waits here within a request, and a batch that is given up is read and folded all over again. */
const STORE_TIMEOUT_MS = 2_000;

/** `ports` in the order in which they start. */
export function featureMaterializerDeps(
  config: FeatureMaterializerConfig,
  kit: ServiceKit,
): FeatureMaterializerDeps & { leases: Leases; ports: Component[] } {
  const { clock, logger, metrics } = kit;
  const postgres = createPostgres({ ...config.postgres, applicationName: 'marquee-materializer', logger });
  const catalogue = createPostgresCatalogue({ postgres, clock });
  const bus = observeEventBus(createNatsEventBus({ ...config.nats, clock, logger }), metrics);
  const leases = createNatsLeases({ ...config.nats, logger });
  const store = observeStore(
    createRedisStore({
      ...config.redis,
      slotGroupOf: storeSlotGroupOf(config.nats.partitions),
      commandTimeoutMs: STORE_TIMEOUT_MS,
      logger,
    }),
    metrics,
  );
  const titles = createTitleTable();
  return {
    bus,
    store,
    titles,
    loadTitles: titleLoader(catalogue, titles),
    leases,
    clock,
    logger,
    metrics,
    ports: [store, postgres, catalogue, bus, leases, createTitleFollower({ bus, catalogue, titles })],
  };
}
