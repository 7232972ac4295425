/**
 * Reports that a profile was served under an experiment's arm: once per experiment, arm and day (UTC). The
 * event's id says so, and the bus drops repetitions; what this process has reported it does not repeat.
 */
import { hash } from 'node:crypto';
import { DAY_MS, EVENT_SCHEMA_VERSION, type EventOf } from '@marquee/domain';
import type { EventBus } from '@marquee/event-bus';
import type { SideEffect } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { LruMap } from '../home/lru-map.ts';

const MAX_REMEMBERED = 50_000;

export function exposureSideEffect(bus: EventBus): SideEffect<HomeQuery, HomeCandidate> {
  const reported = new LruMap<string, true>(MAX_REMEMBERED);
  return {
    kind: 'side-effect',
    name: 'exposure',
    timeoutMs: 5_000,
    async run({ query }) {
      const placed = await query.slate;
      if (placed === undefined || query.profileId === undefined) return;
      const events = exposuresOf(query, query.profileId, placed.slate.id).filter(
        ({ eventId }) => !reported.has(eventId),
      );
      if (events.length === 0) return;
      await bus.publish(events);
      for (const { eventId } of events) reported.set(eventId, true);
    },
  };
}

function exposuresOf(
  { assignments, now }: Readonly<HomeQuery>,
  profileId: string,
  slateId: string,
): EventOf<'EXPOSURE'>[] {
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
