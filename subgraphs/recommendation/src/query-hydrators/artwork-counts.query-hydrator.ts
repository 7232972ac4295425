/** What pictures are chosen by. Without it titles have their own. */
import type { QueryHydrator } from '@marquee/pipeline';
import type { ArtworkCountsReader } from '../home/artwork-counts.ts';
import type { HomeQuery } from '../home/home-query.ts';

export function artworkCountsHydrator(
  artworkCounts: ArtworkCountsReader,
): QueryHydrator<HomeQuery, 'artworkCounts'> {
  return {
    kind: 'query-hydrator',
    name: 'artwork-counts',
    phase: 2,
    requires: ['state'],
    produces: ['artworkCounts'],
    onFailure: 'default',
    timeoutMs: 60,
    async hydrate({ state }) {
      return { artworkCounts: await artworkCounts.read(state.segment) };
    },
    defaults: ({ state }) => ({ artworkCounts: artworkCounts.lastKnown(state.segment) }),
  };
}
