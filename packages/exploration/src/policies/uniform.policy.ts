/** Every arm alike: the broadest support for off-policy estimates, and the dearest. */
import type { ExplorationPolicy } from '../policy.ts';

export const uniformPolicy: ExplorationPolicy = {
  name: 'uniform',
  prepare: () => ({
    probabilities: (among) => new Float64Array(among.length).fill(1 / among.length),
  }),
};
