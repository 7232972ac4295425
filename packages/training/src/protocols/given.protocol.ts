/** A split that somebody else made: published folds, or another tool's. */
import type { Interactions } from '../interactions/index.ts';
import { type Split, splitByLabel } from './split.ts';

/**
 * Targets of users without a training row are left out: nothing personal could be asked about them.
 * @param labels by row: `TRAINING`, `TARGET` or `DROPPED`
 * @throws MarqueeError BAD_USER_INPUT when nothing is left to train on, or to test
 */
export function splitAsGiven(interactions: Interactions, labels: Uint8Array): Split {
  return splitByLabel(interactions, labels.slice(), 'given');
}
