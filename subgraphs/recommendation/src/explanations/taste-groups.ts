/**
 * The ranker's columns that are about this viewer and this title, by what a reason could name. Each is 0 where nothing is
 * known of the viewer, so a row of zeros in these places is the same title in front of somebody nobody knows. The order
 * settles ties.
 */
import { RANKING_COLUMNS } from '@marquee/features';

const COLUMNS_OF = {
  /** What people watched who watched what the viewer watched. */
  coWatch: ['co_watch'],
  /** The collaborative model's view of the viewer. */
  collaborative: ['collaborative'],
  /** Content like what the viewer watched. */
  likeness: ['content_similarity', 'similarity_when_known'],
  people: ['director_affinity', 'people_affinity'],
  genres: ['genre_affinity_max', 'genre_affinity_mean', 'preferred_genres'],
  /** Counted, so that nothing of theirs is taken for another's; no sentence speaks of them. */
  origin: ['era_affinity', 'studio_affinity', 'preferred_decade', 'preferred_fame'],
} as const;

export type TasteGroup = keyof typeof COLUMNS_OF;

export const TASTE_GROUPS = Object.keys(COLUMNS_OF) as readonly TasteGroup[];

/** Places in a ranking row, in the order of TASTE_GROUPS. */
export const TASTE_COLUMNS: readonly (readonly number[])[] = TASTE_GROUPS.map((group) =>
  COLUMNS_OF[group].map((name) => RANKING_COLUMNS.indexOf(name)),
);
