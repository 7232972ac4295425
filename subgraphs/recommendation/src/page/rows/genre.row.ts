/** A row for each of the genres that matter to the viewer. */
import type { GenreId } from '@marquee/domain';
import type { HomeCandidate } from '../../home/home-candidate.ts';
import { genreInHeadline } from '../genre-in-headline.ts';
import { ROW_LIMIT, type RowPlan, type RowPlanner, type RowPlannerInput } from '../row-plan.ts';

const MAX_GENRES = 12;
const ROWS_BY_TASTE = 5;
/** Where nothing is known yet, genres are what the viewer can choose by. */
const ROWS_WITHOUT_TASTE = 8;

export const genreRow: RowPlanner = (input) => {
  const chosen = new Set(input.query.state.onboardingGenreIds);
  const groupLimit = input.query.rung === 'established' ? ROWS_BY_TASTE : ROWS_WITHOUT_TASTE;
  const ofGenre = groupByGenre(input.discoveries);
  const plans: RowPlan[] = [];
  // What their titles are worth to somebody unknown is what they are worth to all: the order of the genres says what is watched now.
  const inTurns = input.query.rung === 'cold' && input.query.lists.genresNow.length > 0;
  for (const [turn, genreId] of input.genreIds.slice(0, MAX_GENRES).entries()) {
    const name = input.query.names.genre(genreId);
    if (name === undefined) continue;
    plans.push({
      key: `genre-${genreId}`,
      kind: 'GENRE',
      headline: headline(input, name, chosen.has(genreId)),
      pool: ofGenre(genreId),
      minimum: input.minimum,
      limit: ROW_LIMIT,
      groupLimit,
      explores: ({ facts }) => facts.genreIds.includes(genreId),
      ...(inTurns ? { turn } : {}),
      weight: 0.95,
    });
  }
  return plans;
};

/** Titles that are mainly of the genre first: they are what the headline leads one to expect. */
function groupByGenre(discoveries: readonly HomeCandidate[]): (genreId: GenreId) => readonly HomeCandidate[] {
  const mainly = new Map<GenreId, HomeCandidate[]>();
  const also = new Map<GenreId, HomeCandidate[]>();
  for (const candidate of discoveries) {
    const { genreIds } = candidate.facts;
    for (let i = 0; i < genreIds.length; i++) {
      const genreId = genreIds[i]!;
      const groups = i === 0 ? mainly : also;
      const group = groups.get(genreId);
      if (group === undefined) groups.set(genreId, [candidate]);
      else group.push(candidate);
    }
  }
  return (genreId) => [...(mainly.get(genreId) ?? []), ...(also.get(genreId) ?? [])];
}

function headline({ query }: RowPlannerInput, name: string, chosen: boolean): string {
  const genre = genreInHeadline(name);
  if (query.rung === 'cold') return chosen ? `You chose ${genre}` : `Popular in ${genre}`;
  return `More ${genre}`;
}
