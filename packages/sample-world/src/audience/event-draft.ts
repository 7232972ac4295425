/** Events before they have an id: ids are given in the order of the finished, sorted log. */
import type { EventPayload, EventType, MarqueeEvent, ProfileId } from '@marquee/domain';

/** Place of an item on a page. */
export interface Place {
  readonly slateId?: string;
  readonly row: number;
  readonly position: number;
}

/** From the client's clock to ours, in milliseconds. */
const TRANSIT_MS = 250;

/** An envelope with an empty `eventId`. */
export function draftEvent<T extends EventType>(
  type: T,
  profileId: ProfileId,
  occurredAt: number,
  payload: EventPayload<T>,
  place?: Place,
): MarqueeEvent {
  const event = {
    eventId: '',
    type,
    schemaVersion: 1,
    occurredAt,
    receivedAt: occurredAt + TRANSIT_MS,
    profileId,
    payload,
  };
  // `type` and `payload` belong together by the signature; the union cannot be narrowed by a type parameter.
  return (place === undefined ? event : { ...event, ...place }) as unknown as MarqueeEvent;
}
