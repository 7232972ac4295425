/**
 * Marquee's event format: one event per row, the envelope of the event bus. Tables and simple JSON give the
 * payload's fields beside the envelope's; JSON may also nest them in `payload`.
 */
import {
  DEFAULT_SEGMENT,
  DEVICES,
  EVENT_SCHEMA_VERSION,
  EVENT_TYPES,
  type EventType,
  eventSchema,
  MATURITY_RATINGS,
  type MarqueeEvent,
  REACTIONS,
  type TitleId,
} from '@marquee/domain';
import { z } from 'zod';
import { instantCell, listCell, numberCell } from './cells.ts';

const MADE_BY_MARQUEE: ReadonlySet<EventType> = new Set([
  'EXPOSURE',
  'SLATE_SERVED',
  'TITLE_CHANGED',
  'TITLE_REMOVED',
  'PROFILE_ERASED',
]);

const text = z.string().trim().min(1);

/** What a history may hold. The rest Marquee makes itself, while it serves or when somebody asks for it. */
const IMPORTABLE = EVENT_TYPES.filter((type) => !MADE_BY_MARQUEE.has(type)) as [EventType, ...EventType[]];

export const eventRecordSchema = z.object({
  eventId: text,
  type: z.enum(IMPORTABLE),
  schemaVersion: numberCell.default(EVENT_SCHEMA_VERSION),
  occurredAt: instantCell,
  receivedAt: instantCell.optional(),
  profileId: text,
  slateId: text.optional(),
  row: numberCell.optional(),
  position: numberCell.optional(),
  propensity: numberCell.optional(),
  modelVersion: text.optional(),
  assignments: z.record(z.string(), z.string()).optional(),
  payload: z.record(z.string(), z.unknown()).optional(),
  titleId: text.optional(),
  watchedSeconds: numberCell.optional(),
  positionSeconds: numberCell.optional(),
  device: z.enum(DEVICES).optional(),
  reaction: z.enum(REACTIONS).optional(),
  personId: text.optional(),
  genreIds: listCell(text).optional(),
  name: text.optional(),
  segment: text.optional(),
  region: text.optional(),
  maturityLimit: z.enum(MATURITY_RATINGS).optional(),
});
export type EventRecord = z.infer<typeof eventRecordSchema>;
export const EVENT_COLUMNS = ['eventId', 'type', 'occurredAt', 'profileId'] as const;

/** Later than this after `now`, an event is taken for a mistake. */
const FUTURE_TOLERANCE_MS = 5 * 60_000;

const recordAsEvent = eventRecordSchema.transform((record): unknown => {
  const { payload, receivedAt, ...fields } = record;
  const profile = { name: record.profileId, segment: DEFAULT_SEGMENT };
  const flat = record.type === 'PROFILE_REGISTERED' ? { ...profile, ...fields } : fields;
  // The event's schema drops from the payload what its type does not have.
  return { ...fields, receivedAt: receivedAt ?? record.occurredAt, payload: payload ?? flat };
});

/**
 * Row → event, or the reasons against it.
 * @param knowsTitle events about titles it does not know are refused.
 */
export function createEventSchema(
  now: number,
  knowsTitle: (titleId: TitleId) => boolean,
): z.ZodType<MarqueeEvent> {
  return recordAsEvent
    .pipe(eventSchema as z.ZodType<MarqueeEvent, unknown>)
    .refine(({ occurredAt }) => occurredAt <= now + FUTURE_TOLERANCE_MS, {
      path: ['occurredAt'],
      message: 'lies in the future',
    })
    .refine(({ payload }) => !('titleId' in payload) || knowsTitle(payload.titleId), {
      path: ['titleId'],
      message: 'is not in the catalogue',
    });
}
