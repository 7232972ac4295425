/**
 * Thompson sampling: an arm is chosen as often as it is likely to be the best. A small share of the draws is uniform, so
 * that every arm keeps a propensity that off-policy estimates can divide by.
 */
import { bestProbabilities, type Spread, spreadOf } from '../best-probabilities.ts';
import type { ExplorationPolicy } from '../policy.ts';
import type { Posterior } from '../posterior.ts';

/** Of the natural logarithm of a parameter: beliefs closer than 2 % are taken for the same, which no counts tell apart. */
const STEPS = 32;
/** Spreads that are kept, some 1.5 KB each. */
const MOST_KEPT = 4_096;

/** @param floor share of uniform draws, in [0, 1]. */
export function thompsonPolicy(floor: number): ExplorationPolicy {
  return {
    name: 'thompson',
    prepare(arms) {
      const spreads = arms.map((arm) => keptSpreads.of(arm));
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

/** Working one out takes a hundred exponentials, and a page has hundreds of arms: most are like one that was seen before. */
class KnownSpreads {
  /** The one used least lately comes first. */
  readonly #spreads = new Map<number, Spread>();

  of({ alpha, beta }: Posterior): Spread {
    const [a, b] = [Math.round(Math.log(alpha) * STEPS), Math.round(Math.log(beta) * STEPS)];
    // Both are some hundreds, of either sign.
    const key = a * 65_536 + b;
    let spread = this.#spreads.get(key);
    if (spread === undefined) {
      spread = spreadOf({ alpha: Math.exp(a / STEPS), beta: Math.exp(b / STEPS) });
      if (this.#spreads.size >= MOST_KEPT) this.#spreads.delete(this.#spreads.keys().next().value!);
    } else this.#spreads.delete(key);
    this.#spreads.set(key, spread);
    return spread;
  }
}

/** The same for every policy: what is kept depends on nothing but its parameters. */
const keptSpreads = new KnownSpreads();
