/**
 * The catalogue as the ranker sees it: an in-memory read model, so that stages look facts up instead of
 * fetching records. Built from `Catalogue.scan`, kept in step by TITLE_CHANGED events.
 */
import {
  type GenreId,
  isAvailable,
  type MaturityRating,
  maturityLevel,
  type PersonId,
  type Region,
  type Title,
  type TitleFilter,
  type TitleId,
  type TitleKind,
} from '@marquee/domain';
import { TitleRow } from './title-row.ts';

/**
 * The part of a title that recommending reads, as it was when it was asked for. The table's own are views with
 * getters: name the fields that are to be copied, spreading copies none.
 */
export interface TitleFacts {
  readonly id: TitleId;
  readonly name: string;
  readonly kind: TitleKind;
  readonly genreIds: readonly GenreId[];
  /** Directors first, then cast. */
  readonly personIds: readonly PersonId[];
  readonly directorIds: readonly PersonId[];
  readonly studio?: string;
  readonly releaseYear?: number;
  readonly addedAt: number;
  readonly runtimeMinutes?: number;
  readonly maturityRating: MaturityRating;
  readonly averageScore?: number;
  readonly scoreCount?: number;
  /** Absent: one. */
  readonly artworkVariants?: number;
  readonly availability: Title['availability'];
}

export interface TitleTable {
  readonly size: number;
  /** Another number after every change. */
  readonly version: number;
  get(id: TitleId): TitleFacts | undefined;
  has(id: TitleId): boolean;
  /**
   * The same id, as the very string that the table holds; the given one where it does not know the title. Whoever keeps ids of half a
   * million titles keeps these: memory for one copy, and maps of several parts of a process find them without comparing letters, at a
   * third of the time.
   */
  idOf(id: TitleId): TitleId;
  /** Titles of a person (director or cast), newest release first. */
  titlesOfPerson(id: PersonId): readonly TitleId[];
  /** Titles of a genre, newest added first. */
  titlesOfGenre(id: GenreId): readonly TitleId[];
  /** All ids, newest added first; ties by id. */
  newest(): readonly TitleId[];
  /**
   * The title at a place of `newest()`, which need not be found by its id: in a table of half a million that costs more than most
   * that is then asked of it.
   */
  newestAt(place: number): TitleFacts | undefined;
  genreIds(): readonly GenreId[];
  put(titles: readonly Title[]): void;
  remove(ids: readonly TitleId[]): void;
}

/** Whether a title may be shown at all: available now, here, and within the viewer's maturity limit. */
export function isServable(
  title: TitleFacts,
  at: { now: number; region?: Region; maturityLimit?: MaturityRating },
): boolean {
  if (
    at.maturityLimit !== undefined &&
    maturityLevel(title.maturityRating) > maturityLevel(at.maturityLimit)
  ) {
    return false;
  }
  return isAvailableTo(title, at.now, at.region);
}

/** Whether a title is available at an instant to viewers of a region. */
export function isAvailableTo(title: TitleFacts, now: number, region: Region | undefined): boolean {
  // Asked thousands of times per page: a row of the table answers without making its list of windows.
  if (title instanceof TitleRow) return title.isAvailable(now, region);
  return isAvailable(title.availability, now, region);
}

/** Whether a title satisfies a client's filter. Unknown year or runtime fails a bound on it. */
export function matchesFilter(title: TitleFacts, filter: TitleFilter): boolean {
  if (filter.genreIds && !filter.genreIds.some((id) => title.genreIds.includes(id))) return false;
  if (filter.kinds && !filter.kinds.includes(title.kind)) return false;
  if (filter.releasedFrom !== undefined && !((title.releaseYear ?? Number.NaN) >= filter.releasedFrom))
    return false;
  if (filter.releasedTo !== undefined && !((title.releaseYear ?? Number.NaN) <= filter.releasedTo))
    return false;
  if (
    filter.maxRuntimeMinutes !== undefined &&
    !((title.runtimeMinutes ?? Number.NaN) <= filter.maxRuntimeMinutes)
  ) {
    return false;
  }
  return !(
    filter.maxMaturity !== undefined &&
    maturityLevel(title.maturityRating) > maturityLevel(filter.maxMaturity)
  );
}

export { createTitleTable } from './create-title-table.ts';
