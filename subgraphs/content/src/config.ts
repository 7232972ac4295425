/** Configuration of the content process. */
import { type Environment, parseConfig } from '@marquee/service-kit';
import {
  POSTGRES_VARIABLES,
  SERVICE_VARIABLES,
  SUBGRAPH_VARIABLES,
  toPostgresConfig,
  toServiceConfig,
  toSubgraphConfig,
} from '@marquee/service-kit/service';
import { z } from 'zod';

const variables = z.object({
  ...SERVICE_VARIABLES,
  ...SUBGRAPH_VARIABLES,
  ...POSTGRES_VARIABLES,
  /** Where clients fetch artwork: this process, or a CDN in front of it. */
  MARQUEE_ARTWORK_URL: z.url().optional(),
});

export type ContentConfig = ReturnType<typeof loadContentConfig>;

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function loadContentConfig(environment: Environment) {
  const values = parseConfig(variables, environment);
  return {
    ...toServiceConfig(values),
    subgraph: toSubgraphConfig(values),
    postgres: toPostgresConfig(values),
    artworkBaseUrl: (values.MARQUEE_ARTWORK_URL ?? '').replace(/\/$/, ''),
  };
}
