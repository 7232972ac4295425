/**
 * Titles whose vectors lie nearest to the viewer's, in the space that histories and titles were trained into together: the user tower is
 * asked with what was watched up to a second ago, and new titles are found by their content. Without a model in production, or a watch, it
 * has nothing to say.
 */
import type { TitleTable } from '@marquee/features';
import type { CandidateSource } from '@marquee/pipeline';
import { deadlineAfter } from '@marquee/service-kit';
import { towerHistory } from '@marquee/training/two-tower';
import { createEligibility } from '../home/eligibility.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';
import { vectorFilterOf } from '../home/vector-filter.ts';
import type { TowerRetrieval } from '../two-tower/tower-retrieval.ts';

const QUOTA = 500;

export function twoTowerSource(
  titles: TitleTable,
  towers: Pick<TowerRetrieval, 'current' | 'search'>,
): CandidateSource<HomeQuery> {
  return {
    kind: 'candidate-source',
    name: SOURCE.twoTower,
    requires: ['titlesOfViewer', 'state', 'now', 'filter', 'excludeTitleIds'],
    quota: QUOTA,
    onFailure: 'omit',
    timeoutMs: 200,
    applies: ({ state }) => towers.current !== undefined && state.history.length > 0,
    async propose(query, context) {
      const found = await towers.search({
        history: towerHistory(query.state),
        k: QUOTA,
        filter: vectorFilterOf(query),
        deadline: deadlineAfter(context.remainingMs()),
      });
      // A shared collection learns of changes a moment later than this process.
      const { proposable } = createEligibility(titles, query);
      return found.flatMap(({ id, score }) => {
        const item = proposable(id);
        return item === undefined ? [] : [{ id, score, item }];
      });
    },
  };
}
