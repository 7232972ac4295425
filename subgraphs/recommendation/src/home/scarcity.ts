/** Why a page is empty or short, in words a client developer can act on. */
import type { Degradation } from '@marquee/domain';
import type { TitleTable } from '@marquee/features';
import type { StoredRow } from '../slates/stored-slate.ts';
import type { EligibilityQuery } from './eligibility.ts';
import { mainObstacle } from './obstacles.ts';

/** Eight rows of ten: what a page has where the catalogue allows. */
const FULL_PAGE = 80;

/** By the filter that stands in the way; each completes "40 titles …". */
const WHY: Readonly<Record<string, string>> = {
  hidden: 'are left without those the viewer has hidden',
  disliked: 'are left without those the viewer has disliked',
  excluded: 'are left without those the request excludes',
  'already-watched': 'are left without those the viewer has watched',
  maturity: "are within the viewer's maturity limit",
  unavailable: 'are available to the viewer now',
};

export interface ScarcityFacts {
  readonly rows: readonly StoredRow[];
  readonly titles: TitleTable;
  readonly query: EligibilityQuery;
}

export function scarcityOf({ rows, titles, query }: ScarcityFacts): readonly Degradation[] {
  const placed = rows.reduce((sum, row) => sum + row.items.length, 0);
  if (placed >= FULL_PAGE) return [];
  const { component, message } = causeOf(placed, titles, query);
  return [{ code: placed === 0 ? 'NO_CANDIDATES' : 'FEW_CANDIDATES', step: 'FULL', component, message }];
}

function causeOf(placed: number, titles: TitleTable, query: EligibilityQuery) {
  if (titles.size === 0) return { component: 'catalogue', message: 'The catalogue is empty.' };
  const obstacle = mainObstacle(titles, query, FULL_PAGE);
  if (obstacle === 'request') {
    return { component: obstacle, message: `The request's filter leaves ${placed} titles.` };
  }
  if (obstacle !== undefined && WHY[obstacle] !== undefined) {
    return { component: obstacle, message: `${placed} titles ${WHY[obstacle]}.` };
  }
  // Nothing is in the way: there is not more, or the sources did not find it.
  return {
    component: titles.size < FULL_PAGE ? 'catalogue' : 'candidate-sources',
    message: `${placed} of ${titles.size} titles can be shown to this viewer.`,
  };
}
