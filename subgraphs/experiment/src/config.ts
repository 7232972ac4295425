/** Configuration of the experiment process. */
import { type Environment, parseConfig } from '@marquee/service-kit';
import {
  NATS_VARIABLES,
  POSTGRES_VARIABLES,
  SERVICE_VARIABLES,
  SUBGRAPH_VARIABLES,
  toNatsConfig,
  toPostgresConfig,
  toServiceConfig,
  toSubgraphConfig,
} from '@marquee/service-kit/service';
import { z } from 'zod';

const variables = z.object({
  ...SERVICE_VARIABLES,
  ...SUBGRAPH_VARIABLES,
  ...POSTGRES_VARIABLES,
  ...NATS_VARIABLES,
});

export type ExperimentConfig = ReturnType<typeof loadExperimentConfig>;

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function loadExperimentConfig(environment: Environment) {
  const values = parseConfig(variables, environment);
  return {
    ...toServiceConfig(values),
    subgraph: toSubgraphConfig(values),
    postgres: toPostgresConfig(values),
    nats: toNatsConfig(values),
  };
}
