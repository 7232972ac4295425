/** Names of genres and followed people, for headlines and reasons. Rows that need a name they lack are left out. */
import type { QueryHydrator } from '@marquee/pipeline';
import type { HomeQuery } from '../home/home-query.ts';
import type { NameCache } from '../home/name-cache.ts';

export function namesHydrator(names: NameCache): QueryHydrator<HomeQuery, 'names'> {
  return {
    kind: 'query-hydrator',
    name: 'names',
    phase: 2,
    requires: ['state'],
    produces: ['names'],
    onFailure: 'default',
    timeoutMs: 150,
    async hydrate({ state }) {
      return { names: await names.book(state.followedPersonIds) };
    },
    defaults: () => ({ names: names.lastKnown() }),
  };
}
