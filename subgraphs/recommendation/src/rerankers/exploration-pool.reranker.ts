/**
 * Sets the exploration pool aside: what the exploration source alone proposed goes to the end of the list, in reserve.
 * Which of it gets a place is drawn slot by slot when the page is made, because each row accepts others; see
 * `placeExplored`. Every other place is certain, and its propensity stays 1.
 */
import type { Reranker } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';

export const explorationPoolReranker: Reranker<HomeQuery, HomeCandidate> = {
  kind: 'reranker',
  name: 'exploration-pool',
  requires: ['exploration'],
  requiresOfCandidate: [],
  produces: ['slot'],
  applies: ({ exploration }) => exploration,
  rerank(_query, candidates) {
    const list = candidates as readonly HomeCandidate[];
    const pool = list.filter(explores);
    if (pool.length === 0) return [...list];
    return [
      ...list.filter((candidate) => !explores(candidate)),
      ...pool.map((candidate) => ({ ...candidate, slot: 'reserve' as const })),
    ];
  },
};

function explores({ provenance }: HomeCandidate): boolean {
  return provenance.every(({ source }) => source === SOURCE.exploration);
}
