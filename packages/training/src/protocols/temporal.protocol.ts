/** One cutoff for everybody: what happened before it trains, what happened later tests. The closest to serving. */
import { DAY_MS } from '@marquee/domain';
import { MarqueeError } from '@marquee/service-kit';
import { type Interactions, rowCount, timeSpan } from '../interactions/index.ts';
import { requireTimes, type Split, splitByLabel, TARGET, TRAINING } from './split.ts';

/**
 * @param options.until epoch milliseconds; rows from this instant on are the test. Default: `testDays` before the last
 * @param options.testDays default 14
 * @throws MarqueeError BAD_USER_INPUT when times are missing, or when no row lies on one side of the cutoff
 */
export function splitByTime(
  interactions: Interactions,
  options: { readonly until?: number; readonly testDays?: number } = {},
): Split {
  requireTimes(interactions, 'temporal');
  const { first, last } = timeSpan(interactions);
  const cutoff = options.until ?? last - (options.testDays ?? 14) * DAY_MS;
  if (!(cutoff > first && cutoff <= last)) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `the cutoff ${instant(cutoff)} is not inside the history, which goes from ${instant(first)} to ${instant(last)}`,
    );
  }
  const labels = Uint8Array.from(interactions.at, (at) => (at < cutoff ? TRAINING : TARGET));
  return splitByLabel(interactions, labels, 'temporal');
}

/**
 * A given split that claims to be temporal.
 * @throws MarqueeError BAD_USER_INPUT when any test row is older than the newest training row: what a model has
 *   learned from would lie in the future of what it is asked
 */
export function requirePastBeforeFuture(split: Split): Split {
  requireTimes(split.train, 'temporal');
  requireTimes(split.targets, 'temporal');
  const { last } = timeSpan(split.train);
  const { first } = timeSpan(split.targets);
  const older = olderThanTraining(split);
  if (older > 0) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `the holdout travels in time: ${older} of ${rowCount(split.targets)} test interactions are older than the last training interaction (${instant(last)}); the first is of ${instant(first)}`,
    );
  }
  return split;
}

/** Test rows older than the newest training row; rows without a time are not. */
export function olderThanTraining({ train, targets }: Pick<Split, 'train' | 'targets'>): number {
  const { last } = timeSpan(train);
  let older = 0;
  for (const at of targets.at) if (at < last) older++;
  return older;
}

function instant(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at);
}
