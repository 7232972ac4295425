/**
 * The retrieval signals that the ranker reads, computed by one function for serving and for training, so that a model
 * never meets a signal it was not trained on. The collaborative one is the folded-in profile's product with a title's
 * vector (`@marquee/training/collaborative`); which watches are folded in is decided here.
 */
import type { TitleId } from '@marquee/domain';
import type { ProfileState, WatchEntry } from '../views/profile-state.view.ts';
import type { TitleNeighbours } from '../views/title-neighbours.view.ts';

/** How many of the last watched titles speak for others. */
export const CO_WATCH_SEEDS = 20;
/** Weight of the seed at place `i` is `CO_WATCH_DISCOUNT ** i`: the latest speaks loudest. */
export const CO_WATCH_DISCOUNT = 0.93;

/**
 * How many of the last watched titles a profile is folded into the collaborative model with, all alike. By
 * docs/evaluation.md: on MovieLens 50 find clearly more than the whole history, on the sample world as much; fewer, or
 * weights by age, are worse on one of them.
 */
export const COLLABORATIVE_HISTORY = 50;

/** The titles whose neighbours are wanted, latest first. */
export function coWatchSeeds(state: ProfileState): readonly WatchEntry[] {
  return watchesThatSpeak(state, CO_WATCH_SEEDS);
}

/** What a profile is folded into the collaborative model with, latest first. */
export function collaborativeHistory(state: ProfileState): readonly TitleId[] {
  return watchesThatSpeak(state, COLLABORATIVE_HISTORY).map(({ titleId }) => titleId);
}

/** Qualified watches that were not given up, disliked or hidden. */
function watchesThatSpeak(state: ProfileState, most: number): readonly WatchEntry[] {
  const hidden = new Set(state.hiddenTitleIds);
  const seeds: WatchEntry[] = [];
  for (const entry of state.history) {
    if (!entry.qualified || entry.abandoned || hidden.has(entry.titleId)) continue;
    if (state.reactions[entry.titleId]?.reaction === 'DISLIKE') continue;
    seeds.push(entry);
    if (seeds.length === most) break;
  }
  return seeds;
}

/**
 * `RetrievalSignals.coWatch` of every neighbour of the seeds: the discounted sum of its similarities.
 * Seeds may be in the result; callers that want new titles filter them.
 */
export function coWatchScores(
  seeds: readonly Pick<WatchEntry, 'titleId'>[],
  neighboursOf: (id: TitleId) => TitleNeighbours | undefined,
): Map<TitleId, number> {
  const scores = new Map<TitleId, number>();
  let weight = 1;
  for (const seed of seeds.slice(0, CO_WATCH_SEEDS)) {
    for (const { titleId, score } of neighboursOf(seed.titleId)?.neighbours ?? []) {
      scores.set(titleId, (scores.get(titleId) ?? 0) + weight * score);
    }
    weight *= CO_WATCH_DISCOUNT;
  }
  return scores;
}

/** `RetrievalSignals.contentSimilarity`: dot product of two unit vectors; 0 where one is missing. */
export function contentSimilarity(taste: Float32Array | undefined, title: Float32Array | undefined): number {
  if (taste === undefined || title === undefined) return 0;
  let sum = 0;
  for (let i = 0; i < taste.length; i++) sum += taste[i]! * title[i]!;
  return sum;
}
