/** The monitor process's ports, on their distributed adapters. */
import { join } from 'node:path';
import { createPostgresCatalogue } from '@marquee/catalogue/postgres';
import type { Leases } from '@marquee/coordination';
import { createNatsBroadcast, createNatsLeases } from '@marquee/coordination/nats-jetstream';
import { observeEventBus } from '@marquee/event-bus';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { openLake } from '@marquee/event-lake';
import { observeStore } from '@marquee/feature-store';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { createRedisStore } from '@marquee/feature-store/redis';
import { storeSlotGroupOf } from '@marquee/features';
import { collaborativeRegistry, inForceSince } from '@marquee/model-registry';
import { COLLABORATIVE_MODEL_KEY } from '@marquee/model-runtime';
import type { Component } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import type { ServiceKit } from '@marquee/service-kit/service';
import type { MonitorConfig } from './config.ts';
import { reportKeeper } from './keep-report.ts';
import { liveFindings } from './live-findings.ts';
import type { MonitorDeps } from './monitor.worker.ts';
import { lastDayReporter } from './report-last-day.ts';

/** `ports` in the order in which they start. */
export function monitorDeps(
  config: MonitorConfig,
  kit: ServiceKit,
): MonitorDeps & { leases: Leases; ports: Component[] } {
  const { clock, logger, metrics } = kit;
  const postgres = createPostgres({ ...config.postgres, applicationName: 'marquee-monitor', logger });
  const catalogue = createPostgresCatalogue({ postgres, clock });
  const bus = observeEventBus(createNatsEventBus({ ...config.nats, clock, logger }), metrics);
  const broadcast = createNatsBroadcast({ ...config.nats, logger });
  const leases = createNatsLeases({ ...config.nats, logger });
  const store = observeStore(
    createRedisStore({ ...config.redis, slotGroupOf: storeSlotGroupOf(config.nats.partitions), logger }),
    metrics,
  );
  const reader = () => openLake(config.lake);
  const makeReport = lastDayReporter(
    {
      catalogue,
      store,
      clock,
      openLake: reader,
      makeReplayStore: () => createMemoryStore({ clock, logger }),
      async collaborativeInForce() {
        const pointer = await broadcast.get(COLLABORATIVE_MODEL_KEY);
        if (pointer === undefined) return undefined;
        const registry = collaborativeRegistry({ modelsFolder: config.modelsFolder, clock });
        const since = await inForceSince(registry, pointer.value);
        return { folder: join(config.modelsFolder, pointer.value), since };
      },
    },
    config.report,
  );
  // The other consumers export theirs themselves; the lake is what the monitor and training go by.
  const consumerLags = async () => {
    const lake = await reader();
    try {
      const behind = (await bus.lastSequence()) - Math.max(0, ...lake.positions.values());
      return { 'lake-writer': Math.max(0, behind) };
    } finally {
      await lake.close();
    }
  };
  return {
    makeReport,
    live: () => liveFindings({ store, clock, consumerLags }),
    broadcast,
    ...(config.reportsFolder !== undefined && { keep: reportKeeper(config.reportsFolder) }),
    leases,
    clock,
    logger,
    metrics,
    ports: [postgres, catalogue, store, bus, broadcast, leases],
  };
}
