/** Keeps the first ten from being all of one kind; see `capGenres`. */
import type { Reranker } from '@marquee/pipeline';
import { capGenres } from '../home/genre-cap.ts';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';

export const genreCapReranker: Reranker<HomeQuery, HomeCandidate> = {
  kind: 'reranker',
  name: 'genre-cap',
  requires: [],
  requiresOfCandidate: ['facts'],
  produces: [],
  rerank: (_query, candidates) => capGenres(candidates as readonly HomeCandidate[]),
};
