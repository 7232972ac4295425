/** The titles that speak for others: what was watched lately and what was liked lately, newest first. */
import type { TitleId } from '@marquee/domain';
import { coWatchSeeds, type ProfileState, type TitleTable } from '@marquee/features';
import type { Seed } from './home-query.ts';

const MAX_LIKED_SEEDS = 10;

export function seedsOf(state: ProfileState, titles: TitleTable): readonly Seed[] {
  const seeds = new Map<TitleId, Seed>();
  for (const { titleId, lastWatchedAt } of coWatchSeeds(state)) {
    seeds.set(titleId, { titleId, how: 'watched', at: lastWatchedAt });
  }
  const hidden = new Set(state.hiddenTitleIds);
  const likes = Object.entries(state.reactions)
    .filter(([titleId, { reaction }]) => reaction === 'LIKE' && !hidden.has(titleId))
    .sort(([idA, a], [idB, b]) => b.at - a.at || (idA < idB ? -1 : 1))
    .slice(0, MAX_LIKED_SEEDS);
  for (const [titleId, { at }] of likes) {
    // A title both watched and liked is named for the watch, at the time of whichever came last.
    const known = seeds.get(titleId);
    seeds.set(titleId, { titleId, how: known?.how ?? 'liked', at: Math.max(at, known?.at ?? 0) });
  }
  return [...seeds.values()]
    .filter(({ titleId }) => titles.has(titleId))
    .sort((a, b) => b.at - a.at || (a.titleId < b.titleId ? -1 : 1));
}
