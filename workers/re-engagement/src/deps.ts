/** The re-engagement process's ports, on their distributed adapters. */
import { createPostgresCatalogue } from '@marquee/catalogue/postgres';
import type { Leases } from '@marquee/coordination';
import { createNatsLeases } from '@marquee/coordination/nats-jetstream';
import { observeEventBus } from '@marquee/event-bus';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { observeStore } from '@marquee/feature-store';
import { createRedisStore } from '@marquee/feature-store/redis';
import { createTitleFollower, createTitleTable, storeSlotGroupOf } from '@marquee/features';
import type { Component } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import type { ServiceKit } from '@marquee/service-kit/service';
import type { ReEngagementConfig } from './config.ts';
import type { ReEngagementDeps } from './re-engagement.worker.ts';

/** `ports` in the order in which they start. */
export function reEngagementDeps(
  config: ReEngagementConfig,
  kit: ServiceKit,
): ReEngagementDeps & { leases: Leases; ports: Component[] } {
  const { clock, logger, metrics } = kit;
  const postgres = createPostgres({ ...config.postgres, applicationName: 'marquee-re-engagement', logger });
  const catalogue = createPostgresCatalogue({ postgres, clock });
  const bus = observeEventBus(createNatsEventBus({ ...config.nats, clock, logger }), metrics);
  const leases = createNatsLeases({ ...config.nats, logger });
  const store = observeStore(
    createRedisStore({ ...config.redis, slotGroupOf: storeSlotGroupOf(config.nats.partitions), logger }),
    metrics,
  );
  const titles = createTitleTable();
  return {
    bus,
    store,
    titles,
    leases,
    clock,
    logger,
    metrics,
    ports: [postgres, catalogue, store, bus, createTitleFollower({ bus, catalogue, titles }), leases],
  };
}
