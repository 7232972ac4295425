/** The response cache of a gateway process of the platform: its options, and the servers it shares. */
import { type Environment, parseConfig } from '@marquee/service-kit';
import {
  NATS_VARIABLES,
  REDIS_VARIABLES,
  SERVICE_VARIABLES,
  toNatsConfig,
  toRedisConfig,
} from '@marquee/service-kit/service';
import { z } from 'zod';
import { DEFAULT_PURGES, PURGE_VARIABLES } from './purges/variables.ts';
import {
  RESPONSE_CACHE_VARIABLES,
  type ResponseCacheOptions,
  responseCacheConfig,
} from './response-cache-options.ts';

const variables = z.object({
  ...SERVICE_VARIABLES,
  ...REDIS_VARIABLES,
  ...NATS_VARIABLES,
  ...RESPONSE_CACHE_VARIABLES,
  ...PURGE_VARIABLES,
});

export interface PlatformCacheConfig {
  readonly options: ResponseCacheOptions;
  readonly nats: ReturnType<typeof toNatsConfig>;
  /** Folder to hear of purges. Absent: from NATS. */
  readonly purges: string | undefined;
}

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function parsePlatformCacheConfig(environment: Environment): PlatformCacheConfig {
  const values = parseConfig(variables, environment);
  const { startWithinMs: _, ...redis } = toRedisConfig(values);
  // A gateway that is told of no Redis has none.
  const isShared = environment.REDIS_URL !== undefined;
  return {
    options: responseCacheConfig(values, isShared ? 'redis' : 'off', redis),
    nats: toNatsConfig(values),
    purges: values.MARQUEE_CACHE_PURGES,
  };
}

/** The one process hears of every change at once. */
const EMBEDDED = { MARQUEE_RESPONSE_CACHE_LOCAL_SECONDS: '60' };
const embeddedVariables = z.object({ ...RESPONSE_CACHE_VARIABLES, ...PURGE_VARIABLES });

/** Where all parts are one process. @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function parseEmbeddedCacheConfig(environment: Environment): ResponseCacheOptions {
  const values = parseConfig(embeddedVariables, { ...EMBEDDED, ...environment });
  return {
    ...responseCacheConfig(values, 'memory'),
    purges: values.MARQUEE_CACHE_PURGES ?? DEFAULT_PURGES,
  };
}
