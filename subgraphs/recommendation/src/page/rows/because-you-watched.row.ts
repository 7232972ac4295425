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
/** A title belongs to the rows of the seeds that say most for it. */
const STRONGEST = 2;

export const becauseYouWatchedRow: RowPlanner = (input) => {
  const bySeed = groupBySeed(input.discoveries);
  const plans: RowPlan[] = [];
  for (const [i, { titleId }] of variedSeeds(input).entries()) {
    const reason = seedReason(input, titleId);
    if (reason === undefined) continue;
    plans.push({
      key: `because-${titleId}`,
      kind: 'BECAUSE_YOU_WATCHED',
      headline: reason.text,
      reason,
      reasonOf: () => reason,
      pool: bySeed.get(titleId) ?? [],
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
    const seeds = new Set<string>();
    for (const { source, because } of candidate.provenance) {
      if (source !== SOURCE.becauseYouWatched && source !== SOURCE.similarToSeeds) continue;
      for (const seedId of because.slice(0, STRONGEST)) seeds.add(seedId);
    }
    for (const seedId of seeds) {
      const group = bySeed.get(seedId);
      if (group === undefined) bySeed.set(seedId, [candidate]);
      else group.push(candidate);
    }
  }
  return bySeed;
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
