/** The gateway process's choices of adapters: where published supergraphs are heard of, where answers are kept and quotas counted. */
import type { ConfigurationBroadcast } from '@marquee/coordination';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import type { Clock } from '@marquee/domain';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { MATERIALISER_CONSUMER } from '@marquee/features';
import { PROFILE_PROJECTOR } from '@marquee/profiles';
import type { Logger, Metrics } from '@marquee/service-kit';
import type { ResponseCacheSetup } from './options.ts';
import type { QuotaConfig, QuotaSetup } from './partners/quotas/quota-setup.ts';
import { RedisQuotaCounter } from './partners/quotas/redis/redis-counter.ts';
import { createResponseStore } from './response-cache/create-response-store.ts';
import type { PlatformCacheConfig } from './response-cache/platform-cache-config.ts';
import { platformChanges } from './response-cache/platform-changes.ts';
import { broadcastPurges, folderPurges } from './response-cache/purges/purge-ledger.ts';
import type { NatsConfig } from './supergraph-config.ts';

export function supergraphBroadcast(nats: NatsConfig, logger: Logger): ConfigurationBroadcast {
  return createNatsBroadcast({ ...nats, logger });
}

/** @returns undefined where nothing is to be kept. */
export function processResponseCache(
  { options, nats, purges }: PlatformCacheConfig,
  kit: { readonly clock: Clock; readonly logger: Logger; readonly metrics: Metrics },
): ResponseCacheSetup | undefined {
  if (options.mode === 'off') return undefined;
  const { logger, metrics, clock } = kit;
  const bus = createNatsEventBus({ ...nats, clock, logger });
  return {
    options,
    store: createResponseStore(options, logger),
    purges: purges === undefined ? broadcastPurges(supergraphBroadcast(nats, logger)) : folderPurges(purges),
    changes: platformChanges({
      bus,
      ownsBus: true,
      projections: [PROFILE_PROJECTOR, MATERIALISER_CONSUMER].map((name) => bus.progressOf(name)),
      maxAgeMs: options.maxPrivateAgeSeconds * 1_000,
      logger,
      metrics,
    }),
  };
}

/** Beyond what a request waits for: it frees what the client of Redis holds. */
const QUOTA_COMMAND_TIMEOUT_MS = 1_000;

/** @returns undefined where the process counts for itself. */
export function processQuotas(
  { redis, withinMs, assumedGateways }: QuotaConfig,
  logger: Logger,
): QuotaSetup | undefined {
  if (redis === undefined) return undefined;
  const counter = new RedisQuotaCounter({ ...redis, commandTimeoutMs: QUOTA_COMMAND_TIMEOUT_MS, logger });
  return { counter, withinMs, assumedGateways };
}
