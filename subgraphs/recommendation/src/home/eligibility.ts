/**
 * Whether a title may be proposed to this viewer as something new. Sources that walk long lists ask before
 * they propose, so that their quota is not spent on titles the filters would remove, and so that a narrow
 * request filter still finds what there is. The filters stay the law; this is the same rules, applied earlier.
 */
import type { TitleId } from '@marquee/domain';
import { isServable, matchesFilter, type TitleFacts, type TitleTable } from '@marquee/features';
import type { HomeQuery } from './home-query.ts';

export type EligibilityQuery = Pick<
  HomeQuery,
  'state' | 'now' | 'filter' | 'excludeTitleIds' | 'titlesOfViewer'
>;

export interface Eligibility {
  /** May be shown at all: in the catalogue, servable, matching, neither hidden nor disliked nor excluded; and was not watched yet. */
  mayPropose(id: TitleId): boolean;
  /** The same of a title that was looked up. */
  admits(facts: TitleFacts): boolean;
  /** The facts of a title that may be proposed. */
  proposable(id: TitleId): TitleFacts | undefined;
}

export function createEligibility(titles: TitleTable, query: EligibilityQuery): Eligibility {
  const at = { now: query.now, region: query.state.region, maturityLimit: query.state.maturityLimit };
  const { filter, excludeTitleIds } = query;
  const { hidden, disliked, watched } = query.titlesOfViewer;
  const isLeftOut = (id: TitleId): boolean =>
    watched.has(id) || hidden.has(id) || disliked.has(id) || excludeTitleIds.has(id);
  const isServed = (facts: TitleFacts): boolean =>
    isServable(facts, at) && (filter === undefined || matchesFilter(facts, filter));
  const proposable = (id: TitleId): TitleFacts | undefined => {
    if (isLeftOut(id)) return undefined;
    const facts = titles.get(id);
    return facts !== undefined && isServed(facts) ? facts : undefined;
  };
  return {
    mayPropose: (id) => proposable(id) !== undefined,
    admits: (facts) => isServed(facts) && !isLeftOut(facts.id),
    proposable,
  };
}
