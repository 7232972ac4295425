/** Valid events with as little typing as a test needs. */
import { EVENT_SCHEMA_VERSION, type EventOf, type EventPayload, type EventType } from '@marquee/domain';

/** 2026-01-15T12:00:00Z: when sample events happen unless a test says otherwise. */
export const SAMPLE_INSTANT = Date.UTC(2026, 0, 15, 12);

/** The envelope fields a test may want to set; the rest is filled in. */
export type SampleEnvelope<T extends EventType> = Partial<Omit<EventOf<T>, 'type' | 'payload'>>;

let eventsMade = 0;

/**
 * An event of `type` by `profile-1` at SAMPLE_INSTANT, with a fresh event id.
 * `eventOf('REACTION_SET', { titleId: 'title-1', reaction: 'LIKE' }, { profileId: 'ada' })`
 */
export function eventOf<T extends EventType>(
  type: T,
  payload: EventPayload<T>,
  envelope: SampleEnvelope<T> = {},
): EventOf<T> {
  eventsMade++;
  const occurredAt = envelope.occurredAt ?? SAMPLE_INSTANT;
  return {
    eventId: `sample-event-${eventsMade}`,
    schemaVersion: EVENT_SCHEMA_VERSION,
    receivedAt: occurredAt,
    profileId: 'profile-1',
    ...envelope,
    occurredAt,
    type,
    payload,
  } as unknown as EventOf<T>;
}
