/**
 * The event bus port: a durable, ordered log of events with named consumers.
 *
 * - **Durability**: `publish` resolves once the events survive a crash of the process and of the machine.
 * - **Deduplication**: an event id that is already in the log is acknowledged as a duplicate, with the
 *   sequence of the first copy, and is not stored again. A log on a server may know ids of the last minutes only
 *   (its `duplicateWindowMs`); what is repeated later is for consumers to recognise, by event id.
 * - **Order**: the log is divided into partitions by profile (`partitionOf`). Sequences grow over the whole log;
 *   within a partition, and so for every profile, events are delivered in the order of their sequences.
 * - **Delivery**: at least once. Handlers are idempotent, by sequence or by event id.
 * - **Poison**: a batch that fails is retried with back-off; when it keeps failing it is split, and an event
 *   that fails alone goes to the dead letters with its reason. The rest goes on.
 */
import type { DeliveredEvent, EventType, MarqueeEvent, ProfileId } from '@marquee/domain';
import type { Component } from '@marquee/service-kit';

/** At most this many events in one `publish`. */
export const MAX_PUBLISH_BATCH = 10_000;

/** A place in the log. */
export interface LogPosition {
  readonly sequence: number;
  /** The partition that `sequence` lies in. */
  readonly partition: number;
}

export interface PublishAck extends LogPosition {
  readonly eventId: string;
  readonly duplicate: boolean;
  /**
   * The log is away: the event is durable on this machine and will be delivered, but has no place in the log
   * yet (`sequence` is 0). Absent for events in the log.
   */
  readonly spooled?: true;
}

export interface ConsumerOptions {
  /** Durable name; two subscriptions with one name share the work. */
  readonly name: string;
  /** Types wanted; absent: all. */
  readonly types?: readonly EventType[];
  /** Partitions wanted; absent: all. Subscriptions of one name must not differ in their types. */
  readonly partitions?: readonly number[];
  /** Events per call of the handler at most. Default 1,000. */
  readonly batchSize?: number;
  /**
   * Start after this sequence instead of after the last acknowledged one: for handlers that keep their own
   * position in the same transaction as their effects. Such a subscription shares its work with nobody: it is
   * delivered everything it wants, whoever else uses the name.
   */
  readonly startAfter?: number;
  /** Deliveries of one event before it is dead-lettered. Default 5. */
  readonly maxDeliveries?: number;
  /** Resolves when the batch's effects are durable (or will be rebuilt from `startAfter`). */
  handle(batch: readonly DeliveredEvent[]): Promise<void>;
}

/** Something that comes through the log and can be waited for. */
export interface Progress {
  /** True once everything up to that place in its partition is handled; false when `timeoutMs` passes first. */
  settled(at: LogPosition, timeoutMs: number): Promise<boolean>;
  /** Up to where a partition is known to be handled; 0 while nothing is known. Where it grows, something moves. */
  reached(partition: number): number;
  /**
   * True while whoever handles the partition says that it cannot, since something that its handler needs has been away for a
   * second: waiting for it is in vain until that is back. Absent where nobody can tell.
   */
  stuck?(partition: number): boolean;
}

export interface Subscription extends Component, Progress {
  /** Highest sequence up to which everything wanted has been handled (or dead-lettered). */
  readonly position: number;
  /**
   * Events in the log that this consumer wants and has not handled. A log on a server may be off by a few, and may count
   * events of other types that lie among them: a figure for dashboards. What must be certain is asked of `settled`.
   */
  lag(): Promise<number>;
}

/** A consumer seen from outside: it may run in any process, in several, or in none at the moment. */
export interface ConsumerProgress extends Component, Progress {}

export interface DeadLetter {
  readonly consumer: string;
  readonly sequence: number;
  readonly event: MarqueeEvent;
  readonly reason: string;
  readonly at: number;
}

export interface EventBus extends Component {
  /** Number of partitions, at least 1; fixed for the life of the log. */
  readonly partitions: number;
  /**
   * Appends events, those of one profile in the given order; acks come in the order of the events.
   * @throws MarqueeError BAD_USER_INPUT above MAX_PUBLISH_BATCH, OVERLOADED when too much is in flight; nothing of
   *   the batch is stored then. DEPENDENCY_UNAVAILABLE when the log cannot be written: nothing of the batch is
   *   acknowledged, and publishing it again acknowledges what of it was stored all the same as duplicates.
   */
  publish(events: readonly MarqueeEvent[]): Promise<readonly PublishAck[]>;
  /** Not started until its `start()`. */
  subscribe(options: ConsumerOptions): Subscription;
  /**
   * How far the consumers of a name have come, wherever they run: what `createFreshness` waits for. Positions
   * are told while a process listens, that is between `start()` and `stop()`, at the latest a second after they moved.
   */
  progressOf(consumer: string): ConsumerProgress;
  /** Replays the log in order, in batches, up to the last sequence at the time of the call. */
  replay(options?: {
    afterSequence?: number;
    types?: readonly EventType[];
    batchSize?: number;
  }): AsyncIterable<readonly DeliveredEvent[]>;
  lastSequence(): Promise<number>;
  deadLetters(options: { limit: number }): Promise<readonly DeadLetter[]>;
  /**
   * Removes a profile's events from the log (erasure), all of them or those before a sequence, and returns how
   * many went. Sequences of other events do not change.
   */
  purgeProfile(profileId: ProfileId, options?: { beforeSequence?: number }): Promise<number>;
}

export { caughtUp, createFreshness, type Freshness } from './freshness.ts';
export { observeEventBus } from './observed-event-bus.ts';
export {
  createPartitionedConsumer,
  type PartitionedConsumer,
  type PartitionedConsumerDeps,
  type PartitionedConsumerOptions,
} from './partitioned-consumer.ts';
