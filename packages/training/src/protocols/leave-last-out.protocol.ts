/**
 * Each user's last interaction is the test, everything before it trains (full ranking: against the whole catalogue, no
 * sampled negatives). Rows of the same instant keep the order of the data. Others' later choices are known to the
 * models, as in the published figures for this protocol; `temporal` is the one without that.
 */
import type { Interactions } from '../interactions/index.ts';
import { requireTimes, type Split, splitByLabel, TARGET, TRAINING } from './split.ts';

/**
 * Users with a single interaction only train.
 * @param among users to test, by index; default all
 * @throws MarqueeError BAD_USER_INPUT when times are missing
 */
export function leaveLastOut(interactions: Interactions, among?: Uint32Array): Split {
  requireTimes(interactions, 'leave-last-out');
  const { users, start, item } = interactions;
  const labels = new Uint8Array(item.length).fill(TRAINING);
  for (const user of among ?? users.keys()) {
    if (start[user + 1]! - start[user]! > 1) labels[start[user + 1]! - 1] = TARGET;
  }
  return splitByLabel(interactions, labels, 'leave-last-out');
}
