/** The materialiser as a consumer of the log: its name, and what it wants to read. */
import type { EventType } from '@marquee/domain';

/** Names the subscription and the checkpoint that is written with every batch. */
export const MATERIALISER_CONSUMER = 'feature-materializer';

/** What the materialiser reads; others need not be delivered to it. */
export const MATERIALISED_TYPES = [
  'IMPRESSION',
  'PLAY_START',
  'PLAY_PROGRESS',
  'PLAY_STOP',
  'REACTION_SET',
  'TITLE_HIDDEN',
  'TITLE_UNHIDDEN',
  'LIST_SAVED',
  'LIST_REMOVED',
  'PERSON_FOLLOWED',
  'PERSON_UNFOLLOWED',
  'ONBOARDING_COMPLETED',
  'PROFILE_REGISTERED',
  'PROFILE_ERASED',
] as const satisfies readonly EventType[];
