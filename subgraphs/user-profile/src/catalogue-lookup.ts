/**
 * What this subgraph has to know about the catalogue: which ids exist, and which titles a viewer may see. Passed in,
 * because the catalogue belongs to the content subgraph.
 */
import type { MaturityRating } from '@marquee/domain';

export interface CatalogueLookup {
  /** One answer per id, in their order; at most 1,000 ids per call. */
  /** Whether a title exists for somebody with this limit: what is above it does not. Undefined: no limit. */
  titlesExist(ids: readonly string[], limit: MaturityRating | undefined): Promise<readonly boolean[]>;
  peopleExist(ids: readonly string[]): Promise<readonly boolean[]>;
  genresExist(ids: readonly string[]): Promise<readonly boolean[]>;
}

export const MAX_LOOKUP_IDS = 1_000;
