/** The gateway process's choices of adapters: where published supergraphs are heard of and where answers are kept. */
import type { ConfigurationBroadcast } from '@marquee/coordination';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import type { Clock } from '@marquee/domain';
import { createNatsEventBus } from '@marquee/event-bus/nats-jetstream';
import { MATERIALISER_CONSUMER } from '@marquee/features';
import { PROFILE_PROJECTOR } from '@marquee/profiles';
import type { Logger, Metrics } from '@marquee/service-kit';
import type { ResponseCacheSetup } from './options.ts';
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
