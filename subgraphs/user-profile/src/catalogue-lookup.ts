/**
 * What this subgraph has to know about the catalogue: which ids exist. Passed in, because the catalogue belongs
 * to the content subgraph.
 */
export interface CatalogueLookup {
  /** One answer per id, in their order; at most 1,000 ids per call. */
  titlesExist(ids: readonly string[]): Promise<readonly boolean[]>;
  peopleExist(ids: readonly string[]): Promise<readonly boolean[]>;
  genresExist(ids: readonly string[]): Promise<readonly boolean[]>;
}

export const MAX_LOOKUP_IDS = 1_000;
