/**
 * The event bus port: a durable, ordered log of events with named consumers.
 *
 * - **Durability**: `publish` resolves once the events survive a crash of the process and of the machine.
 * - **Deduplication**: an event id that is already in the log is acknowledged as a duplicate, with the
 *   sequence of the first copy, and is not stored again.
 * - **Order**: sequences grow; events of one profile are delivered in the order of their sequences.
 * - **Delivery**: at least once. Handlers are idempotent, by sequence or by event id.
 * - **Poison**: a batch that fails is retried with back-off; when it keeps failing it is split, and an event
 *   that fails alone goes to the dead letters with its reason. The rest goes on.
 */
import type { DeliveredEvent, EventType, MarqueeEvent, ProfileId } from '@marquee/domain';
import type { Component } from '@marquee/service-kit';

/** At most this many events in one `publish`. */
export const MAX_PUBLISH_BATCH = 10_000;

export interface PublishAck {
  readonly eventId: string;
  readonly sequence: number;
  readonly duplicate: boolean;
}

export interface ConsumerOptions {
  /** Durable name; two subscriptions with one name share the work. */
  readonly name: string;
  /** Types wanted; absent: all. */
  readonly types?: readonly EventType[];
  /** Events per call of the handler at most. Default 1,000. */
  readonly batchSize?: number;
  /**
   * Start after this sequence instead of after the last acknowledged one: for handlers that keep their own
   * position in the same transaction as their effects.
   */
  readonly startAfter?: number;
  /** Deliveries of one event before it is dead-lettered. Default 5. */
  readonly maxDeliveries?: number;
  /** Resolves when the batch's effects are durable (or will be rebuilt from `startAfter`). */
  handle(batch: readonly DeliveredEvent[]): Promise<void>;
}

export interface Subscription extends Component {
  /** Highest sequence up to which everything has been handled (or dead-lettered). */
  readonly position: number;
  /** True once `position >= sequence`; false when `timeoutMs` passes first. */
  settled(sequence: number, timeoutMs: number): Promise<boolean>;
  /** Events in the log that this consumer wants and has not handled. */
  lag(): Promise<number>;
}

export interface DeadLetter {
  readonly consumer: string;
  readonly sequence: number;
  readonly event: MarqueeEvent;
  readonly reason: string;
  readonly at: number;
}

export interface EventBus extends Component {
  /**
   * Appends events in the given order; acks come in the same order.
   * @throws MarqueeError BAD_USER_INPUT above MAX_PUBLISH_BATCH, OVERLOADED when too much is in flight,
   *   DEPENDENCY_UNAVAILABLE when the log cannot be written (then nothing of the batch is stored).
   */
  publish(events: readonly MarqueeEvent[]): Promise<readonly PublishAck[]>;
  /** Not started until its `start()`. */
  subscribe(options: ConsumerOptions): Subscription;
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

export { createFreshness, type Freshness } from './freshness.ts';
