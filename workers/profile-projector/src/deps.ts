/** The profile-projector process's ports, on their distributed adapters. */
import type { Leases } from '@marquee/coordination';
import { createNatsLeases } from '@marquee/coordination/nats-jetstream';
import { observeEventBus } from '@marquee/event-bus';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { createPostgresProfiles } from '@marquee/profiles/postgres';
import type { Component } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import type { ServiceKit } from '@marquee/service-kit/service';
import type { ProfileProjectorConfig } from './config.ts';
import type { ProfileProjectorDeps } from './profile-projector.worker.ts';

/** `ports` in the order in which they start. */
export function profileProjectorDeps(
  config: ProfileProjectorConfig,
  kit: ServiceKit,
): ProfileProjectorDeps & { leases: Leases; ports: Component[] } {
  const { clock, logger, metrics } = kit;
  const postgres = createPostgres({ ...config.postgres, applicationName: 'marquee-projector', logger });
  const profiles = createPostgresProfiles({ postgres, clock });
  const bus = observeEventBus(createNatsEventBus({ ...config.nats, clock, logger }), metrics);
  const leases = createNatsLeases({ ...config.nats, logger });
  return { bus, profiles, leases, logger, metrics, ports: [postgres, profiles, bus, leases] };
}
