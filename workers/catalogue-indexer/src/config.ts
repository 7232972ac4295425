/** Configuration of the catalogue-indexer process. */
import { type Environment, parseConfig } from '@marquee/service-kit';
import {
  NATS_VARIABLES,
  POSTGRES_VARIABLES,
  QDRANT_VARIABLES,
  SERVICE_VARIABLES,
  toNatsConfig,
  toPostgresConfig,
  toQdrantConfig,
  toServiceConfig,
} from '@marquee/service-kit/service';
import { z } from 'zod';

const variables = z.object({
  ...SERVICE_VARIABLES,
  ...NATS_VARIABLES,
  ...POSTGRES_VARIABLES,
  ...QDRANT_VARIABLES,
  /** Holds a folder per model version; on storage that every process can read. */
  MARQUEE_MODELS_DIR: z.string().min(1).default('.marquee/models'),
});

export type CatalogueIndexerConfig = ReturnType<typeof loadCatalogueIndexerConfig>;

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function loadCatalogueIndexerConfig(environment: Environment) {
  const values = parseConfig(variables, environment);
  return {
    ...toServiceConfig(values),
    nats: toNatsConfig(values),
    postgres: toPostgresConfig(values),
    qdrant: toQdrantConfig(values),
    modelsFolder: values.MARQUEE_MODELS_DIR,
  };
}
