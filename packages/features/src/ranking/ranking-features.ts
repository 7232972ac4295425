/**
 * The ranker's input columns. Serving and training call the same two functions: `prepareProfile` once per
 * request, `fillRankingRow` once per candidate. Nothing here reads a clock, a store or the network.
 */
import type { Device, TitleId } from '@marquee/domain';
import type { TitleFacts } from '../title-table.ts';
import type { ProfileState } from '../views/profile-state.view.ts';
import type { ViewerPreference } from './viewer-preference.ts';

export interface RankingContext {
  /** Instant of the request (serving) or of the example (training). */
  readonly now: number;
  readonly device?: Device;
}

/** What retrieval knew about a candidate; 0 where a source did not propose it. */
export interface RetrievalSignals {
  /** Cosine of the title's content vector with the profile's taste vector, in [-1, 1]. */
  readonly contentSimilarity: number;
  /** Sum of co-watch similarities to the recent history. */
  readonly coWatch: number;
  /** iALS: product of the title's vector with the profile's folded-in one, about 0 to 1; 0 for titles without one. */
  readonly collaborative: number;
}

/** A profile's state, digested for one request. */
export interface PreparedProfile {
  readonly state: ProfileState;
  readonly context: RankingContext;
  /** Ids watched for more than QUALIFIED_WATCH_SECONDS or completed. */
  readonly watched: ReadonlySet<TitleId>;
  /** Normalised affinities in about [-1, 1]. */
  readonly genreAffinity: ReadonlyMap<string, number>;
  readonly personAffinity: ReadonlyMap<string, number>;
  readonly eraAffinity: ReadonlyMap<string, number>;
  readonly studioAffinity: ReadonlyMap<string, number>;
  readonly onboardingGenres: ReadonlySet<string>;
  readonly followedPeople: ReadonlySet<string>;
  readonly myList: ReadonlySet<TitleId>;
  /** Titles that were seen and not played since. */
  readonly impressions: ReadonlyMap<TitleId, { readonly count: number; readonly lastAt: number }>;
  readonly preference: ViewerPreference;
}

export { fillRankingRow, prepareProfile, RANKING_COLUMNS, RankingRows } from './fill-ranking-row.ts';
export { PopularityCursor, type PopularityNow, readPopularity } from './popularity-now.ts';
export * from './retrieval-signals.ts';
export type { TitlesSeen, ViewerPreference } from './viewer-preference.ts';
export { type GenreTraits, type ViewerTraits, viewerTraits } from './viewer-traits.ts';
export { watchesAt, watchRateNow } from './watch-rate-now.ts';
export type { TitleFacts };
