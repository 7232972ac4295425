/** The lake-writer process's ports, on their distributed adapters. */
import type { Leases } from '@marquee/coordination';
import { createNatsLeases } from '@marquee/coordination/nats-jetstream';
import { observeEventBus } from '@marquee/event-bus';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { createEventLake } from '@marquee/event-lake';
import type { Component } from '@marquee/service-kit';
import type { ServiceKit } from '@marquee/service-kit/service';
import type { LakeWriterConfig } from './config.ts';
import type { LakeWriterDeps } from './lake-writer.worker.ts';

/** `ports` in the order in which they start. */
export function lakeWriterDeps(
  config: LakeWriterConfig,
  kit: ServiceKit,
): LakeWriterDeps & { leases: Leases; ports: Component[] } {
  const { clock, logger, metrics } = kit;
  const lake = createEventLake({ ...config.lake, clock, logger });
  const bus = observeEventBus(createNatsEventBus({ ...config.nats, clock, logger }), metrics);
  const leases = createNatsLeases({ ...config.nats, logger });
  return { bus, lake, leases, logger, metrics, ports: [lake, bus, leases] };
}
