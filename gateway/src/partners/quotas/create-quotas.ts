/** The counter that the configuration asks for. Not started. */
import type { Logger } from '@marquee/service-kit';
import type { QuotaConfig, QuotaSetup } from './quota-setup.ts';
import { RedisQuotaCounter } from './redis/redis-counter.ts';

/** Beyond what a request waits for: it frees what the client of Redis holds. */
const COMMAND_TIMEOUT_MS = 1_000;

/** @returns undefined where the process counts for itself. */
export function createQuotas(
  { redis, withinMs, assumedGateways }: QuotaConfig,
  logger: Logger,
): QuotaSetup | undefined {
  if (redis === undefined) return undefined;
  const counter = new RedisQuotaCounter({ ...redis, commandTimeoutMs: COMMAND_TIMEOUT_MS, logger });
  return { counter, withinMs, assumedGateways };
}
