/**
 * What a batch of events means for profiles, folded in memory before anything is written, so that a batch of
 * thousands of events costs a few statements. Pure: every adapter merges the same changes into its tables.
 *
 * Each fact is a last-writer-wins register: the newest `occurredAt` wins, and among equals the later sequence.
 * Because batches are folded and merged in the order of sequences, comparing `occurredAt` alone (with "later or
 * equal" winning) is enough, and no sequence has to be stored beside each fact.
 *
 * An erasure is a barrier in both orders: it removes everything that was logged before it, and whatever happened or was
 * accepted before it but arrives late is dropped. Without the second half a phone that was offline would bring an erased
 * history back.
 */
import {
  type EventOf,
  type EventPayload,
  type EventType,
  type GenreId,
  isBeforeErasure,
  type MarqueeEvent,
  type PersonId,
  type ProfileId,
  type Reaction,
  type TitleId,
} from '@marquee/domain';

/** The events that say something about a profile's state; all others are skipped. */
export const PROJECTED_TYPES = [
  'PROFILE_REGISTERED',
  'PROFILE_ERASED',
  'ONBOARDING_COMPLETED',
  'REACTION_SET',
  'TITLE_HIDDEN',
  'TITLE_UNHIDDEN',
  'LIST_SAVED',
  'LIST_REMOVED',
  'PERSON_FOLLOWED',
  'PERSON_UNFOLLOWED',
  'PLAY_START',
  'PLAY_PROGRESS',
  'PLAY_STOP',
] as const satisfies readonly EventType[];

export type ProjectedEvent = EventOf<(typeof PROJECTED_TYPES)[number]>;

const projected = new Set<EventType>(PROJECTED_TYPES);

export function isProjected(event: MarqueeEvent): event is ProjectedEvent {
  return projected.has(event.type);
}

/** A value with the instant it was said, epoch milliseconds. */
export interface Register<T> {
  readonly value: T;
  readonly at: number;
}

export interface TitleChanges {
  reaction?: Register<Reaction>;
  inMyList?: Register<boolean>;
  hidden?: Register<boolean>;
  /** Playhead in seconds; plays that do not tell one leave it as it is. */
  position?: Register<number>;
  /** The most seconds watched in one playback. */
  watchedSeconds?: number;
  lastWatchedAt?: number;
}

export interface ProfileChanges {
  /** When it was erased, if it was within this batch: what is stored has to go before the rest is merged. */
  erasedAt?: number;
  /** The earliest event that still counts. */
  firstSeenAt?: number;
  registration?: Register<EventPayload<'PROFILE_REGISTERED'>>;
  /** The earliest registration: the profile's age, however often its details change. */
  registeredAt?: number;
  taste?: Register<readonly GenreId[]>;
  readonly titles: Map<TitleId, TitleChanges>;
  readonly follows: Map<PersonId, Register<boolean>>;
}

/**
 * Folds events, which must come in the order of their sequences, into changes per profile.
 *
 * @param changes what earlier parts of the same batch came to; changed in place.
 * @param erasedAt known erasures of earlier batches.
 * @returns how many events were dropped because they came after their profile's erasure.
 */
export function foldEvents(
  events: readonly ProjectedEvent[],
  erasedAt: ReadonlyMap<ProfileId, number>,
  changes: Map<ProfileId, ProfileChanges>,
): number {
  let tooLate = 0;
  for (const event of events) {
    const known = changes.get(event.profileId);
    const barrier = known?.erasedAt ?? erasedAt.get(event.profileId);
    if (event.type === 'PROFILE_ERASED') {
      const erased = { ...noChanges(), erasedAt: Math.max(barrier ?? 0, event.occurredAt) };
      changes.set(event.profileId, erased);
      continue;
    }
    if (isBeforeErasure(event, barrier)) {
      tooLate++;
      continue;
    }
    const profile = known ?? noChanges();
    if (known === undefined) changes.set(event.profileId, profile);
    foldInto(profile, event);
  }
  return tooLate;
}

function noChanges(): ProfileChanges {
  return { titles: new Map(), follows: new Map() };
}

function foldInto(profile: ProfileChanges, event: Exclude<ProjectedEvent, EventOf<'PROFILE_ERASED'>>): void {
  const at = event.occurredAt;
  profile.firstSeenAt = Math.min(profile.firstSeenAt ?? at, at);
  switch (event.type) {
    case 'PROFILE_REGISTERED':
      profile.registration = newest(profile.registration, event.payload, at);
      profile.registeredAt = Math.min(profile.registeredAt ?? at, at);
      return;
    case 'ONBOARDING_COMPLETED':
      profile.taste = newest(profile.taste, event.payload.genreIds, at);
      return;
    case 'PERSON_FOLLOWED':
    case 'PERSON_UNFOLLOWED': {
      const { personId } = event.payload;
      const follows = newest(profile.follows.get(personId), event.type === 'PERSON_FOLLOWED', at);
      profile.follows.set(personId, follows);
      return;
    }
    default:
      foldTitle(changesOf(profile, event.payload.titleId), event);
  }
}

type TitleEvent = Extract<ProjectedEvent, { payload: { titleId: TitleId } }>;

function foldTitle(title: TitleChanges, event: TitleEvent): void {
  const at = event.occurredAt;
  switch (event.type) {
    case 'REACTION_SET':
      title.reaction = newest(title.reaction, event.payload.reaction, at);
      return;
    case 'LIST_SAVED':
    case 'LIST_REMOVED':
      title.inMyList = newest(title.inMyList, event.type === 'LIST_SAVED', at);
      return;
    case 'TITLE_HIDDEN':
    case 'TITLE_UNHIDDEN':
      title.hidden = newest(title.hidden, event.type === 'TITLE_HIDDEN', at);
      return;
    case 'PLAY_START':
    case 'PLAY_PROGRESS':
    case 'PLAY_STOP': {
      const { positionSeconds, watchedSeconds = 0 } = event.payload;
      if (positionSeconds !== undefined) title.position = newest(title.position, positionSeconds, at);
      title.watchedSeconds = Math.max(title.watchedSeconds ?? 0, watchedSeconds);
      title.lastWatchedAt = Math.max(title.lastWatchedAt ?? at, at);
      return;
    }
  }
}

function changesOf(profile: ProfileChanges, titleId: TitleId): TitleChanges {
  const known = profile.titles.get(titleId);
  if (known !== undefined) return known;
  const fresh: TitleChanges = {};
  profile.titles.set(titleId, fresh);
  return fresh;
}

function newest<T>(current: Register<T> | undefined, value: T, at: number): Register<T> {
  return current === undefined || at >= current.at ? { value, at } : current;
}
