/**
 * Titles like those of the history: cosine of a title's content vector with the mean of the history's, the newest counting most. What
 * similarity search on content vectors finds, without a word about who watched what; a baseline for what a learned space is worth.
 * Nothing is trained; deterministic.
 */
import { DAY_MS } from '@marquee/domain';
import { createRecommender, requireInteractions, requireOption } from '../recommender.ts';
import type { Train } from '../retrieval-model.ts';

export interface ContentOptions {
  /** After which time an interaction counts half; without times all count alike. */
  readonly halfLifeDays?: number;
  /** By item, L2 norm 1; undefined where nothing is known of a title. All of one length. */
  readonly vectors?: readonly (Float32Array | undefined)[];
}

/** As taste vectors are served (`TASTE_HALF_LIFE_DAYS` of `@marquee/features`). */
export const CONTENT_DEFAULTS = { halfLifeDays: 45 };

export const trainContent: Train<ContentOptions> = async (interactions, options) => {
  requireInteractions(interactions);
  const { halfLifeDays = CONTENT_DEFAULTS.halfLifeDays, vectors = [] } = options;
  requireOption('halfLifeDays', halfLifeDays, halfLifeDays > 0, 'above 0');
  const rate = -Math.LN2 / (halfLifeDays * DAY_MS);
  const dimensions = vectors.find((vector) => vector !== undefined)?.length ?? 0;
  return createRecommender(interactions, ({ items, at }, scores) => {
    const taste = new Float64Array(dimensions);
    const newest = at.at(-1) ?? Number.NaN;
    for (const [i, item] of items.entries()) {
      const vector = vectors[item];
      if (vector === undefined) continue;
      const age = newest - at[i]!;
      const weight = Number.isNaN(age) ? 1 : Math.exp(rate * age);
      for (let k = 0; k < dimensions; k++) taste[k]! += weight * vector[k]!;
    }
    for (const [item, vector] of vectors.entries()) {
      if (vector === undefined) continue;
      // The length of the taste changes no order.
      let sum = 0;
      for (let k = 0; k < dimensions; k++) sum += taste[k]! * vector[k]!;
      scores[item] = sum;
    }
  });
};
