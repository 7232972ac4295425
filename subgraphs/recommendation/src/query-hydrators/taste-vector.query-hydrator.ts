/** Where the viewer's taste points in content space, and where the seeds lie: one read of vectors for both. */
import { type ProfileState, type TitleTable, tasteVector } from '@marquee/features';
import type { QueryHydrator } from '@marquee/pipeline';
import type { VectorIndex } from '@marquee/vector-index';
import type { HomeQuery } from '../home/home-query.ts';
import { seedsOf } from '../home/seeds.ts';
import { vectorsInBatches } from '../home/vectors-in-batches.ts';

/** Older reactions and hides than these say little that the newer ones do not. */
const MAX_REACTIONS = 300;
const MAX_HIDDEN = 200;

export function tasteVectorHydrator(
  titles: TitleTable,
  vectorIndex: VectorIndex,
): QueryHydrator<HomeQuery, 'tasteVector' | 'seedVectors' | 'vectorsAtHand'> {
  return {
    kind: 'query-hydrator',
    name: 'taste-vector',
    phase: 2,
    requires: ['state', 'now'],
    produces: ['tasteVector', 'seedVectors', 'vectorsAtHand'],
    onFailure: 'default',
    timeoutMs: 150,
    async hydrate({ state, now }) {
      const ids = titlesThatSpeak(state);
      const vectors = new Map<string, Float32Array | undefined>();
      if (ids.length > 0) {
        const found = await vectorsInBatches(vectorIndex, ids);
        for (const [i, id] of ids.entries()) vectors.set(id, found[i]);
      }
      return {
        tasteVector: tasteVector(state, (id) => vectors.get(id), now),
        vectorsAtHand: true,
        seedVectors: seedsOf(state, titles).map(({ titleId }) => vectors.get(titleId)),
      };
    },
    defaults: () => ({ tasteVector: undefined, seedVectors: [], vectorsAtHand: false }),
  };
}

function titlesThatSpeak(state: ProfileState): readonly string[] {
  const reactions = Object.entries(state.reactions)
    .sort(([, a], [, b]) => b.at - a.at)
    .slice(0, MAX_REACTIONS)
    .map(([titleId]) => titleId);
  return [
    ...new Set([
      ...state.history.map(({ titleId }) => titleId),
      ...reactions,
      ...state.hiddenTitleIds.slice(-MAX_HIDDEN),
    ]),
  ];
}
