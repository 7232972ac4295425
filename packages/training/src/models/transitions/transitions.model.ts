/**
 * What people go on to: a decayed Markov model for watch-next. Every pair of a user's interactions in a short window
 * counts as a transition from the earlier item i to the later j (and, weaker, back), the less the further they are apart,
 * and the longer:
 *
 *     t(i → j) = Σ decay^(gap − 1) · 2^(−days between / halfLifeDays),   w(i → j) = t(i → j) / (nᵢ^α nⱼ^β)
 *
 * with n the number of users of an item. The score of j is Σ recency^m · w(iₘ → j) over the last items of the history,
 * m counted from the newest. Time grows with interactions × window. Deterministic; the seed is not used.
 */
import { setImmediate } from 'node:timers/promises';
import { DAY_MS } from '@marquee/domain';
import { byItem, type Interactions, itemCounts } from '../../interactions/index.ts';
import { createNeighbourLists } from '../item-knn/neighbour-lists.ts';
import { createSparseSums, type SparseSums } from '../item-knn/sparse-sums.ts';
import { createRecommender, requireInteractions, requireOption } from '../recommender.ts';
import type { Train } from '../retrieval-model.ts';

export interface TransitionsOptions {
  /** Largest gap between two interactions that still counts. */
  readonly window?: number;
  /** By which a transition counts less for every further step of the gap. */
  readonly decay?: number;
  /** After which time between the two a transition counts half. Without times, time does not count. */
  readonly halfLifeDays?: number;
  /** What the way back counts, where the way there counts 1. */
  readonly backward?: number;
  /** α and β: how much the popularity of the source and of the target is taken out. */
  readonly sourceExponent?: number;
  readonly targetExponent?: number;
  /** Transitions kept per source. */
  readonly neighbours?: number;
  /** Newest items of the history that count, and by which each counts less than the one after it. */
  readonly lookback?: number;
  readonly recency?: number;
}

export const TRANSITIONS_DEFAULTS = {
  window: 40,
  decay: 0.9,
  halfLifeDays: 365,
  backward: 0.5,
  sourceExponent: 0.7,
  targetExponent: 0.3,
  neighbours: 1_000,
  lookback: 20,
  recency: 0.8,
} as const satisfies Required<TransitionsOptions>;
const ITEMS_PER_TURN = 8;

export const trainTransitions: Train<TransitionsOptions> = async (interactions, options) => {
  requireInteractions(interactions);
  const settings = transitionsSettings(options);
  const { sourceExponent, targetExponent, lookback, recency } = settings;
  const counts = itemCounts(interactions);
  const taken = transitions(interactions, settings);
  const lists = createNeighbourLists(interactions.items.length, settings.neighbours);
  for (let item = 0; item < interactions.items.length; item++) {
    if (item % ITEMS_PER_TURN === 0) {
      await setImmediate();
      options.signal?.throwIfAborted();
      options.onProgress?.(item, interactions.items.length);
    }
    const source = counts[item]! ** sourceExponent;
    taken.count(item);
    lists.keep(
      item,
      taken.touched,
      (other) => taken.sums[other]! / (source * counts[other]! ** targetExponent),
    );
  }
  const { start, items, weights } = lists.byOwner();
  return createRecommender(interactions, (history, scores) => {
    let share = 1;
    const oldest = Math.max(0, history.items.length - lookback);
    for (let m = history.items.length - 1; m >= oldest; m--) {
      const own = history.items[m]!;
      for (let at = start[own]!; at < start[own + 1]!; at++) scores[items[at]!]! += share * weights[at]!;
      share *= recency;
    }
  });
};

function transitionsSettings(options: TransitionsOptions): Required<TransitionsOptions> {
  const settings = { ...TRANSITIONS_DEFAULTS } as Required<TransitionsOptions>;
  for (const name of Object.keys(settings) as (keyof TransitionsOptions)[]) {
    const value = options[name];
    if (value !== undefined) (settings as Record<keyof TransitionsOptions, number>)[name] = value;
  }
  for (const name of ['window', 'neighbours', 'lookback'] as const) {
    requireOption(
      name,
      settings[name],
      Number.isInteger(settings[name]) && settings[name] >= 1,
      'a whole number above 0',
    );
  }
  for (const name of ['decay', 'recency', 'backward'] as const) {
    requireOption(name, settings[name], settings[name] >= 0 && settings[name] <= 1, 'from 0 to 1');
  }
  for (const name of ['sourceExponent', 'targetExponent'] as const) {
    requireOption(name, settings[name], settings[name] >= 0 && settings[name] <= 2, 'from 0 to 2');
  }
  requireOption('halfLifeDays', settings.halfLifeDays, settings.halfLifeDays > 0, 'above 0');
  return settings;
}

/** The weights t(i → j) of one source i at a time. */
function transitions(
  interactions: Interactions,
  { window, decay, halfLifeDays, backward }: Required<TransitionsOptions>,
): SparseSums & { count(item: number): void } {
  const { start, item: items, at } = interactions;
  const index = byItem(interactions);
  const byGap = Float64Array.from({ length: window + 1 }, (_, gap) => decay ** (gap - 1));
  const rate = -Math.LN2 / (halfLifeDays * DAY_MS);
  const between = (earlier: number, later: number): number => {
    const time = at[later]! - at[earlier]!;
    return Number.isNaN(time) ? 1 : Math.exp(rate * time);
  };
  const sums = createSparseSums(interactions.items.length);
  return {
    ...sums,
    count(item) {
      sums.clear();
      for (let place = index.start[item]!; place < index.start[item + 1]!; place++) {
        const row = index.row[place]!;
        const user = index.user[place]!;
        const last = Math.min(row + window, start[user + 1]! - 1);
        for (let later = row + 1; later <= last; later++) {
          sums.add(items[later]!, byGap[later - row]! * between(row, later));
        }
        if (backward === 0) continue;
        const first = Math.max(row - window, start[user]!);
        for (let earlier = row - 1; earlier >= first; earlier--) {
          sums.add(items[earlier]!, backward * byGap[row - earlier]! * between(earlier, row));
        }
      }
    },
  };
}
