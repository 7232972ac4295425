/** How rows have done lately, for their order. Without it they stand by rules. */
import type { QueryHydrator } from '@marquee/pipeline';
import type { HomeQuery } from '../home/home-query.ts';
import type { RowCountsReader } from '../home/row-counts.ts';

export function rowCountsHydrator(rowCounts: RowCountsReader): QueryHydrator<HomeQuery, 'rowCounts'> {
  return {
    kind: 'query-hydrator',
    name: 'row-counts',
    phase: 2,
    requires: ['state'],
    produces: ['rowCounts'],
    onFailure: 'default',
    timeoutMs: 60,
    async hydrate({ state }) {
      return { rowCounts: await rowCounts.read(state.segment) };
    },
    defaults: ({ state }) => ({ rowCounts: rowCounts.lastKnown(state.segment) }),
  };
}
