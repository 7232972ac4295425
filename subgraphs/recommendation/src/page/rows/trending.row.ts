/** What is being watched more than usual, in the viewer's own order. */
import { isFrom } from '../../home/home-candidate.ts';
import { SOURCE } from '../../home/source-names.ts';
import { ROW_LIMIT, type RowPlanner } from '../row-plan.ts';

export const trendingRow: RowPlanner = ({ discoveries, minimum }) => [
  {
    key: 'trending',
    kind: 'TRENDING',
    headline: 'Trending now',
    pool: discoveries.filter((candidate) => isFrom(candidate, SOURCE.trending)),
    minimum,
    limit: ROW_LIMIT,
    capped: true,
    weight: 0.95,
  },
];
