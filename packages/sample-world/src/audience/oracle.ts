/** What an all-knowing recommender would show, and what a given list is worth beside it. */
import { isAvailable, type TitleId, withinMaturity } from '@marquee/domain';
import { affinity } from './affinity.ts';
import { createBestTitles } from './best-titles.ts';
import { examinationProbability } from './examination.ts';
import type { FilmWorld } from './film-world.ts';
import type { Viewer } from './viewers.ts';
import { expectedSecondsOfPlay, playProbability, type WatchContext } from './watch-model.ts';

export interface RankedTitle {
  readonly titleId: TitleId;
  readonly expectedSeconds: number;
}

/** Expected watched seconds, given that the title is examined. */
export function expectedSeconds(
  world: FilmWorld,
  viewer: Viewer,
  title: number,
  context: WatchContext,
): number {
  const value = affinity(world, viewer.taste, title, context);
  return playProbability(value, context.seen) * expectedSecondsOfPlay(value, world.runtimeSeconds[title]!);
}

/** The `k` best titles that the viewer may see at `context.now`, best first; ties in catalogue order. */
export function rankForViewer(
  world: FilmWorld,
  viewer: Viewer,
  context: WatchContext,
  k: number,
  exclude: ReadonlySet<TitleId>,
): readonly RankedTitle[] {
  const { region, maturityLimit } = viewer.taste;
  const best = createBestTitles(k);
  for (const [i, { id, maturityRating, availability }] of world.titles.entries()) {
    if (!withinMaturity(maturityRating, maturityLimit) || exclude.has(id)) continue;
    const seconds = expectedSeconds(world, viewer, i, context);
    if (best.wants(seconds) && isAvailable(availability, context.now, region)) best.offer(i, seconds);
  }
  return best.list.map(({ title, value }) => ({ titleId: world.titles[title]!.id, expectedSeconds: value }));
}

/** Value of a row of titles: expected seconds of each place, discounted by how likely the place is examined. */
export function rowValue(seconds: readonly number[]): number {
  return seconds.reduce((sum, value, position) => sum + value * examinationProbability(0, position), 0);
}
