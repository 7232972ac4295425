/** What is kept, for how long, and how much of it. */
import { z } from 'zod';
import type { RedisAddress } from '../redis/redis-connection.ts';

const seconds = (max: number) => z.number().int().min(0).max(max);

const redisUrl = z.string().regex(/^rediss?:\/\//, 'must be an address like redis://host:port');

const subgraphSchema = z.strictObject({
  enabled: z.boolean().default(true),
  /** Its `PUBLIC` is not believed: what is asked for a viewer is kept for that viewer alone. */
  perViewer: z.boolean().default(false),
});

/** One server or a cluster, and what every key begins with. */
export const redisSchema = z
  .strictObject({
    url: redisUrl.optional(),
    /** In its place: nodes to find a Redis Cluster by. */
    clusterNodes: z.array(redisUrl).min(1).max(1_000).optional(),
    keyPrefix: z
      .string()
      .max(64)
      .regex(/^[^{}]*$/, 'may not have braces')
      .default('gateway:'),
  })
  .refine(({ url, clusterNodes }) => (url === undefined) !== (clusterNodes === undefined), {
    message: 'needs an address: redis.url, or redis.clusterNodes',
  });

const shape = {
  /** In the memory of each gateway, or shared by all of them in Redis. */
  store: z.enum(['memory', 'redis']).default('memory'),
  redis: redisSchema.optional(),
  /** Of a store in memory. */
  maxBytes: z.number().int().min(1_024).max(68_719_476_736).default(67_108_864),
  /** An answer above this is not kept. */
  maxEntryBytes: z.number().int().min(1_024).max(16_777_216).default(1_048_576),
  /** Whatever hints say. */
  maxAgeSeconds: seconds(3_600).default(3_600),
  /** The same for what is kept for one viewer: how long a mistake in ending it could last. */
  maxPrivateAgeSeconds: seconds(3_600).default(60),
  /** How long what everybody may see is also kept in the process, without asking the store whether it has changed. */
  localAgeSeconds: seconds(60).default(5),
  /** What a look-up may cost a request. */
  readWithinMs: z.number().int().min(1).max(10_000).default(50),
  /** Folder that `npm run cache -- purge --folder` writes to. Followed. */
  purges: z.string().min(1).optional(),
  /** By the names of the supergraph. Default: all of them. */
  subgraphs: z.record(z.string(), subgraphSchema).optional(),
};

export const responseCacheSchema = z
  .strictObject({
    /** Nothing is kept unless this says so. */
    mode: z.enum(['off', 'on']).default('off'),
    ...shape,
  })
  .refine(({ mode, store, redis }) => mode === 'off' || store === 'memory' || redis !== undefined, {
    path: ['redis'],
    message: 'needs an address: redis.url',
  });

export type ResponseCacheOptions = z.infer<typeof responseCacheSchema>;

/** The same from the environment. The store's address is the platform's: REDIS_URL. */
export const RESPONSE_CACHE_VARIABLES = {
  /** Default: memory where all parts are one process, redis where they are not. */
  MARQUEE_RESPONSE_CACHE: z.enum(['off', 'memory', 'redis']).optional(),
  /** Of kept answers in the memory of one process. */
  MARQUEE_RESPONSE_CACHE_BYTES: z.coerce.number().int().min(1_024).max(68_719_476_736).default(67_108_864),
  /** Whatever a subgraph says: how long a public answer is kept at most. */
  MARQUEE_RESPONSE_CACHE_MAX_AGE_SECONDS: z.coerce.number().int().min(0).max(3_600).default(3_600),
  /** The same of answers to one viewer. */
  MARQUEE_RESPONSE_CACHE_MAX_PRIVATE_AGE_SECONDS: z.coerce.number().int().min(0).max(3_600).default(60),
  /** How long what everybody may see is also kept in the process, without asking the store whether it has changed. */
  MARQUEE_RESPONSE_CACHE_LOCAL_SECONDS: z.coerce.number().int().min(0).max(60).default(5),
  /** What a look-up may cost a request; after that, subgraphs are asked. */
  MARQUEE_RESPONSE_CACHE_READ_MS: z.coerce.number().int().min(1).max(10_000).default(50),
};

const variables = z.object(RESPONSE_CACHE_VARIABLES);

/** Who may be believed that a field is the same for everybody: the catalogue knows no viewer but by their limit. */
const PLATFORM_SUBGRAPHS = {
  content: {},
  'user-profile': { perViewer: true },
  recommendation: { perViewer: true },
};

/** @param redis absent: the process has none. */
export function responseCacheConfig(
  given: z.infer<typeof variables>,
  fallback: 'off' | 'memory' | 'redis',
  redis?: RedisAddress & { readonly keyPrefix: string },
): ResponseCacheOptions {
  const store = given.MARQUEE_RESPONSE_CACHE ?? fallback;
  return responseCacheSchema.parse({
    mode: store === 'off' ? 'off' : 'on',
    ...(store === 'off' ? {} : { store }),
    ...(redis === undefined ? {} : { redis }),
    maxBytes: given.MARQUEE_RESPONSE_CACHE_BYTES,
    maxAgeSeconds: given.MARQUEE_RESPONSE_CACHE_MAX_AGE_SECONDS,
    maxPrivateAgeSeconds: given.MARQUEE_RESPONSE_CACHE_MAX_PRIVATE_AGE_SECONDS,
    localAgeSeconds: given.MARQUEE_RESPONSE_CACHE_LOCAL_SECONDS,
    readWithinMs: given.MARQUEE_RESPONSE_CACHE_READ_MS,
    subgraphs: PLATFORM_SUBGRAPHS,
  });
}
