/**
 * Maximal marginal relevance (Carbonell and Goldstein 1998) over the head of the list: each place goes to the
 * title that is worth most and least like those already placed,
 *
 *   λ × relevance − (1 − λ) × highest cosine with a placed title,
 *
 * with relevance scaled to [0, 1] within the head, of what is new to the viewer. λ comes from the experiment parameter `mmrLambda`.
 */
import type { Reranker } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { reorderDiscoveries } from '../home/reorder-discoveries.ts';

/** Beyond the first screens of rows, order matters little and the work is quadratic. */
const HEAD = 100;

export const mmrReranker: Reranker<HomeQuery, HomeCandidate> = {
  kind: 'reranker',
  name: 'mmr',
  requires: ['mmrLambda', 'titlesOfViewer'],
  requiresOfCandidate: ['score', 'vector'],
  produces: [],
  applies: ({ mmrLambda }) => mmrLambda < 1,
  rerank(query, candidates) {
    return reorderDiscoveries(query, candidates as readonly HomeCandidate[], (discoveries) => [
      ...diversify(discoveries.slice(0, HEAD), query.mmrLambda),
      ...discoveries.slice(HEAD),
    ]);
  },
};

function diversify(head: readonly HomeCandidate[], lambda: number): HomeCandidate[] {
  const relevance = scaled(head.map(({ score }) => score));
  const { vectors, dimensions } = packed(head);
  // Cosine with the nearest placed title so far; a title without a vector has one of zeros, which is like nothing.
  const nearest = new Float64Array(head.length);
  const left = head.map((_, i) => i);
  const order: HomeCandidate[] = [];
  while (left.length > 0) {
    let best = 0;
    let bestValue = Number.NEGATIVE_INFINITY;
    for (let place = 0; place < left.length; place++) {
      const i = left[place]!;
      const value = lambda * relevance[i]! - (1 - lambda) * nearest[i]!;
      // The earlier one wins a tie: the list came ranked.
      if (value > bestValue) {
        best = place;
        bestValue = value;
      }
    }
    const chosen = left.splice(best, 1)[0]!;
    order.push(head[chosen]!);
    for (const i of left) {
      let cosine = 0;
      for (let d = 0; d < dimensions; d++) {
        cosine += vectors[chosen * dimensions + d]! * vectors[i * dimensions + d]!;
      }
      if (cosine > nearest[i]!) nearest[i] = cosine;
    }
  }
  return order;
}

/** All vectors one after the other: the inner loop walks memory in order. */
function packed(head: readonly HomeCandidate[]): { vectors: Float32Array; dimensions: number } {
  const dimensions = head.find(({ vector }) => vector !== undefined)?.vector?.length ?? 0;
  const vectors = new Float32Array(head.length * dimensions);
  for (const [i, { vector }] of head.entries()) if (vector !== undefined) vectors.set(vector, i * dimensions);
  return { vectors, dimensions };
}

/** To [0, 1] by minimum and maximum; non-finite scores are worth nothing. */
function scaled(scores: readonly number[]): Float64Array {
  const finite = scores.filter(Number.isFinite);
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low;
  return Float64Array.from(scores, (score) =>
    Number.isFinite(score) && range > 0 ? (score - low) / range : 0,
  );
}
