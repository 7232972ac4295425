/** What people like this viewer watch most; what everybody watches where the segment is small. */
import type { TitleTable } from '@marquee/features';
import type { CandidateSource } from '@marquee/pipeline';
import type { HomeQuery } from '../home/home-query.ts';
import { idsOf, proposeInTurns } from '../home/propose-in-turns.ts';
import { SOURCE } from '../home/source-names.ts';

const QUOTA = 200;

export function popularInSegmentSource(titles: TitleTable): CandidateSource<HomeQuery> {
  return {
    kind: 'candidate-source',
    name: SOURCE.popularInSegment,
    requires: ['lists', 'titlesOfViewer', 'state', 'now', 'filter', 'excludeTitleIds'],
    quota: QUOTA,
    onFailure: 'omit',
    timeoutMs: 50,
    async propose(query) {
      const { popularInSegment, popular } = query.lists;
      const own = proposeInTurns(titles, query, [idsOf(titles, popularInSegment)], QUOTA);
      if (own.length === QUOTA) return own;
      const seen = new Set(own.map(({ id }) => id));
      const rest = proposeInTurns(titles, query, [idsOf(titles, popular)], QUOTA)
        .filter(({ id }) => !seen.has(id))
        .slice(0, QUOTA - own.length);
      return [...own, ...rest.map((proposal, i) => ({ ...proposal, score: QUOTA - own.length - i }))];
    },
  };
}
