/** What the home pipeline makes: a slate of rows of title ids, with everything needed to explain and learn. */
import type { PersonId, ProfileId, TitleId } from './title.ts';

export const ROW_KINDS = [
  'CONTINUE_WATCHING',
  'TOP_PICKS',
  'BECAUSE_YOU_WATCHED',
  'TRENDING',
  'TOP_TEN',
  'NEW_RELEASES',
  'GENRE',
  'FOLLOWED_PEOPLE',
  'MY_LIST',
  'WATCH_AGAIN',
  'HIDDEN_GEMS',
  'EDITORIAL',
] as const;
export type RowKind = (typeof ROW_KINDS)[number];

export interface Reason {
  readonly text: string;
  readonly titleIds: readonly TitleId[];
  readonly personIds: readonly PersonId[];
}

export interface SlateItem {
  readonly titleId: TitleId;
  readonly reason?: Reason;
  /** The ranker's value; absent where no ranker ran. */
  readonly score?: number;
  /** Probability that the policy put this title here, in (0, 1]; 1 for a deterministic place. */
  readonly propensity: number;
  /** Candidate sources that proposed the title. */
  readonly sources: readonly string[];
  /** The picture that is chosen; absent: the title's own. */
  readonly artwork?: ArtworkChoice;
}

/** One of a title's pictures, and with which probability each of them would have been chosen. */
export interface ArtworkChoice {
  readonly variant: number;
  /** By variant; they sum to one. */
  readonly probabilities: readonly number[];
}

export interface SlateRow {
  readonly id: string;
  readonly kind: RowKind;
  readonly headline: string;
  readonly items: readonly SlateItem[];
}

/** Steps of the degradation ladder, from best to last resort. */
export const LADDER_STEPS = [
  'FULL',
  'WITHOUT_SOURCE',
  'WITHOUT_RANKER',
  'CACHED_SLATE',
  'POPULAR_IN_SEGMENT',
  'STATIC_EDITORIAL',
] as const;
export type LadderStep = (typeof LADDER_STEPS)[number];

export interface Degradation {
  /** Stable, e.g. `SOURCE_OMITTED`, `RANKER_UNAVAILABLE`, `NO_CANDIDATES`. */
  readonly code: string;
  /** The ladder step that answered because of it. */
  readonly step: LadderStep;
  /** The component that failed or was missing. */
  readonly component: string;
  readonly message: string;
}

export interface ModelVersion {
  readonly name: string;
  readonly version: string;
}

export interface Slate {
  readonly id: string;
  readonly surface: 'home' | 'watch-next' | 'more-like-this';
  /** Absent for an anonymous viewer. */
  readonly profileId?: ProfileId;
  readonly generatedAt: number;
  readonly seed: number;
  readonly rows: readonly SlateRow[];
  readonly degradations: readonly Degradation[];
  readonly modelVersions: readonly ModelVersion[];
  /** Experiment key → variant key at the time of serving. */
  readonly assignments: Readonly<Record<string, string>>;
}
