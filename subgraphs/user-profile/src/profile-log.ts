/**
 * The one way to change a profile: what happened goes to the event log, and the answer waits until the
 * projections that the next request reads have it.
 */
import {
  type Clock,
  EVENT_SCHEMA_VERSION,
  type EventPayload,
  type EventType,
  type MarqueeEvent,
  type ProfileId,
} from '@marquee/domain';
import type { EventBus, Freshness, PublishAck } from '@marquee/event-bus';
import { beforeDeadline, type Deadline, type Logger } from '@marquee/service-kit';

/**
 * As long as a request has, about: a projection that is behind but moves is waited for, because the page that comes next
 * has to show what was said. One that stands still is given up sooner (see `createFreshness`); the event is durable all
 * the same. While all is well, with 40 clients on two busy cores, 99 in 100 waits ended within half a second.
 */
const FRESHNESS_MS = 8_000;

export interface ProfileLogDeps {
  readonly bus: EventBus;
  /** Watches the projections that requests read. */
  readonly freshness: Freshness;
  readonly clock: Clock;
  /** Makes event ids. */
  newId(): string;
  readonly logger: Logger;
}

export type Happening = { [T in EventType]: { type: T; payload: EventPayload<T> } }[EventType];

export interface Recorded {
  readonly ack: PublishAck;
  readonly eventId: string;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
  /** False: durable, but some projection has not shown it within the bound. */
  readonly visible: boolean;
}

export interface ProfileLog {
  /** @throws MarqueeError DEPENDENCY_UNAVAILABLE, OVERLOADED or DEADLINE_EXCEEDED when it is not acknowledged. */
  record(profileId: ProfileId, happening: Happening, deadline: Deadline): Promise<Recorded>;
}

export function createProfileLog({ bus, freshness, clock, newId, logger }: ProfileLogDeps): ProfileLog {
  return {
    async record(profileId, happening, deadline) {
      const now = clock.now();
      const event = {
        eventId: newId(),
        schemaVersion: EVENT_SCHEMA_VERSION,
        occurredAt: now,
        receivedAt: now,
        profileId,
        ...happening,
      } as MarqueeEvent;
      const acks = await beforeDeadline(bus.publish([event]), deadline, 'the event log');
      const visible = await freshness.waitFor(acks, deadline.within(FRESHNESS_MS).remainingMs());
      if (!visible)
        logger.warn({ type: event.type, eventId: event.eventId }, 'recorded, but not visible yet');
      return { ack: acks[0]!, eventId: event.eventId, occurredAt: now, visible };
    },
  };
}
