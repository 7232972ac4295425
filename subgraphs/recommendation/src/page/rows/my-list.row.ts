/** What the viewer saved, newest first, watched or not: it leaves the list when they take it off. */
import { isFrom } from '../../home/home-candidate.ts';
import { SOURCE } from '../../home/source-names.ts';
import { ROW_LIMIT, type RowPlanner } from '../row-plan.ts';

export const myListRow: RowPlanner = ({ ranked, query }) => {
  const order = new Map(query.state.myList.map(({ titleId }, i) => [titleId, i]));
  const pool = ranked
    .filter((candidate) => isFrom(candidate, SOURCE.myList))
    .sort((a, b) => order.get(a.id)! - order.get(b.id)!);
  if (pool.length === 0) return [];
  return [
    {
      key: 'my-list',
      kind: 'MY_LIST',
      headline: 'My list',
      pool,
      minimum: 1,
      limit: ROW_LIMIT,
      essential: true,
      weight: 1.1,
    },
  ];
};
