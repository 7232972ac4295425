/**
 * Diversity is about what a page proposes. A title that the viewer has watched or begun stands in a row of its own, if at all: it keeps its
 * place in the list, is no reason to hold back a title like it, and takes none of the places that a cap counts. Such titles are what the
 * viewer likes best: where they counted, the best of the viewer's own genres were held back from the top picks.
 */
import type { HomeCandidate } from './home-candidate.ts';
import type { HomeQuery } from './home-query.ts';

/** The same candidates: what is new to the viewer in the order that `reorder` gives it, on the places where such titles stood. */
export function reorderDiscoveries(
  { titlesOfViewer: { watched, inProgress } }: Pick<HomeQuery, 'titlesOfViewer'>,
  candidates: readonly HomeCandidate[],
  reorder: (discoveries: readonly HomeCandidate[]) => readonly HomeCandidate[],
): HomeCandidate[] {
  const begun = new Set(inProgress);
  const isNew = ({ id }: HomeCandidate): boolean => !watched.has(id) && !begun.has(id);
  const discoveries = reorder(candidates.filter(isNew));
  let next = 0;
  return candidates.map((candidate) => (isNew(candidate) ? discoveries[next++]! : candidate));
}
