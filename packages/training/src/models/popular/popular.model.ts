/** Most popular: the number of users of each item, each weighted by 2^(−age / half-life). The baseline of baselines. */
import { DAY_MS } from '@marquee/domain';
import { timeSpan } from '../../interactions/index.ts';
import { createRecommender, requireInteractions, requireOption } from '../recommender.ts';
import type { Train } from '../retrieval-model.ts';

export interface PopularOptions {
  /** Ages count from the newest interaction; rows without a time count as new. Default: no decay. */
  readonly halfLifeDays?: number;
}

export const trainPopular: Train<PopularOptions> = async (interactions, options) => {
  requireInteractions(interactions);
  const { halfLifeDays = Number.POSITIVE_INFINITY } = options;
  requireOption('halfLifeDays', halfLifeDays, halfLifeDays > 0, 'above 0');
  const { last } = timeSpan(interactions);
  const weights = new Float64Array(interactions.items.length);
  for (let row = 0; row < interactions.item.length; row++) {
    const at = interactions.at[row]!;
    const ageDays = Number.isNaN(at) ? 0 : (last - at) / DAY_MS;
    weights[interactions.item[row]!]! += 2 ** (-ageDays / halfLifeDays);
  }
  return createRecommender(interactions, (_, scores) => scores.set(weights));
};
