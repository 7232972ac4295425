import type { MaturityRating } from './maturity.ts';
import type { GenreId, ProfileId, Region } from './title.ts';

/**
 * An audience segment for popularity lists, e.g. "young-adult". Given at sign-up or by the importer; `all`
 * where nothing is known.
 */
export type Segment = string;
export const DEFAULT_SEGMENT: Segment = 'all';

export interface Profile {
  readonly id: ProfileId;
  readonly name: string;
  readonly segment: Segment;
  readonly region?: Region;
  readonly maturityLimit?: MaturityRating;
  readonly tasteGenreIds: readonly GenreId[];
  readonly createdAt: number;
}

export const REACTIONS = ['LIKE', 'DISLIKE', 'NONE'] as const;
export type Reaction = (typeof REACTIONS)[number];

export const DEVICES = ['TV', 'MOBILE', 'TABLET', 'WEB'] as const;
export type Device = (typeof DEVICES)[number];

/** Watching more than this is a qualified watch: enough to say something about taste. */
export const QUALIFIED_WATCH_SECONDS = 120;
/** Stopping a longer title before this is an abandonment. */
export const ABANDONMENT_SECONDS = 300;
/** From this share of the runtime on, a title counts as finished and leaves continue-watching. */
export const COMPLETED_FRACTION = 0.9;
/** Assumed where a title has no runtime, in seconds. */
export const DEFAULT_RUNTIME_SECONDS = 100 * 60;
