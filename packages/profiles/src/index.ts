/**
 * The profiles' port: the relational view of what people have said and done, projected from the event log.
 * `apply` is idempotent by sequence and atomic with its checkpoint, so a replay changes nothing.
 */
import type {
  DeliveredEvent,
  GenreId,
  PersonId,
  Profile,
  ProfileId,
  Reaction,
  TitleId,
} from '@marquee/domain';
import type { Component } from '@marquee/service-kit';

export const MAX_IDS = 1_000;
export const MAX_PAGE = 100;

export interface WatchProgress {
  readonly positionSeconds: number;
  readonly watchedSeconds: number;
  readonly lastWatchedAt: number;
}

/** What one profile has done with one title. */
export interface TitleState {
  readonly titleId: TitleId;
  readonly reaction: Reaction;
  readonly inMyList: boolean;
  readonly hidden: boolean;
  readonly progress?: WatchProgress;
}

export interface WatchedTitle extends WatchProgress {
  readonly titleId: TitleId;
}

export interface SavedTitle {
  readonly titleId: TitleId;
  readonly savedAt: number;
}

/** Newest first; `cursor` is opaque and continues after its entry. */
export interface Page<T> {
  readonly entries: readonly { readonly entry: T; readonly cursor: string }[];
  readonly hasNextPage: boolean;
}

export interface ProfileExport {
  readonly profile: Profile | undefined;
  readonly reactions: readonly { titleId: TitleId; reaction: Reaction; at: number }[];
  readonly hidden: readonly { titleId: TitleId; at: number }[];
  readonly myList: readonly SavedTitle[];
  readonly followedPersonIds: readonly PersonId[];
  readonly tasteGenreIds: readonly GenreId[];
  readonly history: readonly WatchedTitle[];
}

export interface AppliedBatch {
  /** Events that were dropped because they come from a life of their profile that was erased. */
  readonly tooLate: number;
}

export interface Profiles extends Component {
  profilesByIds(ids: readonly ProfileId[]): Promise<readonly (Profile | undefined)[]>;
  /** In the order of `titleIds`; one query per kind of state. Titles without any state get the neutral one. */
  titleStates(profileId: ProfileId, titleIds: readonly TitleId[]): Promise<readonly TitleState[]>;
  /** @throws MarqueeError CURSOR_INVALID. */
  myList(profileId: ProfileId, page: { first: number; after?: string }): Promise<Page<SavedTitle>>;
  /** Qualified or not, one entry per title, by last watched. @throws MarqueeError CURSOR_INVALID. */
  history(profileId: ProfileId, page: { first: number; after?: string }): Promise<Page<WatchedTitle>>;
  follows(profileId: ProfileId): Promise<readonly PersonId[]>;
  exportProfile(profileId: ProfileId): Promise<ProfileExport>;
  /**
   * Projects events of one partition (default 0). Sequences at or below that partition's checkpoint are skipped. What
   * happened or was accepted before the erasure of its profile changes nothing, however late it comes.
   */
  apply(events: readonly DeliveredEvent[], partition?: number): Promise<AppliedBatch>;
  /** Sequence up to which everything in the partition (default 0) is applied. */
  checkpoint(partition?: number): Promise<number>;
  count(): Promise<number>;
  /** Registered profile ids in id order. */
  list(page: { first: number; afterId?: ProfileId }): Promise<readonly Profile[]>;
}

/** Names the consumer that projects profiles, in whichever process it runs. */
export const PROFILE_PROJECTOR = 'profile-projector';

export { PROJECTED_TYPES } from './projection/profile-changes.ts';
