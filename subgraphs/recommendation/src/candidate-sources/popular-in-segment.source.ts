/** What people like this viewer watch most; what everybody watches where the segment is small. */
import type { TitleTable } from '@marquee/features';
import type { CandidateSource } from '@marquee/pipeline';
import { createEligibility } from '../home/eligibility.ts';
import type { HomeQuery } from '../home/home-query.ts';
import { SOURCE } from '../home/source-names.ts';
import { takeInTurns } from '../home/take-in-turns.ts';

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
      const { mayPropose } = createEligibility(titles, query);
      const inSegment = query.lists.popularInSegment.map(({ titleId }) => titleId);
      const everywhere = query.lists.popular.map(({ titleId }) => titleId);
      const own = takeInTurns([inSegment], QUOTA, mayPropose);
      const seen = new Set(own);
      const rest = takeInTurns([everywhere], QUOTA - own.length, (id) => !seen.has(id) && mayPropose(id));
      return [...own, ...rest].map((id, i) => ({ id, score: QUOTA - i }));
    },
  };
}
