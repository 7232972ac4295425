/**
 * When an event happened, as far as it can be believed. The edge refuses clocks that are far ahead; what gets into the log by another
 * way must not carry a title's counters, or a profile's taste, into a future in which all that is known has decayed to nothing.
 */
import { type DeliveredEvent, MINUTE_MS } from '@marquee/domain';

/** As much as the edge allows a client's clock to be ahead. */
export const MAX_AHEAD_MS = 5 * MINUTE_MS;

/** The event itself where it can be believed; else as of its receipt. */
export function credible(delivered: DeliveredEvent): DeliveredEvent {
  const { event } = delivered;
  if (event.occurredAt <= event.receivedAt + MAX_AHEAD_MS) return delivered;
  return { ...delivered, event: { ...event, occurredAt: event.receivedAt } };
}
