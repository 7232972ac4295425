/**
 * The catalogue's port: the system of record for titles, people and genres.
 *
 * - Reads by ids keep the order of the ids; unknown ids are `undefined`; at most MAX_IDS per call, one query.
 * - Lists are paged by keyset, never by offset; cursors are the adapter's own and opaque.
 * - Writes are atomic per call: all of the batch or none of it.
 */
import type {
  Genre,
  GenreId,
  MaturityRating,
  Person,
  PersonId,
  Title,
  TitleFilter,
  TitleId,
} from '@marquee/domain';
import type { Component } from '@marquee/service-kit';

export const MAX_IDS = 1_000;
export const MAX_PAGE = 100;
/** Lower than MAX_IDS because each of them brings a page. */
export const MAX_PEOPLE_PER_PAGE = 100;

export interface TitleQuery {
  readonly filter?: TitleFilter;
  /** Words to find in name, people and synopsis; every word must match, the last one as a prefix. */
  readonly search?: string;
  /** Only titles this person directed or plays in. Without `search` they come newest first. */
  readonly personId?: PersonId;
  /** Only titles available at this instant to a viewer whose region is not known. */
  readonly availableAt?: number;
  /** Only titles within this limit of the viewer; `filter.maxMaturity` can narrow it, never widen it. */
  readonly maturityLimit?: MaturityRating;
  readonly first: number;
  readonly after?: string;
}

export type PeopleTitlesQuery = Pick<TitleQuery, 'availableAt' | 'maturityLimit' | 'first'>;

export interface TitlePage {
  readonly titles: readonly { readonly title: Title; readonly cursor: string }[];
  readonly hasNextPage: boolean;
}

export interface CatalogueBatch {
  readonly titles?: readonly Title[];
  readonly people?: readonly Person[];
  readonly genres?: readonly Genre[];
}

export interface Catalogue extends Component {
  titlesByIds(ids: readonly TitleId[]): Promise<readonly (Title | undefined)[]>;
  peopleByIds(ids: readonly PersonId[]): Promise<readonly (Person | undefined)[]>;
  genresByIds(ids: readonly GenreId[]): Promise<readonly (Genre | undefined)[]>;
  /** All genres by name. */
  genres(): Promise<readonly Genre[]>;
  /**
   * By relevance when searching, newest first for one person, else by name.
   * @throws MarqueeError CURSOR_INVALID for a cursor of another list.
   */
  findTitles(query: TitleQuery): Promise<TitlePage>;
  /**
   * `findTitles` for many people at once: the first page of each, in the order of the ids, empty for unknown
   * ids; at most MAX_PEOPLE_PER_PAGE ids per call, one query. A cursor continues in `findTitles` with that `personId`.
   */
  titlesByPeople(ids: readonly PersonId[], query: PeopleTitlesQuery): Promise<readonly TitlePage[]>;
  /** Every title in id order, in batches: for read models and indexers. */
  scan(options?: { batchSize?: number }): AsyncIterable<readonly Title[]>;
  /** Inserts or replaces. @throws MarqueeError BAD_USER_INPUT when a title names an unknown genre or person. */
  put(batch: CatalogueBatch): Promise<void>;
  remove(ids: readonly TitleId[]): Promise<void>;
  count(): Promise<number>;
}

export { type ArtworkReference, artworkId, parseArtworkId } from './artwork-id.ts';
export { catalogueLookup, catalogueNames, type TitlesInMemory } from './catalogue-lookup.ts';
