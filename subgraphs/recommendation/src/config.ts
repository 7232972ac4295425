/** Configuration of the recommendation process. */
import { EXPLORATION_VARIABLES, toExplorationSettings } from '@marquee/exploration';
import { type Environment, parseConfig } from '@marquee/service-kit';
import {
  NATS_VARIABLES,
  POSTGRES_VARIABLES,
  QDRANT_VARIABLES,
  REDIS_VARIABLES,
  SERVICE_VARIABLES,
  SUBGRAPH_VARIABLES,
  toNatsConfig,
  toPostgresConfig,
  toQdrantConfig,
  toRedisConfig,
  toServiceConfig,
  toSubgraphConfig,
} from '@marquee/service-kit/service';
import { z } from 'zod';

const variables = z.object({
  ...SERVICE_VARIABLES,
  ...SUBGRAPH_VARIABLES,
  ...POSTGRES_VARIABLES,
  ...NATS_VARIABLES,
  ...REDIS_VARIABLES,
  ...QDRANT_VARIABLES,
  ...EXPLORATION_VARIABLES,
  /** Signs tracking tokens and cursors: the same for every process of an installation. */
  MARQUEE_TOKEN_SECRET: z
    .string()
    .refine((secret) => Buffer.byteLength(secret.trim()) >= 32, 'must have at least 32 bytes'),
  /** Holds a folder per model version; on storage that every process can read. */
  MARQUEE_MODELS_DIR: z.string().min(1).default('.marquee/models'),
  /** Of the pages, those that a model in shadow scores, too, after they were served. */
  MARQUEE_SHADOW_SHARE: z.coerce.number().min(0).max(1).default(0.2),
  /** Worker threads that run the ranking model. */
  MARQUEE_RANKER_THREADS: z.coerce.number().int().min(1).max(32).default(1),
  /** Candidates that the pre-ranker leaves to the ranking model, about; 0: all of them. */
  MARQUEE_PRE_RANK_TO: z.coerce.number().int().min(0).max(10_000).default(1_000),
});

export type RecommendationConfig = ReturnType<typeof loadRecommendationConfig>;

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function loadRecommendationConfig(environment: Environment) {
  const values = parseConfig(variables, environment);
  return {
    ...toServiceConfig(values),
    subgraph: toSubgraphConfig(values),
    postgres: toPostgresConfig(values),
    nats: toNatsConfig(values),
    redis: toRedisConfig(values),
    qdrant: toQdrantConfig(values),
    exploration: toExplorationSettings(values),
    tokenSecret: values.MARQUEE_TOKEN_SECRET,
    modelsFolder: values.MARQUEE_MODELS_DIR,
    shadowShare: values.MARQUEE_SHADOW_SHARE,
    rankerThreads: values.MARQUEE_RANKER_THREADS,
    preRankTo: values.MARQUEE_PRE_RANK_TO,
  };
}
