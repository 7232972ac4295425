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
  /** May be shown at all: in the catalogue, servable, matching, neither hidden nor disliked nor excluded. */
  mayShow(id: TitleId): boolean;
  /** May be shown and was not watched yet. */
  mayPropose(id: TitleId): boolean;
  /** The facts of a title that may be proposed. */
  proposable(id: TitleId): TitleFacts | undefined;
}

/**
 * What was looked up for a page. In a table of half a million titles finding one costs more than all that is then asked
 * of it, and a title is asked for by several sources and then made a candidate of. All of them see it as it was first seen.
 */
const lookedUp = new WeakMap<object, Map<TitleId, TitleFacts | undefined>>();

/** `titles.get` for the time that a page is made. @param query the page's own, the same object for all who ask. */
export function factsFor(titles: TitleTable, query: object): (id: TitleId) => TitleFacts | undefined {
  let known = lookedUp.get(query);
  if (known === undefined) {
    known = new Map();
    lookedUp.set(query, known);
  }
  const found = known;
  return (id) => {
    let facts = found.get(id);
    if (facts === undefined && !found.has(id)) {
      facts = titles.get(id);
      found.set(id, facts);
    }
    return facts;
  };
}

export function createEligibility(titles: TitleTable, query: EligibilityQuery): Eligibility {
  const factsOf = factsFor(titles, query);
  const at = { now: query.now, region: query.state.region, maturityLimit: query.state.maturityLimit };
  const { hidden, disliked, watched } = query.titlesOfViewer;
  const showable = (id: TitleId): TitleFacts | undefined => {
    if (hidden.has(id) || disliked.has(id) || query.excludeTitleIds.has(id)) return undefined;
    const facts = factsOf(id);
    if (facts === undefined || !isServable(facts, at)) return undefined;
    return query.filter === undefined || matchesFilter(facts, query.filter) ? facts : undefined;
  };
  const proposable = (id: TitleId): TitleFacts | undefined => (watched.has(id) ? undefined : showable(id));
  return {
    mayShow: (id) => showable(id) !== undefined,
    mayPropose: (id) => proposable(id) !== undefined,
    proposable,
  };
}
