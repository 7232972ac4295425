/**
 * What the worker keeps of a profile: when it was last here, what was sent to it, and whether it wants anything sent. Folded from
 * the log, so that it is the same after a crash, and after somebody else has taken the partition over.
 */
import { DAY_MS, isBeforeErasure, type MarqueeEvent } from '@marquee/domain';
import { type DocumentView, defineDocumentView } from '@marquee/features';

export interface Engagement {
  /** Epoch milliseconds; 0 before anything was seen. */
  readonly lastActiveAt: number;
  /** Days (UTC) with something on them, as far as they came in order. */
  readonly activeDays: number;
  readonly optedOut: boolean;
  /** When that was said; absent: never, or before it was kept. */
  readonly settingsAt?: number;
  readonly lastDigestAt: number;
  /** Since `lastActiveAt`. */
  readonly digestsInLapse: number;
  readonly erasedAt?: number;
}

export const NEW_PROFILE: Engagement = {
  lastActiveAt: 0,
  activeDays: 0,
  optedOut: false,
  lastDigestAt: 0,
  digestsInLapse: 0,
};

/** Written with the consumer's checkpoint, so in the profile's slot group; see `storeSlotGroupOf`. */
export const engagementView: DocumentView<Engagement> = defineDocumentView<Engagement>({
  name: 'profile_engagement',
  version: 1,
  freshnessSeconds: 60,
});

export const ENGAGEMENT_TYPES = [
  'IMPRESSION',
  'PLAY_START',
  'DETAILS_OPENED',
  'NOTIFICATION_SETTINGS_CHANGED',
  'NOTIFICATION_REQUESTED',
  'PROFILE_ERASED',
] as const;

/** Idempotent enough to be folded twice: counts what is later than what it knows. */
export function foldEngagement(before: Engagement, event: MarqueeEvent): Engagement {
  if (event.type === 'PROFILE_ERASED')
    return { ...NEW_PROFILE, erasedAt: Math.max(before.erasedAt ?? 0, event.occurredAt) };
  if (isBeforeErasure(event, before.erasedAt)) return before;
  switch (event.type) {
    case 'NOTIFICATION_SETTINGS_CHANGED':
      // Of two that processes have sent, the one that was said last; at one instant, no.
      return event.occurredAt < (before.settingsAt ?? 0) ||
        (event.occurredAt === before.settingsAt && before.optedOut)
        ? before
        : { ...before, optedOut: !event.payload.digest, settingsAt: event.occurredAt };
    case 'NOTIFICATION_REQUESTED':
      return event.occurredAt <= before.lastDigestAt
        ? before
        : { ...before, lastDigestAt: event.occurredAt, digestsInLapse: before.digestsInLapse + 1 };
    case 'IMPRESSION':
    case 'PLAY_START':
    case 'DETAILS_OPENED': {
      // A clock that runs ahead must not make somebody look present for ever.
      const at = Math.min(event.occurredAt, event.receivedAt);
      if (at <= before.lastActiveAt) return before;
      const isNewDay = Math.floor(at / DAY_MS) > Math.floor(before.lastActiveAt / DAY_MS);
      return {
        ...before,
        lastActiveAt: at,
        activeDays: before.activeDays + (isNewDay ? 1 : 0),
        digestsInLapse: at > before.lastDigestAt ? 0 : before.digestsInLapse,
      };
    }
    default:
      return before;
  }
}

export interface LapsePolicy {
  /** Without a visit for so long somebody is lapsing; beyond `goneAfterDays` they are let go. */
  readonly lapsedAfterDays: number;
  readonly goneAfterDays: number;
  /** Whoever was here for fewer days has no habit to come back to. */
  readonly leastActiveDays: number;
  readonly daysBetweenDigests: number;
  readonly digestsPerLapse: number;
}

export const DEFAULT_POLICY: LapsePolicy = {
  lapsedAfterDays: 14,
  goneAfterDays: 90,
  leastActiveDays: 3,
  daysBetweenDigests: 14,
  digestsPerLapse: 3,
};

/** Whether a digest may be sent now. */
export function isDue(engagement: Engagement, policy: LapsePolicy, now: number): boolean {
  const away = (now - engagement.lastActiveAt) / DAY_MS;
  return (
    !engagement.optedOut &&
    engagement.activeDays >= policy.leastActiveDays &&
    away >= policy.lapsedAfterDays &&
    away <= policy.goneAfterDays &&
    engagement.digestsInLapse < policy.digestsPerLapse &&
    (now - engagement.lastDigestAt) / DAY_MS >= policy.daysBetweenDigests
  );
}
