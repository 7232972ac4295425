/** The content process's ports, on their distributed adapters. */
import { createPostgresCatalogue } from '@marquee/catalogue/postgres';
import { createPostgresProfiles } from '@marquee/profiles/postgres';
import type { Component } from '@marquee/service-kit';
import { createPostgres } from '@marquee/service-kit/postgres';
import { SERVING_POSTGRES, type ServiceKit } from '@marquee/service-kit/service';
import type { ContentConfig } from './config.ts';
import type { ContentDeps } from './content-subgraph.ts';

/** `ports` in the order in which they start. */
export function contentDeps(config: ContentConfig, kit: ServiceKit): ContentDeps & { ports: Component[] } {
  const { clock, logger } = kit;
  const postgres = createPostgres({
    ...config.postgres,
    ...SERVING_POSTGRES,
    applicationName: 'marquee-content',
    logger,
  });
  const catalogue = createPostgresCatalogue({ postgres, clock });
  const profiles = createPostgresProfiles({ postgres, clock });
  return {
    catalogue,
    maturityLimitOf: async (profileId) => (await profiles.profilesByIds([profileId]))[0]?.maturityLimit,
    clock,
    artworkBaseUrl: config.artworkBaseUrl,
    outlivesCatalogue: true,
    logger,
    ports: [postgres, catalogue, profiles],
  };
}
