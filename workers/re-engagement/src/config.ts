/** Configuration of the re-engagement process. */
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
import { DEFAULT_POLICY } from './engagement.ts';

const days = (standard: number) => z.coerce.number().min(0).max(3_650).default(standard);

const variables = z.object({
  ...SERVICE_VARIABLES,
  ...NATS_VARIABLES,
  ...POSTGRES_VARIABLES,
  ...REDIS_VARIABLES,
  /** Without a visit, after which somebody is lapsing. */
  MARQUEE_LAPSED_AFTER_DAYS: days(DEFAULT_POLICY.lapsedAfterDays),
  /** Without a visit, after which they are let go. */
  MARQUEE_GONE_AFTER_DAYS: days(DEFAULT_POLICY.goneAfterDays),
  /** Between two digests. */
  MARQUEE_DIGEST_EVERY_DAYS: days(DEFAULT_POLICY.daysBetweenDigests),
  /** Digests until somebody comes back. */
  MARQUEE_DIGESTS_PER_LAPSE: z.coerce.number().int().min(0).max(100).default(DEFAULT_POLICY.digestsPerLapse),
  /** Between two looks at who is due. */
  MARQUEE_DIGEST_ROUND_MS: z.coerce.number().int().min(1_000).max(86_400_000).default(3_600_000),
});

export type ReEngagementConfig = ReturnType<typeof loadReEngagementConfig>;

/** @throws MarqueeError CONFIG_INVALID naming every variable that is wrong. */
export function loadReEngagementConfig(environment: Environment) {
  const values = parseConfig(variables, environment);
  return {
    ...toServiceConfig(values),
    nats: toNatsConfig(values),
    postgres: toPostgresConfig(values),
    redis: toRedisConfig(values),
    everyMs: values.MARQUEE_DIGEST_ROUND_MS,
    policy: {
      ...DEFAULT_POLICY,
      lapsedAfterDays: values.MARQUEE_LAPSED_AFTER_DAYS,
      goneAfterDays: values.MARQUEE_GONE_AFTER_DAYS,
      daysBetweenDigests: values.MARQUEE_DIGEST_EVERY_DAYS,
      digestsPerLapse: values.MARQUEE_DIGESTS_PER_LAPSE,
    },
  };
}
