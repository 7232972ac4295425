/** The state digested for the ranker, once per request. */
import { prepareProfile, type TitleTable } from '@marquee/features';
import type { QueryHydrator } from '@marquee/pipeline';
import type { HomeQuery } from '../home/home-query.ts';

export function preparedProfileHydrator(
  titles: Pick<TitleTable, 'get'>,
): QueryHydrator<HomeQuery, 'prepared'> {
  return {
    kind: 'query-hydrator',
    name: 'prepared-profile',
    phase: 2,
    requires: ['state', 'now', 'device'],
    produces: ['prepared'],
    onFailure: 'fail',
    timeoutMs: 50,
    async hydrate({ state, now, device }) {
      return {
        prepared: prepareProfile(state, device === undefined ? { now } : { now, device }, titles),
      };
    },
  };
}
