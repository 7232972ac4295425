/** What is watched more than usual now: in the viewer's segment first, then everywhere, in turns. */
import type { TitleTable } from '@marquee/features';
import type { CandidateSource } from '@marquee/pipeline';
import type { HomeQuery } from '../home/home-query.ts';
import { idsOf, proposeInTurns } from '../home/propose-in-turns.ts';
import { SOURCE } from '../home/source-names.ts';

const QUOTA = 100;

export function trendingSource(titles: TitleTable): CandidateSource<HomeQuery> {
  return {
    kind: 'candidate-source',
    name: SOURCE.trending,
    requires: ['lists', 'titlesOfViewer', 'state', 'now', 'filter', 'excludeTitleIds'],
    quota: QUOTA,
    onFailure: 'omit',
    timeoutMs: 50,
    async propose(query) {
      const { trending, trendingInSegment } = query.lists;
      const lists = [trendingInSegment, trending].map((list) => idsOf(titles, list));
      return proposeInTurns(titles, query, lists, QUOTA);
    },
  };
}
