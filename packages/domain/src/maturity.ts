/**
 * Maturity ratings on the scale of the Motion Picture Association, in order of strictness. Titles without a
 * rating are treated as R wherever a limit applies: a profile with a limit must never see by accident what
 * nobody rated.
 */
export const MATURITY_RATINGS = ['G', 'PG', 'PG_13', 'R', 'NC_17', 'NOT_RATED'] as const;
export type MaturityRating = (typeof MATURITY_RATINGS)[number];

const LEVEL: Record<MaturityRating, number> = { G: 0, PG: 1, PG_13: 2, R: 3, NC_17: 4, NOT_RATED: 3 };

/** 0 (G) to 4 (NC-17). */
export function maturityLevel(rating: MaturityRating): number {
  return LEVEL[rating];
}

/** No limit allows everything. */
export function withinMaturity(rating: MaturityRating, limit: MaturityRating | undefined): boolean {
  return limit === undefined || LEVEL[rating] <= LEVEL[limit];
}
