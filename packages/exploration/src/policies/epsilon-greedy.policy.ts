/** The arm that has done best, except for a share of the draws, which go to all alike. */
import { bestAmong, type ExplorationPolicy, meanOf } from '../policy.ts';

/** @param epsilon share of uniform draws, in [0, 1]. */
export function epsilonGreedyPolicy(epsilon: number): ExplorationPolicy {
  return {
    name: 'epsilon-greedy',
    prepare(arms) {
      const means = Float64Array.from(arms, meanOf);
      return {
        probabilities(among) {
          const probabilities = new Float64Array(among.length).fill(epsilon / among.length);
          probabilities[bestAmong(means, among)]! += 1 - epsilon;
          return probabilities;
        },
      };
    },
  };
}
