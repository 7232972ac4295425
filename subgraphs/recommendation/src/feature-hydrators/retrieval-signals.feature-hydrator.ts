/**
 * The retrieval signals the ranker reads, for every candidate whichever source proposed it: nearness to the viewer's
 * taste, co-watch with what was watched lately, and the collaborative score. The vectors stay, for the diversity reranker.
 */
import { contentSimilarity, type RetrievalSignals } from '@marquee/features';
import type { FeatureHydrator } from '@marquee/pipeline';
import type { VectorIndex } from '@marquee/vector-index';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { vectorsInBatches } from '../home/vectors-in-batches.ts';

type Signals = Pick<HomeCandidate, 'signals' | 'vector'>;
type Vectors = readonly (Float32Array | undefined)[];

export function retrievalSignalsHydrator(
  vectorIndex: VectorIndex,
): FeatureHydrator<HomeQuery, HomeCandidate, 'signals' | 'vector'> {
  return {
    kind: 'feature-hydrator',
    name: 'retrieval-signals',
    requires: ['tasteVector', 'coWatch', 'vectorsAtHand'],
    requiresOfCandidate: ['collaborative'],
    produces: ['signals', 'vector'],
    onFailure: 'default',
    timeoutMs: 150,
    async hydrate(query, candidates) {
      if (!query.vectorsAtHand) return signalsOf(query, candidates, []);
      const ids = candidates.map(({ id }) => id);
      return signalsOf(query, candidates, await vectorsInBatches(vectorIndex, ids));
    },
    defaults: (query, candidates) => signalsOf(query, candidates, []),
  };
}

function signalsOf(
  { tasteVector, coWatch }: Readonly<HomeQuery>,
  candidates: readonly Readonly<HomeCandidate>[],
  vectors: Vectors,
): Signals[] {
  return candidates.map(({ id, collaborative }, i) => {
    const vector = vectors[i];
    const signals: RetrievalSignals = {
      contentSimilarity: contentSimilarity(tasteVector, vector),
      coWatch: coWatch.get(id) ?? 0,
      collaborative,
    };
    return { signals, vector };
  });
}
