/** Popular and trending titles, everywhere and in the viewer's segment. */
import type { QueryHydrator } from '@marquee/pipeline';
import type { HomeQuery } from '../home/home-query.ts';
import type { TitleLists } from '../home/title-lists.ts';

export function titleListsHydrator(lists: TitleLists): QueryHydrator<HomeQuery, 'lists'> {
  return {
    kind: 'query-hydrator',
    name: 'title-lists',
    phase: 2,
    requires: ['state'],
    produces: ['lists'],
    onFailure: 'default',
    timeoutMs: 60,
    async hydrate({ state }) {
      return { lists: await lists.read(state.segment) };
    },
    defaults: ({ state }) => ({ lists: lists.lastKnown(state.segment) }),
  };
}
