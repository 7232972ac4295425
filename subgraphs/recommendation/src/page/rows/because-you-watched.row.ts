/**
 * One row per recent seed: what those who watched it watched, and what is like it. Up to three, about titles
 * as different as possible: seeds of a genre that has no row yet come first. The latest seed's row is always high
 * on the page, so that a like or a watch is seen to have been heard.
 */
import type { HomeCandidate } from '../../home/home-candidate.ts';
import type { Seed } from '../../home/home-query.ts';
import { SOURCE } from '../../home/source-names.ts';
import { ROW_LIMIT, type RowPlan, type RowPlanner, type RowPlannerInput } from '../row-plan.ts';
import { seedReason } from '../seed-reason.ts';

const ROWS = 3;
/** Seeds looked at: some will not have enough to fill a row. */
const MAX_SEEDS = 8;
/** Titles of a row that say how like its seed they usually are. */
const COMPARED = 20;
/** A title belongs to the rows of the seeds that say most for it. */
const STRONGEST = 2;

export const becauseYouWatchedRow: RowPlanner = (input) => {
  const bySeed = groupBySeed(input.discoveries);
  const seedVectors = new Map(
    input.query.seeds.map(({ titleId }, i) => [titleId, input.query.seedVectors[i]]),
  );
  const plans: RowPlan[] = [];
  for (const [i, { titleId }] of variedSeeds(input).entries()) {
    const reason = seedReason(input, titleId);
    if (reason === undefined) continue;
    const pool = bySeed.get(titleId) ?? [];
    plans.push({
      key: `because-${titleId}`,
      kind: 'BECAUSE_YOU_WATCHED',
      headline: reason.text,
      reason,
      reasonOf: () => reason,
      pool,
      explores: alike(pool, seedVectors.get(titleId)),
      minimum: input.minimum,
      limit: ROW_LIMIT,
      groupLimit: ROWS,
      essential: i === 0,
      anchored: i === 0,
      weight: 1.05,
    });
  }
  return plans;
};

function groupBySeed(discoveries: readonly HomeCandidate[]): Map<string, HomeCandidate[]> {
  const bySeed = new Map<string, HomeCandidate[]>();
  for (const candidate of discoveries) {
    for (const { source, because } of candidate.provenance) {
      if (source !== SOURCE.becauseYouWatched && source !== SOURCE.similarToSeeds) continue;
      for (let i = 0; i < because.length && i < STRONGEST; i++) {
        const group = bySeed.get(because[i]!);
        if (group === undefined) bySeed.set(because[i]!, [candidate]);
        // Both sources may name a seed.
        else if (group.at(-1) !== candidate) group.push(candidate);
      }
    }
  }
  return bySeed;
}

/** Whether a title could stand in a row about the seed: one of its own, or as like the seed as half of those are. */
function alike(
  pool: readonly HomeCandidate[],
  seed: Float32Array | undefined,
): (candidate: HomeCandidate) => boolean {
  const ids = new Set(pool.map(({ id }) => id));
  const cosines = pool.slice(0, COMPARED).map(({ vector }) => cosine(vector, seed));
  const usual = cosines.toSorted((a, b) => a - b)[Math.floor(cosines.length / 2)] ?? Number.NaN;
  return ({ id, vector }) => ids.has(id) || (Number.isFinite(usual) && cosine(vector, seed) >= usual);
}

/** Of unit vectors; an unknown one is like nothing. */
function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined) return Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}

/** The latest seed first, then the latest of each further genre, then the rest. */
function variedSeeds({ query, titleOf }: RowPlannerInput): readonly Seed[] {
  const recent = query.seeds.slice(0, MAX_SEEDS);
  const genres = new Set<string>();
  const first: Seed[] = [];
  const rest: Seed[] = [];
  for (const seed of recent) {
    const genre = titleOf(seed.titleId)?.genreIds[0] ?? '';
    (genres.has(genre) ? rest : first).push(seed);
    genres.add(genre);
  }
  return [...first, ...rest];
}
