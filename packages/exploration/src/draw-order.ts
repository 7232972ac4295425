/**
 * The order of a list, place by place. Of a share of the lists the policy draws every place, the others get the best known one;
 * which of the two a list is, is drawn once. What is told of a place is its probability under both together, given the places
 * above it: whoever reads the log need not know which it was, and the product over the places is the probability of the order.
 */
import { pick } from './pick.ts';
import { bestAmong, type ExplorationPolicy, meanOf } from './policy.ts';
import type { Posterior } from './posterior.ts';

export interface OrderDrawOptions {
  readonly policy: ExplorationPolicy;
  /** Of the lists, those whose order the policy draws, in [0, 1]. */
  readonly share: number;
  /** Uniform in [0, 1); asked once per list, and once more per place of a list that is drawn. */
  readonly random: () => number;
}

export interface DrawnPlace {
  /** Place of the arm. */
  readonly arm: number;
  /** By arm, given the places above; they sum to one, and that of `arm` is above 0. */
  readonly probabilities: Float64Array;
}

export interface OrderDraw {
  /** Fills the next place. @param arms at least one; of equals the first is the better. */
  next(arms: readonly Posterior[]): DrawnPlace;
}

export function createOrderDraw({ policy, share, random }: OrderDrawOptions): OrderDraw {
  const isDrawn = random() < share;
  /** Probability that the list is a drawn one, given what stands in it. */
  let drawnShare = share;
  return {
    next(arms) {
      const all = arms.map((_, i) => i);
      const byPolicy = policy.prepare(arms).probabilities(all);
      const best = bestAmong(arms.map(meanOf), all);
      const probabilities = Float64Array.from(
        byPolicy,
        (probability, i) => drawnShare * probability + (i === best ? 1 - drawnShare : 0),
      );
      const arm = isDrawn ? pick(byPolicy, random) : best;
      drawnShare = Math.min(1, (drawnShare * byPolicy[arm]!) / probabilities[arm]!);
      return { arm, probabilities };
    },
  };
}
