/** Where quotas of partners are counted: what a gateway is given, and how a process of the platform is told. */
import { type Environment, parseConfig } from '@marquee/service-kit';
import { REDIS_VARIABLES, SERVICE_VARIABLES, toRedisConfig } from '@marquee/service-kit/service';
import { z } from 'zod';
import type { QuotaCounter } from './quota-counter.ts';
import type { RedisCounterOptions } from './redis/redis-counter.ts';

export interface QuotaSetup {
  /** Started and stopped by the gateway. */
  readonly counter: QuotaCounter;
  /** What asking may cost a request. */
  readonly withinMs: number;
  /** How many gateways there may be, for one that has only just begun. */
  readonly assumedGateways: number;
  /** How often gateways tell each other that they count. Default 5,000. */
  readonly attendEveryMs?: number;
}

const QUOTA_VARIABLES = {
  /** Default: redis where REDIS_URL is set. `memory` is for a single gateway: each counts for itself. */
  MARQUEE_QUOTAS: z.enum(['memory', 'redis']).optional(),
  /** What asking Redis may cost a request; after that the gateway hands out its own part. */
  MARQUEE_QUOTAS_WITHIN_MS: z.coerce.number().int().min(1).max(1_000).default(5),
  /**
   * How many gateways there may be at most: one that starts while Redis is away hands out this part of a limit. Gateways
   * that have reached Redis for some seconds know how many there are.
   */
  MARQUEE_QUOTAS_GATEWAYS: z.coerce.number().int().min(1).max(10_000).default(10),
};
const variables = z.object({ ...SERVICE_VARIABLES, ...REDIS_VARIABLES, ...QUOTA_VARIABLES });

export interface QuotaConfig {
  /** Absent: counted in memory. */
  readonly redis: Pick<RedisCounterOptions, 'url' | 'clusterNodes' | 'keyPrefix'> | undefined;
  readonly withinMs: number;
  readonly assumedGateways: number;
}

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function parseQuotaConfig(environment: Environment): QuotaConfig {
  const values = parseConfig(variables, environment);
  const { startWithinMs: _, ...redis } = toRedisConfig(values);
  const kept = values.MARQUEE_QUOTAS ?? (environment.REDIS_URL === undefined ? 'memory' : 'redis');
  return {
    redis: kept === 'redis' ? redis : undefined,
    withinMs: values.MARQUEE_QUOTAS_WITHIN_MS,
    assumedGateways: values.MARQUEE_QUOTAS_GATEWAYS,
  };
}
