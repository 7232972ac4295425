/**
 * What every protocol ends in: what models may learn from, what each test user is known to have chosen, and what they
 * chose next. The three are parts of one data set and share its tables.
 */
import { MarqueeError } from '@marquee/service-kit';
import { activeUsers, type Interactions, rowCount, rowsWhere } from '../interactions/index.ts';

export interface Split {
  readonly train: Interactions;
  /** By user; the training rows themselves where test users are trained on. */
  readonly histories: Interactions;
  /** By user. Only users with a history and a target are asked. */
  readonly targets: Interactions;
}

/** Where a row goes. */
export const DROPPED = 0;
export const TRAINING = 1;
export const FOLD_IN = 2;
export const TARGET = 3;

/**
 * Rows by label. Targets of users without any history are dropped: nothing personal could be asked about them.
 * @param labels by row; such targets are relabelled
 * @throws MarqueeError BAD_USER_INPUT when nothing is left to train on, or to test
 */
export function splitByLabel(interactions: Interactions, labels: Uint8Array, protocol: string): Split {
  const foldIn = labels.includes(FOLD_IN);
  const train = rowsWhere(interactions, (row) => labels[row] === TRAINING);
  const histories = foldIn ? rowsWhere(interactions, (row) => labels[row] === FOLD_IN) : train;
  for (let user = 0; user < interactions.users.length; user++) {
    if (histories.start[user] !== histories.start[user + 1]) continue;
    for (let row = interactions.start[user]!; row < interactions.start[user + 1]!; row++) {
      if (labels[row] === TARGET) labels[row] = DROPPED;
    }
  }
  const targets = rowsWhere(interactions, (row) => labels[row] === TARGET);
  if (rowCount(train) === 0) {
    throw new MarqueeError('BAD_USER_INPUT', `the ${protocol} protocol leaves no interaction to train on`);
  }
  if (activeUsers(targets) === 0) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `the ${protocol} protocol leaves nobody to test: no user has both a history and a held-out interaction`,
    );
  }
  return { train, histories, targets };
}

/** @throws MarqueeError BAD_USER_INPUT when a row has no time */
export function requireTimes({ at }: Interactions, protocol: string): void {
  if (at.some(Number.isNaN)) {
    throw new MarqueeError('BAD_USER_INPUT', `the ${protocol} protocol needs a time for every interaction`);
  }
}

export function requireFraction(fraction: number, name: string): void {
  if (!(fraction > 0 && fraction < 1)) {
    throw new MarqueeError('BAD_USER_INPUT', `${name} must lie between 0 and 1, not ${fraction}`);
  }
}
