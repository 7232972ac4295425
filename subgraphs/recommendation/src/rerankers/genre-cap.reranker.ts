/** Keeps the first ten of what is new to the viewer from being all of one kind; see `capGenres`. */
import type { Reranker } from '@marquee/pipeline';
import { capGenres } from '../home/genre-cap.ts';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { reorderDiscoveries } from '../home/reorder-discoveries.ts';

export const genreCapReranker: Reranker<HomeQuery, HomeCandidate> = {
  kind: 'reranker',
  name: 'genre-cap',
  requires: ['titlesOfViewer'],
  requiresOfCandidate: ['facts'],
  produces: [],
  rerank: (query, candidates) =>
    reorderDiscoveries(query, candidates as readonly HomeCandidate[], (discoveries) =>
      capGenres(discoveries),
    ),
};
