/**
 * The worker that keeps feature values in step with the log: it subscribes where the store's own checkpoint
 * ends, hands batches to the materialiser, and refreshes the ranked lists from time to time.
 */
import type { Clock } from '@marquee/domain';
import type { EventBus, Subscription } from '@marquee/event-bus';
import type { KeyValueStore } from '@marquee/feature-store';
import {
  createMaterialiser,
  MATERIALISED_TYPES,
  MATERIALISER_CONSUMER,
  type MaterialiserOptions,
} from '@marquee/features';
import type { Logger, Readiness } from '@marquee/service-kit';
import { createRefresher } from './refresher.ts';

export interface FeatureMaterializerDeps {
  readonly bus: EventBus;
  /** Started before this worker. */
  readonly store: KeyValueStore;
  /** Filled before this worker starts: plays of unknown titles teach nothing. */
  readonly titles: MaterialiserOptions['titles'];
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface FeatureMaterializerOptions {
  /** Between two refreshes of the ranked lists. Default 3 minutes; 0: only at start and on demand. */
  readonly refreshEveryMs?: number;
  /** Events per batch at most. Default 10,000: work is paced, so size costs no latency and saves writes. */
  readonly batchSize?: number;
}

/** A subscription, so that a mutation can wait until its event is reflected (see `createFreshness`). */
export interface FeatureMaterializer extends Subscription {
  /** Recomputes the ranked lists from what has been applied; resolves when a run that began after the call is done. */
  refreshLists(): Promise<void>;
}

const NAME = 'feature-materializer';

export function createFeatureMaterializer(
  deps: FeatureMaterializerDeps,
  options: FeatureMaterializerOptions = {},
): FeatureMaterializer {
  const { bus, store, titles, clock, logger } = deps;
  const materialiser = createMaterialiser({ store, titles });
  let subscription: Subscription | undefined;
  const refresher = createRefresher({
    run: () => materialiser.refreshLists(clock.now()),
    everyMs: options.refreshEveryMs ?? 180_000,
    logger,
  });

  return {
    name: NAME,
    async start() {
      if (subscription !== undefined) return;
      const startAfter = await store.checkpoint(MATERIALISER_CONSUMER);
      const started = bus.subscribe({
        name: MATERIALISER_CONSUMER,
        types: MATERIALISED_TYPES,
        startAfter,
        batchSize: options.batchSize ?? 10_000,
        handle: (batch) => materialiser.apply(batch),
      });
      await started.start();
      subscription = started;
      // Lists that cannot be computed now are no reason not to start: readiness says so, the next run tries again.
      await refresher.start();
    },
    async stop() {
      await refresher.stop();
      await subscription?.stop();
    },
    readiness(): Readiness {
      if (subscription === undefined) return { ready: false, detail: 'not started' };
      const state = subscription.readiness();
      if (!state.ready || refresher.failure === undefined) return state;
      return { ready: true, detail: `ranked lists are out of date: ${refresher.failure}` };
    },
    get position() {
      return subscription?.position ?? 0;
    },
    async settled(sequence, timeoutMs) {
      return subscription === undefined ? false : subscription.settled(sequence, timeoutMs);
    },
    async lag() {
      return subscription === undefined ? 0 : subscription.lag();
    },
    refreshLists: () => refresher.refresh(),
  };
}
