/**
 * One reported event, checked: each rule names the field it is about. What passes becomes an event of the log;
 * what does not is told why, and the rest of its batch goes on.
 */
import { hash } from 'node:crypto';
import { parseArtworkId } from '@marquee/catalogue';
import {
  type Device,
  EVENT_SCHEMA_VERSION,
  type EventOf,
  type FeedbackType,
  MINUTE_MS,
  type ProfileId,
} from '@marquee/domain';
import type { TitleTable } from '@marquee/features';
import type { ErrorCode } from '@marquee/service-kit';
import type { Erasure } from '../../erasures/erasure-ledger.ts';
import { isErased } from '../../erasures/viewer-records.ts';
import { MAX_ID_LENGTH } from '../../input-bounds.ts';
import type { TrackedPlace, TrackingTokens } from '../../slates/tracking-token.ts';

/** As the client sent it; scalars are what JSON held. */
export interface ReportedEvent {
  readonly eventId: string;
  readonly type: FeedbackType;
  readonly occurredAt: unknown;
  readonly titleId: string;
  readonly trackingToken?: string | null | undefined;
  readonly artworkId?: string | null | undefined;
  readonly watchedSeconds?: number | null | undefined;
  readonly positionSeconds?: number | null | undefined;
  readonly device?: Device | null | undefined;
}

/** BEFORE_ERASURE: it happened in a life of the profile that was erased; sending it again will not help. */
export type RejectionCode = ErrorCode | 'BEFORE_ERASURE';

export interface Rejection {
  readonly eventId: string;
  readonly code: RejectionCode;
  readonly field: string;
  readonly message: string;
}

export interface IntakeFacts {
  readonly profileId: ProfileId;
  readonly now: number;
  /** The profile's last one. */
  readonly erasure: Erasure | undefined;
  readonly titles: Pick<TitleTable, 'has'>;
  readonly tokens: TrackingTokens;
}

const MAX_SECONDS = 172_800;
const MAX_AHEAD_MS = 5 * MINUTE_MS;
const ISO_INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

type Checked = { readonly event: EventOf<FeedbackType> } | { readonly rejection: Rejection };

export function checkEvent(input: ReportedEvent, facts: IntakeFacts): Checked {
  const { eventId, titleId } = input;
  const refuse = (field: string, why: string, code: RejectionCode = 'BAD_USER_INPUT'): Checked => ({
    rejection: { eventId: eventId.slice(0, MAX_ID_LENGTH), code, field, message: `${field} ${why}.` },
  });
  if (!isId(eventId)) return refuse('eventId', `must have 1 to ${MAX_ID_LENGTH} characters`);
  if (!isId(titleId)) return refuse('titleId', `must have 1 to ${MAX_ID_LENGTH} characters`);
  const occurredAt = instantOf(input.occurredAt);
  if (occurredAt === undefined)
    return refuse('occurredAt', 'must be an instant such as 2026-01-31T18:00:00Z');
  if (occurredAt - facts.now > MAX_AHEAD_MS)
    return refuse('occurredAt', 'is more than 5 minutes in the future');
  if (facts.erasure !== undefined && occurredAt < facts.erasure.at)
    return refuse('occurredAt', 'lies before the erasure of the profile', 'BEFORE_ERASURE');
  for (const field of ['watchedSeconds', 'positionSeconds'] as const) {
    const value = input[field];
    if (value != null && !(value >= 0 && value <= MAX_SECONDS)) {
      return refuse(field, `must be from 0 to ${MAX_SECONDS}`);
    }
  }
  if (!facts.titles.has(titleId)) return refuse('titleId', 'names no title of the catalogue', 'NOT_FOUND');
  let place: TrackedPlace | undefined;
  let artworkVariant: number | undefined;
  if (input.trackingToken != null) {
    const token = facts.tokens.verify(input.trackingToken, facts.profileId);
    if (token.verdict === 'forged') return refuse('trackingToken', 'was not made by this service');
    if (token.verdict === 'foreign')
      return refuse('trackingToken', 'was made for another viewer', 'FORBIDDEN');
    if (token.place.titleId !== titleId) return refuse('trackingToken', 'was made for another title');
    if (isErased(token.place.revision, facts.erasure))
      return refuse('trackingToken', 'is of a page from before the erasure of the profile', 'SLATE_EXPIRED');
    place = token.place;
  }
  if (input.artworkId != null) {
    const picture = parseArtworkId(input.artworkId);
    if (picture === undefined) return refuse('artworkId', 'names no picture');
    if (picture.titleId !== titleId) return refuse('artworkId', 'is of another title');
    // The title's own may be shown instead of the chosen one: then nothing is learned of either.
    if (picture.variant !== place?.artworkVariant && picture.variant !== 0)
      return refuse('artworkId', 'is not the picture of this item');
    artworkVariant = picture.variant === place?.artworkVariant ? picture.variant : undefined;
  }
  return { event: toEvent(input, occurredAt, { place, artworkVariant }, facts) };
}

/** Where it was, and with which picture; absent: with the title's own, or nowhere. */
interface Seen {
  readonly place: TrackedPlace | undefined;
  readonly artworkVariant: number | undefined;
}

function toEvent(
  { eventId, type, titleId, watchedSeconds, positionSeconds, device }: ReportedEvent,
  occurredAt: number,
  { place, artworkVariant }: Seen,
  { profileId, now }: IntakeFacts,
): EventOf<FeedbackType> {
  return {
    eventId: ownEventId(profileId, eventId),
    type,
    schemaVersion: EVENT_SCHEMA_VERSION,
    occurredAt,
    receivedAt: now,
    profileId,
    ...(place && {
      slateId: place.slateId,
      row: place.row,
      position: place.position,
      propensity: Math.min(1, place.propensity),
      ...(place.modelVersion !== undefined && { modelVersion: place.modelVersion }),
      assignments: { ...place.assignments },
    }),
    payload: {
      titleId,
      ...(watchedSeconds != null && { watchedSeconds }),
      ...(positionSeconds != null && { positionSeconds }),
      ...(device != null && { device }),
      ...(place?.rowKind !== undefined && { rowKind: place.rowKind }),
      ...(artworkVariant !== undefined && { artworkVariant }),
    },
  } as EventOf<FeedbackType>;
}

/** Clients choose their ids; bound to the profile, one client's choice cannot swallow another's event. */
function ownEventId(profileId: ProfileId, eventId: string): string {
  return `client:${hash('sha256', JSON.stringify([profileId, eventId]), 'base64url')}`;
}

function isId(text: string): boolean {
  return text.length >= 1 && text.length <= MAX_ID_LENGTH;
}

/** Epoch milliseconds; undefined for anything that is not a full ISO-8601 instant since 1970. */
function instantOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !ISO_INSTANT.test(value)) return undefined;
  const instant = Date.parse(value);
  if (Number.isNaN(instant) || instant < 0) return undefined;
  // `Date.parse` takes 30 February for 2 March.
  const day = value.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day) ? instant : undefined;
}
