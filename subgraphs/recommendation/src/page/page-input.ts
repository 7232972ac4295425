/** What a page is made from: the ranked list, where each title came from, and what is known about the viewer. */
import type { GenreId, TitleId } from '@marquee/domain';
import type { TitleFacts } from '@marquee/features';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import type { TitleStandings } from '../home/title-standings.ts';
import type { ArtworkChooser } from './choose-artwork.ts';
import type { Explorer } from './explorer.ts';
import type { RowOrderer } from './row-orderer.ts';

export interface PageInput {
  /** Best first. */
  readonly ranked: readonly HomeCandidate[];
  readonly query: Pick<
    HomeQuery,
    | 'state'
    | 'rung'
    | 'titlesOfViewer'
    | 'seeds'
    | 'seedVectors'
    | 'collaborativeTaste'
    | 'lists'
    | 'names'
    | 'now'
    | 'filter'
    | 'profileId'
  >;
  /** Fills exploration slots; absent: the page has none. */
  readonly explorer?: Explorer;
  /** Fills the open places for rows; absent: all rows stand by rules. */
  readonly rowOrderer?: RowOrderer | undefined;
  /** Chooses among the pictures of a title; absent: each has its own. */
  readonly artworkOf?: ArtworkChooser | undefined;
  /** Genres worth a row, most important first. */
  readonly genreIds: readonly GenreId[];
  /** Seeds and people are named by their facts, whether or not they are candidates. */
  titleOf(id: TitleId): TitleFacts | undefined;
  readonly standings: Pick<TitleStandings, 'of'>;
  readonly editorial: { readonly headline: string };
}
