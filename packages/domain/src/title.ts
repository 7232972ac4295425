/** The catalogue's nouns as every part of Marquee sees them. Ids are opaque strings, unique per kind. */
import type { MaturityRating } from './maturity.ts';

export type TitleId = string;
export type ProfileId = string;
export type PersonId = string;
export type GenreId = string;
/** ISO 3166-1 alpha-2, upper case. */
export type Region = string;

export const TITLE_KINDS = ['MOVIE', 'SERIES'] as const;
export type TitleKind = (typeof TITLE_KINDS)[number];

export const MAX_ARTWORK_VARIANTS = 8;

export interface Genre {
  readonly id: GenreId;
  readonly name: string;
}

export interface Person {
  readonly id: PersonId;
  readonly name: string;
}

/** Half-open: available when `from <= instant < to`. */
export interface AvailabilityWindow {
  readonly from: number;
  /** Absent: no end. */
  readonly to?: number;
  /** Absent: everywhere. */
  readonly regions?: readonly Region[];
}

export interface Title {
  readonly id: TitleId;
  readonly name: string;
  readonly kind: TitleKind;
  readonly synopsis?: string;
  readonly releaseYear?: number;
  /** When the title joined the catalogue, epoch milliseconds. */
  readonly addedAt: number;
  readonly runtimeMinutes?: number;
  readonly maturityRating: MaturityRating;
  readonly genreIds: readonly GenreId[];
  readonly directorIds: readonly PersonId[];
  readonly castIds: readonly PersonId[];
  readonly studio?: string;
  /** Critics' or users' mean score in [0, 10], when the source has one. */
  readonly averageScore?: number;
  readonly scoreCount?: number;
  /** How many pictures there are of it, from 2 to MAX_ARTWORK_VARIANTS; absent: one. Numbers of variants count from 0. */
  readonly artworkVariants?: number;
  /** Empty: never available. A title without restrictions has one window from `addedAt`. */
  readonly availability: readonly AvailabilityWindow[];
}

export function isAvailable(
  windows: readonly AvailabilityWindow[],
  instant: number,
  region?: Region,
): boolean {
  return windows.some(
    (window) =>
      window.from <= instant &&
      (window.to === undefined || instant < window.to) &&
      (window.regions === undefined || (region !== undefined && window.regions.includes(region))),
  );
}

/** What a client may ask of a list of titles; every given condition must hold, lists mean "any of". */
export interface TitleFilter {
  readonly genreIds?: readonly GenreId[];
  readonly kinds?: readonly TitleKind[];
  readonly releasedFrom?: number;
  readonly releasedTo?: number;
  readonly maxRuntimeMinutes?: number;
  readonly maxMaturity?: MaturityRating;
}
