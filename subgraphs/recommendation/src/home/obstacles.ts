/**
 * What keeps titles of the catalogue from a viewer: the rules of the filters, in their order and under their
 * names. For saying why there is little to show. Counted over the catalogue and not over the removed candidates,
 * because sources do not even propose what the filters would remove.
 */
import { isAvailable, type TitleId, withinMaturity } from '@marquee/domain';
import { matchesFilter, type TitleFacts, type TitleTable } from '@marquee/features';
import { alreadyWatchedFilter } from '../filters/already-watched.filter.ts';
import { dislikedFilter } from '../filters/disliked.filter.ts';
import { excludedFilter } from '../filters/excluded.filter.ts';
import { hiddenFilter } from '../filters/hidden.filter.ts';
import { maturityFilter } from '../filters/maturity.filter.ts';
import { requestFilter } from '../filters/request.filter.ts';
import { unavailableFilter } from '../filters/unavailable.filter.ts';
import type { EligibilityQuery } from './eligibility.ts';

/** Of a large catalogue every n-th title stands for its neighbours: this takes a millisecond or two. */
const MAX_LOOKED_AT = 4_000;

/**
 * The filter that removes most of the catalogue, each title counted for the first that would remove it;
 * undefined where at least `enough` titles pass them all.
 */
export function mainObstacle(
  titles: TitleTable,
  query: EligibilityQuery,
  enough: number,
): string | undefined {
  const all = titles.newest();
  const step = Math.max(1, Math.ceil(all.length / MAX_LOOKED_AT));
  const counts = new Map<string, number>();
  let passing = 0;
  for (let i = 0; i < all.length; i += step) {
    const facts = titles.get(all[i]!);
    if (facts === undefined) continue;
    const obstacle = obstacleOf(all[i]!, facts, query);
    if (obstacle === undefined) passing += step;
    else counts.set(obstacle, (counts.get(obstacle) ?? 0) + 1);
  }
  if (passing >= enough) return undefined;
  return mostFrequent(counts);
}

function obstacleOf(id: TitleId, facts: TitleFacts, query: EligibilityQuery): string | undefined {
  const { titlesOfViewer, excludeTitleIds, state, now, filter } = query;
  if (titlesOfViewer.hidden.has(id)) return hiddenFilter.name;
  if (titlesOfViewer.disliked.has(id)) return dislikedFilter.name;
  if (excludeTitleIds.has(id)) return excludedFilter.name;
  if (titlesOfViewer.watched.has(id)) return alreadyWatchedFilter.name;
  if (state.maturityLimit !== undefined && !withinMaturity(facts.maturityRating, state.maturityLimit)) {
    return maturityFilter.name;
  }
  if (!isAvailable(facts.availability, now, state.region)) return unavailableFilter.name;
  return filter === undefined || matchesFilter(facts, filter) ? undefined : requestFilter.name;
}

export function mostFrequent(counts: ReadonlyMap<string, number>): string | undefined {
  let found: string | undefined;
  for (const [name, count] of counts) if (count > (counts.get(found ?? '') ?? 0)) found = name;
  return found;
}
