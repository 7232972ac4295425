/** Titles of the people the viewer follows; each says whose it is. */
import type { PersonId, Reason } from '@marquee/domain';
import { type HomeCandidate, isFrom, provenanceFrom } from '../../home/home-candidate.ts';
import { SOURCE } from '../../home/source-names.ts';
import { ROW_LIMIT, type RowPlanner, type RowPlannerInput } from '../row-plan.ts';

export const followedPeopleRow: RowPlanner = (input) => {
  const pool = input.discoveries
    .filter((candidate) => isFrom(candidate, SOURCE.followedPeople))
    .sort(newestFirst);
  const people = new Set(pool.flatMap(followedIn));
  const [only] = people;
  const name = people.size === 1 && only !== undefined ? input.query.names.person(only) : undefined;
  return [
    {
      key: 'followed-people',
      kind: 'FOLLOWED_PEOPLE',
      headline: name === undefined ? 'New from people you follow' : `More from ${name}`,
      reasonOf: (candidate) => reason(input, candidate),
      pool,
      minimum: Math.min(3, input.minimum),
      limit: ROW_LIMIT,
      essential: true,
      weight: 1.05,
    },
  ];
};

function followedIn(candidate: HomeCandidate): readonly PersonId[] {
  return provenanceFrom(candidate, SOURCE.followedPeople)?.because ?? [];
}

function newestFirst(a: HomeCandidate, b: HomeCandidate): number {
  return (b.facts.releaseYear ?? 0) - (a.facts.releaseYear ?? 0) || (a.id < b.id ? -1 : 1);
}

function reason({ query }: RowPlannerInput, candidate: HomeCandidate): Reason | undefined {
  const personIds = followedIn(candidate);
  const [first] = personIds;
  const name = first === undefined ? undefined : query.names.person(first);
  if (first === undefined || name === undefined) return undefined;
  const directs = candidate.facts.directorIds.includes(first);
  return { text: `${directs ? 'Directed by' : 'With'} ${name}, whom you follow`, titleIds: [], personIds };
}
