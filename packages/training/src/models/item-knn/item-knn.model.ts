/**
 * Item-item neighbours: cosine of two items' users with shrinkage (Sarwar et al. 2001; Dacrema et al. 2021),
 *
 *     s(i, j) = nᵢⱼ / (√(nᵢ nⱼ) + shrinkage)
 *
 * of which every item j keeps its strongest `neighbours`. The score of j is the sum over the items of the history among
 * them. Order and age of the history do not count. Time grows with interactions × maxHistory; memory is 8 bytes per
 * kept neighbour, and per interaction.
 */
import { setImmediate } from 'node:timers/promises';
import { byItem, type Interactions, itemCounts } from '../../interactions/index.ts';
import { createRecommender, requireInteractions, requireOption } from '../recommender.ts';
import type { Train } from '../retrieval-model.ts';
import { createNeighbourLists } from './neighbour-lists.ts';
import { createSparseSums } from './sparse-sums.ts';

export interface ItemKnnOptions {
  readonly neighbours?: number;
  readonly shrinkage?: number;
  /** Latest interactions of a user that count; bounds the work for users who have nearly everything. */
  readonly maxHistory?: number;
}

export const ITEM_KNN_DEFAULTS = { neighbours: 100, shrinkage: 20, maxHistory: 1_000 };
const ITEMS_PER_TURN = 8;

export const trainItemKnn: Train<ItemKnnOptions> = async (interactions, options) => {
  requireInteractions(interactions);
  const {
    neighbours = ITEM_KNN_DEFAULTS.neighbours,
    shrinkage = ITEM_KNN_DEFAULTS.shrinkage,
    maxHistory = ITEM_KNN_DEFAULTS.maxHistory,
  } = options;
  requireOption(
    'neighbours',
    neighbours,
    Number.isInteger(neighbours) && neighbours >= 1,
    'a whole number above 0',
  );
  requireOption('shrinkage', shrinkage, shrinkage >= 0, 'at least 0');
  requireOption(
    'maxHistory',
    maxHistory,
    Number.isInteger(maxHistory) && maxHistory >= 1,
    'a whole number above 0',
  );
  const counts = itemCounts(interactions);
  const shared = sharedUsers(interactions, maxHistory);
  const lists = createNeighbourLists(interactions.items.length, neighbours);
  for (let item = 0; item < interactions.items.length; item++) {
    if (item % ITEMS_PER_TURN === 0) {
      await setImmediate();
      options.signal?.throwIfAborted();
      options.onProgress?.(item, interactions.items.length);
    }
    const own = counts[item]!;
    shared.count(item);
    lists.keep(item, shared.touched, (other) => {
      return other === item ? 0 : shared.sums[other]! / (Math.sqrt(own * counts[other]!) + shrinkage);
    });
  }
  const { start, items, weights } = lists.byNeighbour();
  return createRecommender(interactions, (history, scores) => {
    for (const own of history.items) {
      for (let at = start[own]!; at < start[own + 1]!; at++) scores[items[at]!]! += weights[at]!;
    }
  });
};

/** How many users an item shares with others, counted over their latest `maxHistory`. */
function sharedUsers(interactions: Interactions, maxHistory: number) {
  const { start, item: items } = interactions;
  const index = byItem(interactions);
  const sums = createSparseSums(interactions.items.length);
  return {
    ...sums,
    /** Replaces the sums by those of another item; its own is among them. */
    count(item: number): void {
      sums.clear();
      for (let at = index.start[item]!; at < index.start[item + 1]!; at++) {
        const user = index.user[at]!;
        const end = start[user + 1]!;
        for (let row = Math.max(start[user]!, end - maxHistory); row < end; row++) sums.add(items[row]!, 1);
      }
    },
  };
}
