/** Proposals from lists that everybody shares: from each in turn, what this viewer may be proposed, with what is known of it. */
import type { TitleId } from '@marquee/domain';
import type { TitleFacts, TitleTable } from '@marquee/features';
import type { Proposal } from '@marquee/pipeline';
import { createEligibility, type EligibilityQuery } from './eligibility.ts';
import type { RankedEntry } from './home-query.ts';
import { sharedFacts } from './shared-facts.ts';
import { takeInTurns } from './take-in-turns.ts';

/**
 * Distinct titles, at most `limit`; scores fall from `limit` by one.
 * @param lists none of which ever changes
 */
export function proposeInTurns(
  titles: TitleTable,
  query: EligibilityQuery,
  lists: readonly (readonly TitleId[])[],
  limit: number,
): readonly Proposal[] {
  const { admits } = createEligibility(titles, query);
  const factsOf = lists.map((ids) => sharedFacts(titles, ids, query.state.maturityLimit));
  const taken: TitleFacts[] = [];
  const ids = takeInTurns(lists, limit, (_id, list, place) => {
    const facts = factsOf[list]!(place);
    if (facts === undefined || !admits(facts)) return false;
    taken.push(facts);
    return true;
  });
  return ids.map((id, i) => ({ id, score: limit - i, item: taken[i] }));
}

const idsOfEntries = new WeakMap<readonly RankedEntry[], readonly TitleId[]>();

/** The ids of a ranked list that never changes, as the title table holds them: the same array for the same list. */
export function idsOf(titles: Pick<TitleTable, 'idOf'>, entries: readonly RankedEntry[]): readonly TitleId[] {
  let ids = idsOfEntries.get(entries);
  if (ids === undefined) {
    ids = entries.map(({ titleId }) => titles.idOf(titleId));
    idsOfEntries.set(entries, ids);
  }
  return ids;
}
