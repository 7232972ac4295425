/**
 * iALS (Hu et al. 2008) with the frequency-scaled regularisation of Rendle et al. 2021: vectors of users and items
 * whose products are near 1 where there is an interaction and, at the weight α₀, near 0 everywhere,
 *
 *     Σ over interactions (w·h − 1)² + α₀ Σ over all pairs (w·h)² + Σ over rows λ (|row| + α₀ · others)^ν |w|²
 *
 * solved exactly, row by row. Users are always folded in, so a history counts as it is when it is asked with.
 * Order and age of the history do not count. Deterministic for a seed.
 */
import { activeUsers, itemCounts } from '../../interactions/index.ts';
import { createRecommender, requireInteractions } from '../recommender.ts';
import type { Train } from '../retrieval-model.ts';
import { factorise } from './factorise.ts';
import { createFoldIn } from './fold-in.ts';
import { type IalsOptions, ialsSettings } from './ials-options.ts';

export const trainIals: Train<IalsOptions> = async (interactions, options) => {
  requireInteractions(interactions);
  const settings = ialsSettings(options, {
    users: activeUsers(interactions),
    items: itemCounts(interactions).reduce((count, users) => count + Number(users > 0), 0),
  });
  const { dimensions } = settings;
  const foldIn = createFoldIn(await factorise(interactions, settings, options), settings);
  const { itemVectors } = foldIn;
  return createRecommender(interactions, (history, scores) => {
    // A history is in time order: its end is the newest.
    const vector = foldIn.vectorOf(history.items.subarray(-settings.history || 0));
    for (let item = 0; item < scores.length; item++) {
      const from = item * dimensions;
      let sum = 0;
      for (let k = 0; k < dimensions; k++) sum += vector[k]! * itemVectors[from + k]!;
      scores[item] = sum;
    }
  });
};
