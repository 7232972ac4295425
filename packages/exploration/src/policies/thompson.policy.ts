/**
 * Thompson sampling: an arm is chosen as often as it is likely to be the best. A small share of the draws is uniform, so
 * that every arm keeps a propensity that off-policy estimates can divide by.
 */
import { bestProbabilities, type Spread, spreadOf } from '../best-probabilities.ts';
import type { ExplorationPolicy } from '../policy.ts';

/** @param floor share of uniform draws, in [0, 1]. */
export function thompsonPolicy(floor: number): ExplorationPolicy {
  return {
    name: 'thompson',
    prepare(arms) {
      // Most arms of a page are new and alike.
      const known = new Map<string, Spread>();
      const spreads = arms.map((arm) => {
        const key = `${arm.alpha}/${arm.beta}`;
        let spread = known.get(key);
        if (spread === undefined) {
          spread = spreadOf(arm);
          known.set(key, spread);
        }
        return spread;
      });
      return {
        probabilities(among) {
          const best = bestProbabilities(among.map((i) => spreads[i]!));
          for (let i = 0; i < best.length; i++) best[i] = (1 - floor) * best[i]! + floor / best.length;
          return best;
        },
      };
    },
  };
}
