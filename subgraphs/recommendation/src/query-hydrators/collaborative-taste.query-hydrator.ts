/**
 * The viewer folded into the collaborative model with their latest watches: a watch of a second ago counts. Nobody in
 * particular, and whoever has watched nothing that the model knows, have no such taste; other sources are for them.
 */
import { collaborativeHistory } from '@marquee/features';
import type { QueryHydrator } from '@marquee/pipeline';
import type { CollaborativeRetrieval } from '../collaborative/collaborative-retrieval.ts';
import type { HomeQuery } from '../home/home-query.ts';

export function collaborativeTasteHydrator(
  collaborative: CollaborativeRetrieval,
): QueryHydrator<HomeQuery, 'collaborativeTaste'> {
  return {
    kind: 'query-hydrator',
    name: 'collaborative-taste',
    phase: 2,
    requires: ['state'],
    produces: ['collaborativeTaste'],
    onFailure: 'default',
    timeoutMs: 50,
    async hydrate({ state }) {
      return { collaborativeTaste: collaborative.fold(collaborativeHistory(state)) };
    },
    defaults: () => ({ collaborativeTaste: undefined }),
  };
}
