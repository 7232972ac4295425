/**
 * Everything that happens travels in one envelope on the event bus. The log of these events is the truth:
 * feature values, profile lists and history are projections of it, so commands are events too (a like is
 * `REACTION_SET`), and an imported history is replayed through the very same path.
 */
import { z } from 'zod';
import { MATURITY_RATINGS } from './maturity.ts';
import { DEVICES, REACTIONS } from './profile.ts';
import { MAX_ARTWORK_VARIANTS } from './title.ts';

const id = z.string().min(1).max(128);
const instant = z.number().int().nonnegative();
const seconds = z.number().int().min(0).max(172_800);

/** What clients may report through `recordEvents`. */
export const FEEDBACK_TYPES = [
  'IMPRESSION',
  'PLAY_START',
  'PLAY_PROGRESS',
  'PLAY_STOP',
  'DETAILS_OPENED',
] as const;
export type FeedbackType = (typeof FEEDBACK_TYPES)[number];

const feedbackPayload = z.object({
  titleId: id,
  /** Seconds watched in this playback so far (not since the last report). */
  watchedSeconds: seconds.optional(),
  /** Playhead, seconds from the start of the title. */
  positionSeconds: seconds.optional(),
  device: z.enum(DEVICES).optional(),
  /** Of the home page's row it was shown in, from its tracking token. */
  rowKind: z.string().min(1).max(64).optional(),
  /** The picture it was shown with, where that was chosen for the viewer. */
  artworkVariant: z
    .number()
    .int()
    .min(0)
    .max(MAX_ARTWORK_VARIANTS - 1)
    .optional(),
});

const payloads = {
  IMPRESSION: feedbackPayload,
  PLAY_START: feedbackPayload,
  PLAY_PROGRESS: feedbackPayload,
  PLAY_STOP: feedbackPayload,
  DETAILS_OPENED: feedbackPayload,
  REACTION_SET: z.object({ titleId: id, reaction: z.enum(REACTIONS) }),
  TITLE_HIDDEN: z.object({ titleId: id }),
  TITLE_UNHIDDEN: z.object({ titleId: id }),
  LIST_SAVED: z.object({ titleId: id }),
  LIST_REMOVED: z.object({ titleId: id }),
  PERSON_FOLLOWED: z.object({ personId: id }),
  PERSON_UNFOLLOWED: z.object({ personId: id }),
  ONBOARDING_COMPLETED: z.object({ genreIds: z.array(id).min(3).max(50) }),
  PROFILE_REGISTERED: z.object({
    name: z.string().min(1).max(200),
    segment: z.string().min(1).max(64),
    region: z.string().length(2).optional(),
    maturityLimit: z.enum(MATURITY_RATINGS).optional(),
  }),
  PROFILE_ERASED: z.object({}),
  /** What may be sent to the viewer. Without one, what is sent by default may. */
  NOTIFICATION_SETTINGS_CHANGED: z.object({ digest: z.boolean() }),
  /** For whoever sends. Not to be sent after `expiresAt`, nor to a profile that was erased or has opted out since. */
  NOTIFICATION_REQUESTED: z.object({
    kind: z.literal('digest'),
    /** What the titles were chosen for, with its version. */
    objective: z.string().max(64),
    lapsedDays: z.number().int().min(0),
    expiresAt: instant,
    /** Best first. */
    items: z
      .array(
        z.object({
          titleId: id,
          why: z.enum(['unfinished', 'followed-person', 'new-for-you', 'saved', 'for-you']),
          value: z.number(),
        }),
      )
      .min(1)
      .max(10),
  }),
  EXPOSURE: z.object({ experimentKey: id, variantKey: id }),
  SLATE_SERVED: z.object({
    surface: z.enum(['home', 'watch-next', 'more-like-this']),
    seed: z.number().int(),
    degradations: z.array(z.string()),
    /** The ranker's input columns; empty where no features were made. */
    featureNames: z.array(z.string()),
    /** One row per item, one column per feature name; see `decodeFeatureMatrix`. */
    featureMatrix: z.base64(),
    /** One per served title, in page order. */
    items: z.array(
      z.object({
        titleId: id,
        rowKind: z.string(),
        row: z.number().int(),
        position: z.number().int(),
        score: z.number().nullable(),
        propensity: z.number(),
        /** The ranker's probability of a qualified watch; absent or null where no ranker ran. */
        probability: z.number().min(0).max(1).nullable().optional(),
        sources: z.array(z.string()),
        /** The picture that was chosen, with the probability of each; absent: the title's own. */
        artwork: z.object({ variant: z.number().int(), probabilities: z.array(z.number()) }).optional(),
      }),
    ),
    /** How the places were filled whose row is learned; absent: all rows stand by rules. */
    rowOrder: z
      .object({
        /** The profile keeps the order by rules, to be compared with. */
        holdout: z.boolean(),
        /** In page order. */
        places: z.array(
          z.object({
            row: z.number().int(),
            rowKind: z.string(),
            /** Probability that this kind stands here, given the rows above. */
            propensity: z.number(),
            /** Every kind that could have stood here, the one that would by rules first. */
            options: z.array(z.object({ rowKind: z.string(), probability: z.number() })),
          }),
        ),
      })
      .optional(),
  }),
  TITLE_CHANGED: z.object({ titleId: id }),
  TITLE_REMOVED: z.object({ titleId: id }),
} as const;

export type EventType = keyof typeof payloads;
export const EVENT_TYPES = Object.keys(payloads) as EventType[];
export type EventPayload<T extends EventType> = z.infer<(typeof payloads)[T]>;

export const EVENT_SCHEMA_VERSION = 1;

const envelope = {
  /** Made by the producer; the deduplication key across every hop. */
  eventId: id,
  schemaVersion: z.literal(EVENT_SCHEMA_VERSION),
  occurredAt: instant,
  receivedAt: instant,
  /** Partition key. Catalogue events, which belong to no profile, carry `CATALOGUE_PARTITION`. */
  profileId: id,
  slateId: id.optional(),
  /** Place on the page the item was shown at, from its tracking token. */
  row: z.number().int().nonnegative().optional(),
  position: z.number().int().nonnegative().optional(),
  propensity: z.number().min(0).max(1).optional(),
  modelVersion: z.string().max(128).optional(),
  /** Experiment key → variant key. */
  assignments: z.record(z.string(), z.string()).optional(),
};

export const CATALOGUE_PARTITION = '$catalogue';

export type MarqueeEvent = {
  [T in EventType]: z.infer<z.ZodObject<typeof envelope>> & { type: T; payload: EventPayload<T> };
}[EventType];
export type EventOf<T extends EventType> = Extract<MarqueeEvent, { type: T }>;

const schemas = Object.entries(payloads).map(([type, payload]) =>
  z.object({ ...envelope, type: z.literal(type), payload }),
);

/** Validates one envelope with its payload. Unknown keys are dropped, unknown types refused. */
export const eventSchema = z.discriminatedUnion(
  'type',
  schemas as [(typeof schemas)[number], ...typeof schemas],
) as unknown as z.ZodType<MarqueeEvent>;

export function isFeedback(event: MarqueeEvent): event is EventOf<FeedbackType> {
  return (FEEDBACK_TYPES as readonly string[]).includes(event.type);
}

/** An event with its place in the log. Sequences grow; they are how projections stay idempotent. */
export interface DeliveredEvent {
  readonly sequence: number;
  readonly event: MarqueeEvent;
}
