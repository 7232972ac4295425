/**
 * How a batch is brought to a handler that may fail.
 *
 * A failed batch is retried whole once, then in pieces, then event by event, so that one bad event is found
 * within `maxDeliveries` and only it goes to the dead letters. A handler that reports that something it needs
 * is away (DEPENDENCY_UNAVAILABLE, OVERLOADED) is not accused: it is retried for as long as that lasts,
 * because an outage must not turn a day of good events into dead letters.
 */
import type { DeliveredEvent } from '@marquee/domain';
import { isMarqueeError } from '@marquee/service-kit';

export interface DeliveryOptions {
  readonly maxDeliveries: number;
  handle(events: readonly DeliveredEvent[]): Promise<void>;
  /** Everything up to this sequence is done with. */
  onHandled(sequence: number): void;
  onFailure(error: unknown, events: readonly DeliveredEvent[], failures: number): void;
  deadLetter(event: DeliveredEvent, error: unknown): Promise<void>;
  /** Waits before another attempt after so many failures in a row. False: stop delivering. */
  backOff(failures: number): Promise<boolean>;
}

/** False when it was stopped before everything was handled. */
export async function deliver(events: readonly DeliveredEvent[], options: DeliveryOptions): Promise<boolean> {
  return attempt(events, 0, options);
}

async function attempt(
  events: readonly DeliveredEvent[],
  deliveriesBefore: number,
  options: DeliveryOptions,
): Promise<boolean> {
  let deliveries = deliveriesBefore;
  // Pieces go on waiting longer and longer: what fails at every size may only need time.
  let failures = deliveriesBefore;
  for (;;) {
    try {
      await options.handle(events);
      options.onHandled(events.at(-1)!.sequence);
      return true;
    } catch (error) {
      failures++;
      options.onFailure(error, events, failures);
      const blameless =
        isMarqueeError(error, 'DEPENDENCY_UNAVAILABLE') || isMarqueeError(error, 'OVERLOADED');
      if (!blameless) deliveries++;
      const pieceSize = blameless
        ? events.length
        : nextPieceSize(events.length, deliveries, options.maxDeliveries);
      if (pieceSize === 0) return bury(events[0]!, error, options);
      if (!(await options.backOff(failures))) return false;
      if (pieceSize < events.length) return inPieces(events, pieceSize, deliveries, options);
    }
  }
}

/**
 * How many events the next attempt of a batch should hold, 0 for none: the event has had its deliveries. An
 * event is always tried alone before it is given up, even where `maxDeliveries` alone would not allow it.
 */
export function nextPieceSize(size: number, deliveries: number, maxDeliveries: number): number {
  if (size === 1) return deliveries >= maxDeliveries ? 0 : 1;
  if (deliveries >= maxDeliveries - 1) return 1;
  if (deliveries < 2) return size;
  return Math.ceil(Math.sqrt(size));
}

async function inPieces(
  events: readonly DeliveredEvent[],
  pieceSize: number,
  deliveries: number,
  options: DeliveryOptions,
): Promise<boolean> {
  for (let from = 0; from < events.length; from += pieceSize) {
    if (!(await attempt(events.slice(from, from + pieceSize), deliveries, options))) return false;
  }
  return true;
}

async function bury(event: DeliveredEvent, error: unknown, options: DeliveryOptions): Promise<boolean> {
  for (let failures = 1; ; failures++) {
    try {
      await options.deadLetter(event, error);
      options.onHandled(event.sequence);
      return true;
    } catch (failure) {
      options.onFailure(failure, [event], failures);
      if (!(await options.backOff(failures))) return false;
    }
  }
}
