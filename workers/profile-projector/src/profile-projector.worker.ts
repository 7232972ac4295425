/**
 * Keeps the profile system of record up to date with the event log. Positions live with the profiles, in the transactions of
 * their effects. Should another worker still work on a partition that was given to this one, nothing is applied twice: the
 * checkpoint is locked while a batch is applied.
 */
import type { DeliveredEvent } from '@marquee/domain';
import {
  createPartitionedConsumer,
  type EventBus,
  type PartitionedConsumer,
  type PartitionedConsumerOptions,
} from '@marquee/event-bus';
import { PROFILE_PROJECTOR, PROJECTED_TYPES, type Profiles } from '@marquee/profiles';
import { isMarqueeError, type Logger, MarqueeError, type Metrics } from '@marquee/service-kit';

/** Large enough that catching up is bound by the disk, small enough that readers see progress. */
const BATCH_SIZE = 5_000;

export interface ProfileProjectorDeps {
  readonly bus: EventBus;
  /** Started before the projector and stopped after it. */
  readonly profiles: Profiles;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

/** `partitions`: default `all`. */
export type ProfileProjectorOptions = Partial<Pick<PartitionedConsumerOptions, 'partitions'>>;
export type ProfileProjector = PartitionedConsumer;

export function createProfileProjector(
  { bus, profiles, logger, metrics }: ProfileProjectorDeps,
  options: ProfileProjectorOptions = {},
): ProfileProjector {
  async function apply(batch: readonly DeliveredEvent[], partition: number): Promise<void> {
    try {
      const { tooLate } = await profiles.apply(batch, partition);
      if (tooLate > 0)
        metrics?.count('marquee_events_too_late_total', { consumer: PROFILE_PROJECTOR }, tooLate);
    } catch (error) {
      throw blameless(error);
    }
  }

  return createPartitionedConsumer(
    { bus, logger },
    {
      name: PROFILE_PROJECTOR,
      types: PROJECTED_TYPES,
      batchSize: BATCH_SIZE,
      partitions: options.partitions ?? 'all',
      begin: (partition) => profiles.checkpoint(partition),
      handle: apply,
    },
  );
}

/**
 * A database that is slow, contended, full or misconfigured says nothing against the events: they are delivered until
 * that has passed, instead of going to the dead letters. What the database refuses for its content stays an accusation.
 */
function blameless(error: unknown): unknown {
  if (!isMarqueeError(error) || error.definition.party === 'client') return error;
  return new MarqueeError('DEPENDENCY_UNAVAILABLE', { message: error.message, cause: error });
}
