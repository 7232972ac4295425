/**
 * What an erasure does to events that arrive after it. A projection that keeps when a profile was erased drops what
 * belongs to the life before, however late it comes: from a phone that was offline, from a spool that was filled while the
 * log was away, from an imported history, or by redelivery. Every projection asks here, so that they agree.
 */
import type { MarqueeEvent } from './events.ts';

/**
 * True when the event happened, or was accepted, before its profile was erased. Both count: a clock that runs ahead
 * does not move what was accepted before an erasure into the life after it.
 *
 * @param erasedAt `occurredAt` of the PROFILE_ERASED event, epoch milliseconds. An event of the same millisecond is of
 *   the new life.
 */
export function isBeforeErasure(
  event: Pick<MarqueeEvent, 'occurredAt' | 'receivedAt'>,
  erasedAt: number | undefined,
): boolean {
  return erasedAt !== undefined && Math.min(event.occurredAt, event.receivedAt) < erasedAt;
}
