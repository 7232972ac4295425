/** The editors' choice, or the best rated titles where there are no editors. In memory: it never fails. */
import type { TitleTable } from '@marquee/features';
import type { CandidateSource } from '@marquee/pipeline';
import type { EditorialTitles } from '../home/editorial-titles.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { proposeInTurns } from '../home/propose-in-turns.ts';
import { SOURCE } from '../home/source-names.ts';

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
      return proposeInTurns(titles, query, [editorial.ids()], QUOTA);
    },
  };
}
