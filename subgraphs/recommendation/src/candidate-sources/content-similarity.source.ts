/**
 * Titles whose content vectors lie nearest to the viewer's taste. The request's filter and the viewer's limits
 * go down into the index, so that a narrow filter still returns as many as there are.
 */
import type { CandidateSource } from '@marquee/pipeline';
import { deadlineAfter } from '@marquee/service-kit';
import type { VectorIndex } from '@marquee/vector-index';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';
import { vectorFilterOf } from '../home/vector-filter.ts';

const QUOTA = 500;

export function contentSimilaritySource(vectorIndex: VectorIndex): CandidateSource<HomeQuery> {
  return {
    kind: 'candidate-source',
    name: SOURCE.contentSimilarity,
    requires: ['tasteVector', 'titlesOfViewer', 'state', 'now', 'filter', 'excludeTitleIds'],
    quota: QUOTA,
    onFailure: 'omit',
    timeoutMs: 200,
    applies: ({ tasteVector }) => tasteVector !== undefined,
    async propose(query, context) {
      const [neighbours = []] = await vectorIndex.search([
        {
          vector: query.tasteVector!,
          k: QUOTA,
          filter: vectorFilterOf(query),
          deadline: deadlineAfter(context.remainingMs()),
        },
      ]);
      return neighbours.map(({ id, score }) => ({ id, score }));
    },
  };
}
