/** Configuration of the model-promoter process. */
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
import { PROMOTION_VARIABLES, toPromotionPolicy } from './variables.ts';

const variables = z.object({
  ...SERVICE_VARIABLES,
  ...NATS_VARIABLES,
  ...POSTGRES_VARIABLES,
  ...REDIS_VARIABLES,
  ...PROMOTION_VARIABLES,
  /** Folder of the lake, on storage that the lake writers write to. */
  MARQUEE_LAKE_FOLDER: z.string().min(1),
  /** Holds a folder per model version, and the registry; on storage that every process can read. */
  MARQUEE_MODELS_DIR: z.string().min(1).default('.marquee/models'),
});

export type ModelPromoterConfig = ReturnType<typeof loadModelPromoterConfig>;

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function loadModelPromoterConfig(environment: Environment) {
  const values = parseConfig(variables, environment);
  return {
    ...toServiceConfig(values),
    nats: toNatsConfig(values),
    postgres: toPostgresConfig(values),
    redis: toRedisConfig(values),
    policy: toPromotionPolicy(values),
    lakeFolder: values.MARQUEE_LAKE_FOLDER,
    modelsFolder: values.MARQUEE_MODELS_DIR,
  };
}
