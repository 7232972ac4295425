import type { GenreId, PersonId, Segment } from '@marquee/domain';
import { defineDocumentView } from '../document-view.ts';

/** Qualified watches of all titles of a genre, or of a person, as of one instant; the suffix is the half-life. */
export interface SubjectWatches {
  readonly id: GenreId | PersonId;
  readonly watches5m: number;
  readonly watches1h: number;
  readonly watches1d: number;
  readonly watches7d: number;
  readonly watches30d: number;
  readonly watchesTotal: number;
}

/**
 * What a segment watches by genre, or by person: sums of the titles' decayed counts, made where the ranked lists are refreshed. Sums
 * decay as their parts do, so they are good for any later instant (`watchesAt`); what was watched since is in the next ones.
 * Entity: the segment, `DEFAULT_SEGMENT` for everybody. One document per segment, so that who has fallen out leaves nothing behind.
 */
export interface WatchedSubjects {
  /** Epoch milliseconds. */
  readonly asOf: number;
  /** Those most watched now (`watchRateNow`) first. */
  readonly entries: readonly SubjectWatches[];
}

/** Genres of a segment at most; a catalogue has some dozens. */
export const MAX_GENRES_WATCHED = 500;
/** People of a segment at most. */
export const MAX_PEOPLE_WATCHED = 100;

export const genresWatchedView = defineDocumentView<WatchedSubjects>({
  name: 'genres_watched',
  version: 1,
  freshnessSeconds: 900,
});

/** Of a title count its directors and its first billed cast (`creditedPeople`). */
export const peopleWatchedView = defineDocumentView<WatchedSubjects>({
  name: 'people_watched',
  version: 1,
  freshnessSeconds: 900,
});

/** Store keys of what a segment watches, genres before people. */
export function watchedSubjectsKeys(segment: Segment): readonly [genres: string, people: string] {
  return [genresWatchedView.key(segment), peopleWatchedView.key(segment)];
}
