/**
 * Reports that a profile was served under an experiment's arm: once per experiment, arm and day (UTC). The event's id says so,
 * and the bus drops repetitions; what this process has reported it does not repeat. A page that was made ahead exposes nobody
 * until somebody is served it.
 */
import { hash } from 'node:crypto';
import { DAY_MS, EVENT_SCHEMA_VERSION, type EventOf, type ProfileId } from '@marquee/domain';
import type { EventBus } from '@marquee/event-bus';
import { LruMap } from '../home/lru-map.ts';

const MAX_REMEMBERED = 50_000;

export interface Exposure {
  readonly profileId: ProfileId;
  readonly slateId: string;
  readonly assignments: Readonly<Record<string, string>>;
  readonly now: number;
}

export class Exposures {
  readonly #bus: Pick<EventBus, 'publish'>;
  readonly #reported = new LruMap<string, true>(MAX_REMEMBERED);

  constructor(bus: Pick<EventBus, 'publish'>) {
    this.#bus = bus;
  }

  /** @throws what the bus throws; the next report tries again */
  async report(exposure: Exposure): Promise<void> {
    const events = eventsOf(exposure).filter(({ eventId }) => !this.#reported.has(eventId));
    if (events.length === 0) return;
    await this.#bus.publish(events);
    for (const { eventId } of events) this.#reported.set(eventId, true);
  }
}

function eventsOf({ assignments, profileId, slateId, now }: Exposure): EventOf<'EXPOSURE'>[] {
  const day = Math.floor(now / DAY_MS);
  return Object.entries(assignments).map(([experimentKey, variantKey]) => ({
    eventId: `exposure:${hash('sha256', JSON.stringify([profileId, experimentKey, variantKey, day]), 'base64url')}`,
    type: 'EXPOSURE',
    schemaVersion: EVENT_SCHEMA_VERSION,
    occurredAt: now,
    receivedAt: now,
    profileId,
    slateId,
    assignments: { ...assignments },
    payload: { experimentKey, variantKey },
  }));
}
