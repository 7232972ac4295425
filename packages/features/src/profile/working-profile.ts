/**
 * A profile's state while events are being folded into it. Collections are maps here, because counting, bounding
 * and writing them must be cheap; the getters show the same as the `ProfileState` that readers know, made on
 * demand. Entries inside the collections are never changed, only replaced.
 */
import type { MaturityRating, Region, Segment, TitleId } from '@marquee/domain';
import type { ProfileContent } from '../views/profile-state.codec.ts';
import {
  emptyProfileState,
  MAX_TRACKED_IMPRESSIONS,
  type ProfileState,
  type WatchEntry,
} from '../views/profile-state.view.ts';
import { TasteSums } from './taste.ts';

type Impression = ProfileState['impressions'][string];
type ReactionEntry = ProfileState['reactions'][string];
type Saved = ProfileState['myList'][number];

export class WorkingProfile implements ProfileState {
  revision = 0;
  appliedSequence = 0;
  erasedAt?: number | undefined;
  registered = false;
  segment: Segment = '';
  region?: Region | undefined;
  maturityLimit?: MaturityRating | undefined;
  onboardingGenreIds: readonly string[] = [];
  history: WatchEntry[] = [];
  qualifiedWatches = 0;
  hiddenTitleIds: string[] = [];
  myList: Saved[] = [];
  followedPersonIds: string[] = [];
  tasteSums = new TasteSums();
  reactionsById = new Map<TitleId, ReactionEntry>();
  impressionsById = new Map<TitleId, Impression>();
  #impressions: ProfileState['impressions'] | undefined;

  /** A copy that can be changed without the original noticing. */
  constructor(state: ProfileState = emptyProfileState()) {
    this.#take(state);
  }

  get taste(): ProfileState['taste'] {
    return this.tasteSums.toTaste();
  }

  get reactions(): ProfileState['reactions'] {
    return toRecord(this.reactionsById);
  }

  get impressions(): ProfileState['impressions'] {
    this.#impressions ??= toRecord(this.impressionsById);
    return this.#impressions;
  }

  /** A plain state that later events do not change. */
  freeze(): ProfileState {
    return {
      revision: this.revision,
      appliedSequence: this.appliedSequence,
      ...(this.erasedAt !== undefined && { erasedAt: this.erasedAt }),
      registered: this.registered,
      segment: this.segment,
      ...(this.region !== undefined && { region: this.region }),
      ...(this.maturityLimit !== undefined && { maturityLimit: this.maturityLimit }),
      onboardingGenreIds: this.onboardingGenreIds,
      history: [...this.history],
      qualifiedWatches: this.qualifiedWatches,
      reactions: this.reactions,
      hiddenTitleIds: [...this.hiddenTitleIds],
      myList: [...this.myList],
      followedPersonIds: [...this.followedPersonIds],
      taste: this.taste,
      impressions: this.impressions,
    };
  }

  /** What is written, straight from the maps. */
  content(): ProfileContent {
    const { genres, people, eras, studios, total, updatedAt } = this.tasteSums;
    return {
      scalars: this,
      reactions: this.reactionsById,
      taste: { genres, people, eras, studios, total, updatedAt },
      impressions: this.impressionsById,
    };
  }

  /** Back to nothing known but when that was; revision and sequence go on growing. */
  erase(at: number): void {
    const { revision, appliedSequence, erasedAt = at } = this;
    this.#take(emptyProfileState());
    this.revision = revision;
    this.appliedSequence = appliedSequence;
    this.erasedAt = Math.max(erasedAt, at);
  }

  watchOf(titleId: TitleId): WatchEntry | undefined {
    for (const entry of this.history) if (entry.titleId === titleId) return entry;
    return undefined;
  }

  /** Puts an entry in its place in the history, newest first. A late report leaves its title where it is. */
  putHistory(entry: WatchEntry, bound: number): void {
    const { history } = this;
    for (let i = 0; i < history.length; i++) {
      if (history[i]!.titleId !== entry.titleId) continue;
      if (history[i]!.lastWatchedAt === entry.lastWatchedAt) {
        history[i] = entry;
        return;
      }
      history.splice(i, 1);
      break;
    }
    let place = 0;
    while (place < history.length && history[place]!.lastWatchedAt > entry.lastWatchedAt) place++;
    history.splice(place, 0, entry);
    if (history.length > bound) history.pop();
  }

  setReaction(titleId: TitleId, reaction: ReactionEntry, bound: number): void {
    this.reactionsById.set(titleId, reaction);
    if (this.reactionsById.size > bound) dropOldest(this.reactionsById, (entry) => entry.at);
  }

  countImpression(titleId: TitleId, at: number): void {
    const seen = this.impressionsById.get(titleId);
    this.impressionsById.set(titleId, {
      count: (seen?.count ?? 0) + 1,
      lastAt: Math.max(seen?.lastAt ?? 0, at),
    });
    if (this.impressionsById.size > MAX_TRACKED_IMPRESSIONS) {
      dropOldest(this.impressionsById, (impression) => impression.lastAt);
    }
    this.#impressions = undefined;
  }

  forgetImpressions(titleId: TitleId): void {
    if (this.impressionsById.delete(titleId)) this.#impressions = undefined;
  }

  #take(state: ProfileState): void {
    this.revision = state.revision;
    this.appliedSequence = state.appliedSequence;
    this.erasedAt = state.erasedAt;
    this.registered = state.registered;
    this.segment = state.segment;
    this.region = state.region;
    this.maturityLimit = state.maturityLimit;
    this.onboardingGenreIds = state.onboardingGenreIds;
    this.history = [...state.history];
    this.qualifiedWatches = state.qualifiedWatches;
    this.hiddenTitleIds = [...state.hiddenTitleIds];
    this.myList = [...state.myList];
    this.followedPersonIds = [...state.followedPersonIds];
    this.tasteSums = new TasteSums(state.taste);
    this.reactionsById = new Map(Object.entries(state.reactions));
    this.impressionsById = new Map(Object.entries(state.impressions));
    this.#impressions = undefined;
  }
}

/** Without a prototype, so that an id such as "constructor" is an id and nothing else. */
function toRecord<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  const record = Object.create(null) as Record<string, T>;
  for (const [key, value] of map) record[key] = value;
  return record;
}

/** Deletes the entry with the smallest instant; of equal ones the largest key, whatever the order in the map. */
function dropOldest<T>(map: Map<string, T>, at: (entry: T) => number): void {
  let oldest: string | undefined;
  let oldestAt = Number.POSITIVE_INFINITY;
  for (const [key, entry] of map) {
    const instant = at(entry);
    if (instant < oldestAt || (instant === oldestAt && key > oldest!)) {
      oldest = key;
      oldestAt = instant;
    }
  }
  if (oldest !== undefined) map.delete(oldest);
}
