/**
 * Titles that people with a history like the viewer's watch: the highest iALS scores of all titles, by an exact scan. The
 * filters go down into the index, as it knew the titles when the model was loaded; what has changed since is checked here.
 * Which watches a title rests on is worked out for titles that are placed and need a reason.
 */
import type { TitleTable } from '@marquee/features';
import type { CandidateSource } from '@marquee/pipeline';
import { deadlineAfter } from '@marquee/service-kit';
import { createEligibility } from '../home/eligibility.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';
import { vectorFilterOf } from '../home/vector-filter.ts';

const QUOTA = 200;

export function collaborativeSource(titles: TitleTable): CandidateSource<HomeQuery> {
  return {
    kind: 'candidate-source',
    name: SOURCE.collaborative,
    requires: ['collaborativeTaste', 'titlesOfViewer', 'state', 'now', 'filter', 'excludeTitleIds'],
    quota: QUOTA,
    onFailure: 'omit',
    timeoutMs: 200,
    applies: ({ collaborativeTaste }) => collaborativeTaste !== undefined,
    async propose(query, context) {
      const found = await query.collaborativeTaste!.search({
        k: QUOTA,
        filter: vectorFilterOf(query),
        deadline: deadlineAfter(context.remainingMs()),
      });
      const { proposable } = createEligibility(titles, query);
      return found.flatMap(({ id, score }) => {
        const item = proposable(id);
        return item === undefined ? [] : [{ id, score, item }];
      });
    },
  };
}
