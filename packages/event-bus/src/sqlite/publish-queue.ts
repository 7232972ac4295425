/**
 * Group commit. A commit costs a write to disk that waits for the device; publishes that arrive while one
 * runs share the next. An idle queue commits at once, so grouping never adds latency of its own.
 */
import { setImmediate as yieldToLoop } from 'node:timers/promises';
import type { MarqueeEvent } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { MAX_PUBLISH_BATCH, type PublishAck } from '../index.ts';
import { type EventLog, type EventRow, toEventRow } from './event-log.ts';

/** Events serialised before the event loop gets a turn: about half a millisecond of work. */
const SERIALISE_CHUNK = 250;

interface Publication {
  readonly events: readonly MarqueeEvent[];
  readonly resolve: (acks: readonly PublishAck[]) => void;
  readonly reject: (error: unknown) => void;
}

export interface PublishQueueOptions {
  readonly log: EventLog;
  /** Events accepted and not yet committed; more are refused with OVERLOADED. */
  readonly maxInFlight: number;
  /** After every commit. */
  onAppended(): void;
}

export class PublishQueue {
  readonly #options: PublishQueueOptions;
  #waiting: Publication[] = [];
  #inFlight = 0;
  #draining: Promise<void> | undefined;
  #failure: string | undefined;

  constructor(options: PublishQueueOptions) {
    this.#options = options;
  }

  /** Why the last commit failed; undefined when it did not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  publish(events: readonly MarqueeEvent[]): Promise<readonly PublishAck[]> {
    const { maxInFlight } = this.#options;
    if (this.#inFlight + events.length > maxInFlight) {
      return Promise.reject(
        new MarqueeError(
          'OVERLOADED',
          `event log: ${this.#inFlight} of at most ${maxInFlight} events in flight`,
        ),
      );
    }
    this.#inFlight += events.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when everything accepted so far is committed or refused. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // One turn of the microtask queue: publishes of one tick go into one commit.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#commit(this.#nextGroup());
    this.#draining = undefined;
  }

  #nextGroup(): Publication[] {
    let events = 0;
    let size = 0;
    for (const publication of this.#waiting) {
      events += publication.events.length;
      if (size > 0 && events > MAX_PUBLISH_BATCH) break;
      size++;
    }
    return this.#waiting.splice(0, size);
  }

  async #commit(group: readonly Publication[]): Promise<void> {
    const serialised: Publication[] = [];
    const rows: EventRow[] = [];
    for (const publication of group) {
      try {
        // Collected apart first: an event that cannot be serialised refuses its own publication alone.
        rows.push(...(await toRows(publication.events)));
        serialised.push(publication);
      } catch (error) {
        this.#inFlight -= publication.events.length;
        publication.reject(error);
      }
    }
    if (serialised.length === 0) return;
    try {
      const acks = await this.#options.log.append(rows);
      this.#failure = undefined;
      let from = 0;
      for (const { events, resolve } of serialised) {
        resolve(acks.slice(from, from + events.length));
        from += events.length;
      }
    } catch (cause) {
      this.#failure = (cause as Error).message;
      const error = new MarqueeError('DEPENDENCY_UNAVAILABLE', {
        message: `the event log cannot be written: ${this.#failure}`,
        cause,
      });
      for (const { reject } of serialised) reject(error);
    } finally {
      for (const { events } of serialised) this.#inFlight -= events.length;
    }
    this.#options.onAppended();
  }
}

async function toRows(events: readonly MarqueeEvent[]): Promise<EventRow[]> {
  const rows: EventRow[] = [];
  for (const [index, event] of events.entries()) {
    if (index > 0 && index % SERIALISE_CHUNK === 0) await yieldToLoop();
    rows.push(toEventRow(event));
  }
  return rows;
}
