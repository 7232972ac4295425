/** First on the page: what was begun, latest first. The one row whose titles may stand elsewhere as well. */
import { isFrom } from '../../home/home-candidate.ts';
import { SOURCE } from '../../home/source-names.ts';
import type { RowPlanner } from '../row-plan.ts';

const LIMIT = 20;

export const continueWatchingRow: RowPlanner = ({ ranked, query }) => {
  const order = new Map(query.titlesOfViewer.inProgress.map((id, i) => [id, i]));
  const pool = ranked
    .filter((candidate) => isFrom(candidate, SOURCE.continueWatching))
    .sort((a, b) => order.get(a.id)! - order.get(b.id)!);
  if (pool.length === 0) return [];
  return [
    {
      key: 'continue-watching',
      kind: 'CONTINUE_WATCHING',
      headline: 'Continue watching',
      pool,
      minimum: 1,
      limit: LIMIT,
      repeats: true,
      essential: true,
      weight: 1,
    },
  ];
};
