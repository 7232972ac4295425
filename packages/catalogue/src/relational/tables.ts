/** The catalogue's tables as the query builder sees them; the same on every relational database. */
import type { MaturityRating, TitleKind } from '@marquee/domain';
import type { Generated } from 'kysely';

export interface TitlesTable {
  /** The database's own row number, which the full-text index refers to. */
  readonly seq: Generated<number>;
  readonly id: string;
  readonly name: string;
  /** What lists by name are ordered by: `sortName(name)`. */
  readonly sort_name: string;
  readonly kind: TitleKind;
  readonly synopsis: string | null;
  readonly release_year: number | null;
  readonly added_at: number;
  readonly runtime_minutes: number | null;
  readonly maturity_rating: MaturityRating;
  readonly studio: string | null;
  readonly average_score: number | null;
  readonly score_count: number | null;
  /** Null: one. */
  readonly artwork_variants: number | null;
  /** When this row was last written, epoch milliseconds. */
  readonly updated_at: number;
}

export interface CatalogueTables {
  readonly titles: TitlesTable;
  readonly genres: { readonly id: string; readonly name: string };
  readonly people: { readonly id: string; readonly name: string };
  readonly title_genres: {
    readonly title_id: string;
    readonly ordinal: number;
    readonly genre_id: string;
  };
  readonly title_people: {
    readonly title_id: string;
    readonly role: PersonRole;
    readonly ordinal: number;
    readonly person_id: string;
  };
  readonly availability_windows: {
    readonly title_id: string;
    readonly ordinal: number;
    readonly starts_at: number;
    readonly ends_at: number | null;
    /** JSON list of region codes; null: everywhere. */
    readonly regions: string | null;
  };
}

export type PersonRole = 'director' | 'cast';

const MAX_SORT_NAME = 100;

/** Folds case and diacritics, so that "Élite" stands beside "Elite"; bounded, because cursors carry it. */
export function sortName(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .trim()
    .slice(0, MAX_SORT_NAME)
    .toWellFormed();
}
