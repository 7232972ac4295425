/**
 * What is worth trying for each model that has settings: grids whose ends lie where published settings for data from thousands to
 * millions of interactions lie, in steps that change NDCG visibly.
 */
import { activeUsers, type Interactions, itemCounts } from '../interactions/index.ts';
import { lambdaBySize } from '../models/ials/ials-options.ts';
import type { SearchSpace, Settings } from './tune.ts';

export interface Search {
  readonly space: SearchSpace;
  /** Where it begins: the settings with everything that they leave to the data filled in. */
  readonly start: Settings;
}

const EASE: SearchSpace = { lambda: [20, 40, 70, 120, 200, 300, 450, 700, 1_000, 1_500, 2_500, 5_000] };

const ITEM_KNN: SearchSpace = {
  neighbours: [10, 20, 50, 100, 200, 500, 1_000],
  shrinkage: [0, 5, 20, 50, 100, 300, 1_000],
};

const TRANSITIONS: SearchSpace = {
  recency: [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1],
  decay: [0.5, 0.7, 0.8, 0.9, 0.95, 1],
  targetExponent: [0, 0.15, 0.3, 0.45, 0.6, 0.8, 1],
  sourceExponent: [0, 0.25, 0.5, 0.7, 0.85, 1],
  backward: [0, 0.25, 0.5, 0.75, 1],
  halfLifeDays: [15, 45, 120, 365, 1_000, 3_650],
  window: [5, 10, 20, 40, 80],
  lookback: [5, 10, 20, 40, 80],
};

/** λ in multiples of what the size of the data suggests. */
const IALS_LAMBDA = [0.2, 0.35, 0.6, 1, 1.6, 2.6, 4.5, 8];
const IALS: SearchSpace = {
  unobservedWeight: [0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8],
  dimensions: [32, 64, 128, 192, 256, 384],
};

/** By the name of the model; undefined for one with nothing to search. */
export function searchFor(model: string, settings: Settings, train: Interactions): Search | undefined {
  switch (model) {
    case 'ease':
      return { space: EASE, start: settings };
    case 'item-knn':
      return { space: ITEM_KNN, start: settings };
    case 'transitions':
      return { space: TRANSITIONS, start: settings };
    case 'ials': {
      const users = activeUsers(train);
      const items = itemCounts(train).reduce((count, value) => count + Number(value > 0), 0);
      const middle = lambdaBySize({ users, items });
      const lambda = settings.lambda === 0 ? middle : settings.lambda!;
      return {
        space: { lambda: IALS_LAMBDA.map((factor) => factor * middle), ...IALS },
        start: { ...settings, lambda },
      };
    }
    default:
      return undefined;
  }
}
