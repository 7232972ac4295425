/** The editors' choice, or the best rated titles where there are no editors. In memory: it never fails. */
import type { TitleTable } from '@marquee/features';
import type { CandidateSource } from '@marquee/pipeline';
import type { EditorialTitles } from '../home/editorial-titles.ts';
import { createEligibility } from '../home/eligibility.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';
import { takeInTurns } from '../home/take-in-turns.ts';

const QUOTA = 100;

export function editorialSource(titles: TitleTable, editorial: EditorialTitles): CandidateSource<HomeQuery> {
  return {
    kind: 'candidate-source',
    name: SOURCE.editorial,
    requires: ['titlesOfViewer', 'state', 'now', 'filter', 'excludeTitleIds'],
    quota: QUOTA,
    onFailure: 'omit',
    timeoutMs: 50,
    async propose(query) {
      const { mayPropose } = createEligibility(titles, query);
      return takeInTurns([editorial.ids()], QUOTA, mayPropose).map((id, i) => ({ id, score: QUOTA - i }));
    },
  };
}
