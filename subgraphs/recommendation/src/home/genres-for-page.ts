/** Which genres a page is about, most important first. Shared by the source that fetches and the rows that show. */
import type { GenreId } from '@marquee/domain';
import type { GenreShelves } from './genre-shelves.ts';
import type { HomeQuery } from './home-query.ts';

export function genresForPage(
  shelves: Pick<GenreShelves, 'genresBySize'>,
  query: Pick<HomeQuery, 'filter' | 'prepared' | 'state' | 'lists'>,
): readonly GenreId[] {
  if (query.filter?.genreIds !== undefined) return [...new Set(query.filter.genreIds)];
  const liked = [...query.prepared.genreAffinity]
    .filter(([, affinity]) => affinity > 0)
    .sort(([idA, a], [idB, b]) => b - a || (idA < idB ? -1 : 1))
    .map(([id]) => id);
  // What was watched says more than what was ticked once; a beginner has only ticked. Of who has done neither the segment says more, with
  // what it watches now, than the size of a shelf.
  const { genresNow } = query.lists;
  return [...new Set([...liked, ...query.state.onboardingGenreIds, ...genresNow, ...shelves.genresBySize()])];
}
