/**
 * Keeps the profile system of record up to date with the event log. It is a subscription like any other, except
 * that its position lives with the profiles, in the transaction of its effects; so it learns where to start
 * only when it starts.
 */
import { setTimeout } from 'node:timers/promises';
import type { EventBus, Subscription } from '@marquee/event-bus';
import { PROJECTED_TYPES, type Profiles } from '@marquee/profiles';
import { type Logger, MarqueeError } from '@marquee/service-kit';

export const PROFILE_PROJECTOR = 'profile-projector';

/** Large enough that catching up is bound by the disk, small enough that readers see progress. */
const BATCH_SIZE = 5_000;

export interface ProfileProjectorDeps {
  readonly bus: EventBus;
  /** Started before the projector and stopped after it. */
  readonly profiles: Profiles;
  readonly logger: Logger;
}

export function createProfileProjector({ bus, profiles, logger }: ProfileProjectorDeps): Subscription {
  let subscription: Subscription | undefined;
  const subscribed = Promise.withResolvers<Subscription>();

  return {
    name: PROFILE_PROJECTOR,
    async start() {
      if (subscription !== undefined) return;
      const startAfter = await profiles.checkpoint();
      const created = bus.subscribe({
        name: PROFILE_PROJECTOR,
        types: PROJECTED_TYPES,
        batchSize: BATCH_SIZE,
        startAfter,
        handle: (batch) => profiles.apply(batch),
      });
      await created.start();
      subscription = created;
      subscribed.resolve(created);
      logger.debug({ startAfter }, 'projecting profiles');
    },
    async stop() {
      await subscription?.stop();
    },
    readiness: () => subscription?.readiness() ?? { ready: false, detail: 'not started' },
    get position() {
      return subscription?.position ?? 0;
    },
    async settled(sequence, timeoutMs) {
      if (subscription !== undefined) return subscription.settled(sequence, timeoutMs);
      const startedAt = performance.now();
      const cancel = new AbortController();
      const timer = setTimeout(timeoutMs, undefined, { signal: cancel.signal }).catch(() => undefined);
      const started = await Promise.race([subscribed.promise, timer]);
      cancel.abort();
      if (started === undefined) return false;
      return started.settled(sequence, Math.max(0, timeoutMs - (performance.now() - startedAt)));
    },
    async lag() {
      if (subscription === undefined) {
        throw new MarqueeError('DEPENDENCY_UNAVAILABLE', `${PROFILE_PROJECTOR} has not been started`);
      }
      return subscription.lag();
    },
  };
}
