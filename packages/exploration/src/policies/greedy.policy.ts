/**
 * The arm that has done best so far, with certainty. Learns nothing about the others, and what it logs supports no estimate
 * about them: here to be compared with.
 */
import { bestAmong, type ExplorationPolicy, meanOf } from '../policy.ts';

export const greedyPolicy: ExplorationPolicy = {
  name: 'greedy',
  prepare(arms) {
    const means = Float64Array.from(arms, meanOf);
    return {
      probabilities(among) {
        const probabilities = new Float64Array(among.length);
        probabilities[bestAmong(means, among)] = 1;
        return probabilities;
      },
    };
  },
};
