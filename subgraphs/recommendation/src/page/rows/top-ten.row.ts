/** The ten most watched, in the order of their popularity and not of the viewer's taste. */
import type { HomeCandidate } from '../../home/home-candidate.ts';
import { ROW_LIMIT, type RowPlanner } from '../row-plan.ts';

const TEN = 10;

export const topTenRow: RowPlanner = ({ discoveries, query, minimum }) => {
  const byId = new Map(discoveries.map((candidate) => [candidate.id, candidate]));
  const list =
    query.lists.popularInSegment.length >= ROW_LIMIT ? query.lists.popularInSegment : query.lists.popular;
  const pool: HomeCandidate[] = [];
  for (const { titleId } of list) {
    const candidate = byId.get(titleId);
    if (candidate !== undefined) pool.push(candidate);
    // What other rows have taken is skipped; deep enough to find ten, not so deep that "top" loses its meaning.
    if (pool.length === 5 * TEN) break;
  }
  return [
    {
      key: 'top-ten',
      kind: 'TOP_TEN',
      // Watched titles are not in it, and the headline says so.
      headline: query.titlesOfViewer.watched.size > 0 ? "Top 10 you haven't watched" : 'Top 10 right now',
      pool,
      minimum: Math.min(TEN, minimum),
      limit: TEN,
      weight: 0.9,
    },
  ];
};
