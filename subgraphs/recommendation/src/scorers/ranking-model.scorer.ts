/**
 * The ranker: fills one row of ranking features per candidate, with the function that training uses, and asks
 * the model in its worker thread. Viewers on the lower rungs are not scored by the model, but their features
 * are filled all the same: they are logged, and the next model learns from them.
 */
import { fillRankingRow, RANKING_COLUMNS } from '@marquee/features';
import type { ModelRuntime } from '@marquee/model-runtime';
import type { Scorer } from '@marquee/pipeline';
import { deadlineAfter } from '@marquee/service-kit';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';

const TIMEOUT_MS = 200;

export function rankingModelScorer(
  modelRuntime: ModelRuntime,
): Scorer<HomeQuery, HomeCandidate, 'probability' | 'features' | 'featuresAt'> {
  return {
    kind: 'scorer',
    name: 'ranking-model',
    requires: ['prepared', 'rung'],
    requiresOfCandidate: ['facts', 'popularity', 'popularityAt', 'signals'],
    produces: ['probability', 'features', 'featuresAt'],
    onFailure: 'default',
    timeoutMs: TIMEOUT_MS,
    async score({ prepared, rung }, candidates, context) {
      const columns = RANKING_COLUMNS.length;
      const rows = candidates.length;
      const matrix = new Float32Array(rows * columns);
      for (const [i, { facts, popularity, popularityAt, signals }] of candidates.entries()) {
        fillRankingRow(matrix, i * columns, prepared, facts, popularity, popularityAt, signals);
      }
      const probabilities =
        rung === 'established'
          ? await modelRuntime.score({
              matrix,
              rows,
              columns,
              deadline: deadlineAfter(Math.min(TIMEOUT_MS, context.remainingMs())),
            })
          : undefined;
      return candidates.map((_, i) => ({
        probability: probabilities?.[i] ?? Number.NaN,
        features: matrix,
        featuresAt: i * columns,
      }));
    },
    defaults: (_query, candidates) =>
      candidates.map(() => ({ probability: Number.NaN, features: undefined, featuresAt: 0 })),
  };
}
