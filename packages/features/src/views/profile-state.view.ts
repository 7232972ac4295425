import type { GenreId, MaturityRating, PersonId, Region, Segment, TitleId } from '@marquee/domain';
import { DAY_MS, DEFAULT_SEGMENT } from '@marquee/domain';
import { type DocumentView, defineDocumentView } from '../document-view.ts';
import { contentOf, decodeProfile, encodeProfile } from './profile-state.codec.ts';

export const MAX_HISTORY = 300;
export const MAX_TRACKED_IMPRESSIONS = 300;
/** Bounds that no viewer reaches by hand; beyond them the oldest go. */
export const MAX_REACTIONS = 2_000;
export const MAX_HIDDEN = 5_000;
export const MAX_MY_LIST = 1_000;
export const MAX_FOLLOWED = 500;

export interface WatchEntry {
  readonly titleId: TitleId;
  readonly firstWatchedAt: number;
  readonly lastWatchedAt: number;
  /** Most seconds watched in one playback. */
  readonly watchedSeconds: number;
  /** Latest playhead. */
  readonly positionSeconds: number;
  /** Reached COMPLETED_FRACTION of the runtime. */
  readonly completed: boolean;
  /** More than QUALIFIED_WATCH_SECONDS. */
  readonly qualified: boolean;
  /**
   * The current playback day: the 24 hours from the first report of a playback. Within it a title counts once,
   * for taste and for popularity, however often it is paused, resumed and reported.
   */
  readonly playbackStartedAt: number;
  /** Most seconds watched in the current playback day. */
  readonly playbackSeconds: number;
  /** The current playback was stopped before ABANDONMENT_SECONDS of a longer title. */
  readonly abandoned: boolean;
}

/**
 * Sums that halve every TASTE_HALF_LIFE_DAYS; negative after dislikes and abandonments. Bounded: the keys with
 * the largest absolute values are kept.
 */
export interface Taste {
  readonly genres: Readonly<Record<GenreId, number>>;
  readonly people: Readonly<Record<PersonId, number>>;
  /** Key: first year of the decade, e.g. "1990". */
  readonly eras: Readonly<Record<string, number>>;
  readonly studios: Readonly<Record<string, number>>;
  /** Sum of absolute weights, for normalising. */
  readonly total: number;
  /**
   * Instant the sums are decayed to: the start of a half-life period, so that moving it on halves every sum
   * exactly and the state does not depend on how often it was written. Multiply by
   * `2^(-(now - updatedAt) / half-life)` for values at `now`.
   */
  readonly updatedAt: number;
}
export const TASTE_HALF_LIFE_DAYS = 45;
export const TASTE_HALF_LIFE_MS = TASTE_HALF_LIFE_DAYS * DAY_MS;
export const MAX_TASTE_KEYS = 300;

/** Everything the home pipeline knows about a viewer, as of one place in the log. */
export interface ProfileState {
  /** Sequence of the last event that must change the page; a stored slate with another revision is stale. */
  readonly revision: number;
  /** Sequence of the last event applied, of any type. */
  readonly appliedSequence: number;
  /** Of the last PROFILE_ERASED, epoch milliseconds: what happened before and comes late is dropped. */
  readonly erasedAt?: number;
  readonly registered: boolean;
  readonly segment: Segment;
  readonly region?: Region;
  readonly maturityLimit?: MaturityRating;
  readonly onboardingGenreIds: readonly GenreId[];
  /** By last watched, newest first, at most MAX_HISTORY titles. */
  readonly history: readonly WatchEntry[];
  /** Titles ever watched for more than QUALIFIED_WATCH_SECONDS; the cold-start ladder's rung. */
  readonly qualifiedWatches: number;
  readonly reactions: Readonly<
    Record<TitleId, { readonly reaction: 'LIKE' | 'DISLIKE'; readonly at: number }>
  >;
  /** Newest last. */
  readonly hiddenTitleIds: readonly TitleId[];
  /** Newest first. */
  readonly myList: readonly { readonly titleId: TitleId; readonly at: number }[];
  readonly followedPersonIds: readonly PersonId[];
  readonly taste: Taste;
  /** Impressions without a play since, for frequency capping; at most MAX_TRACKED_IMPRESSIONS, latest kept. */
  readonly impressions: Readonly<Record<TitleId, { readonly count: number; readonly lastAt: number }>>;
}

export function emptyProfileState(): ProfileState {
  return {
    revision: 0,
    appliedSequence: 0,
    registered: false,
    segment: DEFAULT_SEGMENT,
    onboardingGenreIds: [],
    history: [],
    qualifiedWatches: 0,
    reactions: {},
    hiddenTitleIds: [],
    myList: [],
    followedPersonIds: [],
    taste: { genres: {}, people: {}, eras: {}, studios: {}, total: 0, updatedAt: 0 },
    impressions: {},
  };
}

export const profileStateView: DocumentView<ProfileState> = {
  ...defineDocumentView<ProfileState>({ name: 'profile_state', version: 1, freshnessSeconds: 1 }),
  encode: (state) => encodeProfile(contentOf(state)),
  decode: decodeProfile,
};
