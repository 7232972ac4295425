/**
 * The ranker: fills one row of ranking features per candidate, with the function that training uses, and asks
 * the model in its worker thread. For viewers who have watched nothing yet the model is not asked, the sources know as much; their
 * features are filled all the same: they are logged, and the next model learns from them.
 */
import { RANKING_COLUMNS, RankingRows } from '@marquee/features';
import type { ModelRuntime } from '@marquee/model-runtime';
import type { Scorer } from '@marquee/pipeline';
import { deadlineAfter } from '@marquee/service-kit';
import type { HomeCandidate } from '../home/home-candidate.ts';
import type { HomeQuery } from '../home/home-query.ts';

/** @param rankerOf who scores for a viewer with these assignments; default: the same for everybody */
export function rankingModelScorer(
  modelRuntime: ModelRuntime,
  rankerOf: (assignments: HomeQuery['assignments']) => ModelRuntime = () => modelRuntime,
): Scorer<HomeQuery, HomeCandidate, 'probability' | 'worth' | 'rankedBy' | 'features' | 'featuresAt'> {
  return {
    kind: 'scorer',
    name: 'ranking-model',
    requires: ['prepared', 'rung', 'assignments'],
    requiresOfCandidate: ['facts', 'popularity', 'popularityAt', 'signals'],
    produces: ['probability', 'worth', 'rankedBy', 'features', 'featuresAt'],
    onFailure: 'default',
    timeoutMs: 200,
    async score({ prepared, rung, assignments }, candidates, context) {
      const columns = RANKING_COLUMNS.length;
      const rows = candidates.length;
      const matrix = new Float32Array(rows * columns);
      const row = new RankingRows(prepared);
      for (let i = 0; i < rows; i++) {
        const { facts, popularity, popularityAt, signals } = candidates[i]!;
        row.fill(matrix, i * columns, facts, popularity, popularityAt, signals);
      }
      const predictions =
        rung !== 'cold'
          ? await rankerOf(assignments).predict({
              matrix,
              rows,
              columns,
              deadline: deadlineAfter(context.remainingMs()),
            })
          : undefined;
      return candidates.map((_, i) => ({
        probability: predictions?.probability[i] ?? Number.NaN,
        worth: predictions?.value?.[i] ?? Number.NaN,
        rankedBy: predictions?.model,
        features: matrix,
        featuresAt: i * columns,
      }));
    },
    defaults: (_query, candidates) =>
      candidates.map(() => ({
        ...{ probability: Number.NaN, worth: Number.NaN, rankedBy: undefined },
        ...{ features: undefined, featuresAt: 0 },
      })),
  };
}
