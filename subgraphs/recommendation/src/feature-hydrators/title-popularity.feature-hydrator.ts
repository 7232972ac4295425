/** Popularity of every candidate: one read for the request, copied into one matrix. */
import type { KeyValueStore } from '@marquee/feature-store';
import { titlePopularityView } from '@marquee/features';
import type { FeatureHydrator } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';

type Blobs = readonly (Uint8Array | undefined)[];

export function titlePopularityHydrator(
  store: KeyValueStore,
): FeatureHydrator<HomeQuery, HomeCandidate, 'popularity' | 'popularityAt'> {
  return {
    kind: 'feature-hydrator',
    name: 'title-popularity',
    requires: [],
    requiresOfCandidate: [],
    produces: ['popularity', 'popularityAt'],
    onFailure: 'default',
    timeoutMs: 100,
    async hydrate(_query, candidates) {
      const blobs = await store.getMany(candidates.map(({ id }) => titlePopularityView.key(id)));
      return decodeAll(candidates.length, blobs);
    },
    defaults: (_query, candidates) => decodeAll(candidates.length, []),
  };
}

function decodeAll(count: number, blobs: Blobs): Pick<HomeCandidate, 'popularity' | 'popularityAt'>[] {
  const width = titlePopularityView.fields.length;
  const popularity = new Float32Array(count * width);
  const patches: Pick<HomeCandidate, 'popularity' | 'popularityAt'>[] = [];
  for (let at = 0; at < count * width; at += width) {
    titlePopularityView.decodeInto(blobs[patches.length], popularity, at);
    patches.push({ popularity, popularityAt: at });
  }
  return patches;
}
