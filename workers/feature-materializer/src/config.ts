/** Configuration of the feature-materializer process. */
import { type Environment, parseConfig } from '@marquee/service-kit';
import {
  NATS_VARIABLES,
  POSTGRES_VARIABLES,
  REDIS_VARIABLES,
  SERVICE_VARIABLES,
  toNatsConfig,
  toPostgresConfig,
  toRedisConfig,
  toServiceConfig,
} from '@marquee/service-kit/service';
import { z } from 'zod';

const variables = z.object({
  ...SERVICE_VARIABLES,
  ...NATS_VARIABLES,
  ...POSTGRES_VARIABLES,
  ...REDIS_VARIABLES,
});

export type FeatureMaterializerConfig = ReturnType<typeof loadFeatureMaterializerConfig>;

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function loadFeatureMaterializerConfig(environment: Environment) {
  const values = parseConfig(variables, environment);
  return {
    ...toServiceConfig(values),
    nats: toNatsConfig(values),
    postgres: toPostgresConfig(values),
    redis: toRedisConfig(values),
  };
}
