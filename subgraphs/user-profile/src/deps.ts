/** The user-profile process's ports, on their distributed adapters. */
import { randomUUID } from 'node:crypto';
import { catalogueLookup } from '@marquee/catalogue';
import { createPostgresCatalogue } from '@marquee/catalogue/postgres';
import { createFreshness, observeEventBus } from '@marquee/event-bus';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { MATERIALISER_CONSUMER } from '@marquee/features';
import { PROFILE_PROJECTOR } from '@marquee/profiles';
import { createPostgresProfiles } from '@marquee/profiles/postgres';
import type { Component } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import { SERVING_POSTGRES, type ServiceKit } from '@marquee/service-kit/service';
import type { UserProfileConfig } from './config.ts';
import type { UserProfileDeps } from './user-profile-subgraph.ts';

/** `ports` in the order in which they start. */
export function userProfileDeps(
  config: UserProfileConfig,
  kit: ServiceKit,
): UserProfileDeps & { ports: Component[] } {
  const { clock, logger, metrics } = kit;
  const postgres = createPostgres({
    ...config.postgres,
    ...SERVING_POSTGRES,
    applicationName: 'marquee-user-profile',
    logger,
  });
  const catalogue = createPostgresCatalogue({ postgres, clock });
  const profiles = createPostgresProfiles({ postgres, clock });
  const bus = observeEventBus(createNatsEventBus({ ...config.nats, clock, logger }), metrics);
  const projections = [PROFILE_PROJECTOR, MATERIALISER_CONSUMER].map((name) => bus.progressOf(name));
  return {
    profiles,
    bus,
    freshness: createFreshness(projections),
    catalogue: catalogueLookup(catalogue),
    clock,
    newId: randomUUID,
    logger,
    ports: [postgres, catalogue, profiles, bus, ...projections],
  };
}
