/** The ranked list itself. The headline does not promise more knowledge than there is. */

import type { HomeCandidate } from '../../home/home-candidate.ts';
import { isFrom, provenanceFrom } from '../../home/home-candidate.ts';
import { SOURCE } from '../../home/source-names.ts';
import { collaborativeReason } from '../collaborative-reason.ts';
import { ROW_LIMIT, type RowPlanner, type RowPlannerInput } from '../row-plan.ts';
import { seedReason } from '../seed-reason.ts';

/** On screen wherever the page is looked at: no other place is worth as much, so no other row takes its titles. */
const ON_SCREEN = 6;

export const topPicksRow: RowPlanner = (input) => [
  {
    key: 'top-picks',
    kind: 'TOP_PICKS',
    headline: headline(input),
    reasonOf: (candidate) => reason(input, candidate),
    pool: input.discoveries,
    callsFirst: ON_SCREEN,
    // Whatever there is goes here first: a filter that three titles pass gives a row of three.
    minimum: 1,
    limit: ROW_LIMIT,
    capped: true,
    essential: true,
    explores: () => true,
    weight: 1,
  },
];

function headline({ query }: RowPlannerInput): string {
  if (query.rung !== 'cold') return 'Top picks for you';
  if (query.state.onboardingGenreIds.length > 0) return 'Picked from the genres you chose';
  return 'Popular to start with';
}

/** Names the seed where one speaks for the title; most picks have many small causes and no single reason. */
function reason(input: RowPlannerInput, candidate: HomeCandidate) {
  const seedId = provenanceFrom(candidate, SOURCE.becauseYouWatched)?.because[0];
  if (seedId !== undefined) return seedReason(input, seedId);
  return isFrom(candidate, SOURCE.collaborative) ? collaborativeReason(input, candidate.id) : undefined;
}
