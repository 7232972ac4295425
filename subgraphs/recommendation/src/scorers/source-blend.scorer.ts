/**
 * One score from many sources, without any model (`home/source-blend.ts`). Orders the page for viewers who have watched nothing yet, and
 * for everybody when the ranker is away.
 */
import type { Scorer } from '@marquee/pipeline';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { sourceBlends } from '../home/source-blend.ts';

export const sourceBlendScorer: Scorer<HomeQuery, HomeCandidate, 'blend'> = {
  kind: 'scorer',
  name: 'source-blend',
  requires: ['rung', 'state'],
  requiresOfCandidate: ['facts'],
  produces: ['blend'],
  onFailure: 'fail',
  timeoutMs: 100,
  async score(query, candidates) {
    const blends = sourceBlends(query, candidates);
    return candidates.map((_, i) => ({ blend: blends[i]! }));
  },
};
