/**
 * Removes an erased profile's events from the log.
 *
 * The order that makes erasure whole, whatever dies in between:
 * 1. PROFILE_ERASED is published. From then on the erasure is durable and will happen.
 * 2. The projections apply it and drop what they hold.
 * 3. This follower, a consumer of the log like them, purges the profile's events *before* that one.
 *
 * The PROFILE_ERASED event itself stays, as the tombstone: a projection that comes from an older checkpoint or
 * snapshot, and so still holds the profile, meets it and drops the profile too; one that is rebuilt from the
 * beginning finds nothing but it. The tombstone holds the profile's id, an instant and nothing of what it did.
 *
 * Being a durable consumer, the follower takes up an erasure again after a crash between the steps. Purging
 * before the projections are through would do no harm either: what they miss, the tombstone would delete.
 */
import type { ProfileId } from '@marquee/domain';
import type { EventBus, LogPosition, Subscription } from '@marquee/event-bus';
import type { Logger } from '@marquee/service-kit';

export const ERASURE_FOLLOWER = 'profile-erasure';

export interface ErasureFollower {
  /** To be started and stopped with the subgraph. */
  readonly component: Subscription;
  /** True once the events before the `erasure` are gone; false when `timeoutMs` passes first. */
  purged(erasure: LogPosition, timeoutMs: number): Promise<boolean>;
  /** How many events went with an erasure; undefined where another process has purged it, or long ago. */
  purgedEvents(profileId: ProfileId, erasure: LogPosition): number | undefined;
}

/** Receipts are asked for right after the purge. */
const MAX_REMEMBERED = 1_000;

export function createErasureFollower(bus: EventBus, logger: Logger): ErasureFollower {
  const counts = new Map<string, number>();
  const countKey = (profileId: ProfileId, sequence: number): string => `${sequence} ${profileId}`;
  const component = bus.subscribe({
    name: ERASURE_FOLLOWER,
    types: ['PROFILE_ERASED'],
    // Nobody gives up on an erasure.
    maxDeliveries: Number.POSITIVE_INFINITY,
    async handle(batch) {
      // A profile can be erased twice; what lies before its last erasure includes what lies before the first.
      const last = new Map<ProfileId, number>(
        batch.map(({ sequence, event }) => [event.profileId, sequence]),
      );
      for (const [profileId, sequence] of last) {
        const events = await bus.purgeProfile(profileId, { beforeSequence: sequence });
        counts.set(countKey(profileId, sequence), events);
        if (counts.size > MAX_REMEMBERED) counts.delete(counts.keys().next().value!);
        logger.info({ events }, 'purged the events of an erased profile');
      }
    },
  });
  return {
    component,
    purged: (erasure, timeoutMs) => component.settled(erasure, timeoutMs),
    purgedEvents: (profileId, { sequence }) => counts.get(countKey(profileId, sequence)),
  };
}
