/**
 * What a policy did, with what chance it did it, and what came of it: the log that other policies are judged by. Columns, since
 * logs have millions of rows; a slate of several places is several rows, each with its place as the position.
 */
import { MarqueeError } from '@marquee/service-kit';

export interface LoggedActions {
  /** How many there are to choose from at any time. */
  readonly actions: number;
  readonly positions: number;
  /** By row, below `actions`. */
  readonly action: Uint32Array;
  /** By row, below `positions`. */
  readonly position: Uint8Array;
  readonly reward: Float64Array;
  /** By row: the logging policy's probability of this action at this position, above 0 and at most 1. */
  readonly propensity: Float64Array;
  /**
   * By row: whose it is, numbered from 0. Rows of one viewer resemble each other, and a thousand of them do not tell as much as those of
   * a thousand viewers: folds and resamples take all of a unit or none of it. Absent: every row is a unit of its own.
   */
  readonly unit?: Uint32Array;
  /** Whether the logging policy might have chosen this action in this row's context. Absent: whatever was logged at the position. */
  readonly possible?: (row: number, action: number) => boolean;
}

/**
 * A policy to be judged. Fills the probabilities of all actions in a row's context, which sum to 1.
 * @param into by action
 */
export type TargetPolicy = (row: number, into: Float64Array) => void;

/** Every action with the same probability. */
export function uniformPolicy({ actions }: LoggedActions): TargetPolicy {
  return (_, into) => into.fill(1 / actions);
}

/**
 * How often each action stood at each position in a log: the policy that wrote it, averaged over contexts and over time.
 * @param of the log to imitate
 * @param at the log whose rows will be asked for
 * @throws MarqueeError BAD_USER_INPUT when the two differ in actions or positions, or a position of `at` was never logged
 */
export function averagePolicyOf(of: LoggedActions, at: LoggedActions): TargetPolicy {
  if (of.actions !== at.actions || of.positions !== at.positions) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      `the logs differ: ${of.actions} actions at ${of.positions} positions, and ${at.actions} at ${at.positions}`,
    );
  }
  const shares = Array.from({ length: of.positions }, () => new Float64Array(of.actions));
  for (let row = 0; row < of.action.length; row++) shares[of.position[row]!]![of.action[row]!]!++;
  for (const [position, counts] of shares.entries()) {
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0 && at.position.includes(position)) {
      throw new MarqueeError('BAD_USER_INPUT', `the policy's log has nothing at position ${position}`);
    }
    for (let action = 0; action < counts.length; action++) counts[action]! /= Math.max(1, total);
  }
  return (row, into) => into.set(shares[at.position[row]!]!);
}

/** @throws MarqueeError BAD_USER_INPUT naming the first row that cannot be used */
export function requireLog(log: LoggedActions): void {
  const { actions, positions, action, position, reward, propensity, unit } = log;
  const rows = action.length;
  if (rows === 0) throw new MarqueeError('BAD_USER_INPUT', 'the log is empty');
  if ([position, reward, propensity, unit ?? action].some((column) => column.length !== rows)) {
    throw new MarqueeError('BAD_USER_INPUT', 'the columns of the log differ in length');
  }
  for (let row = 0; row < rows; row++) {
    const wrong =
      action[row]! >= actions
        ? `action ${action[row]} of ${actions}`
        : position[row]! >= positions
          ? `position ${position[row]} of ${positions}`
          : !Number.isFinite(reward[row]!)
            ? `reward ${reward[row]}`
            : !(propensity[row]! > 0 && propensity[row]! <= 1)
              ? `propensity ${propensity[row]}, which must be above 0 and at most 1`
              : undefined;
    if (wrong !== undefined) throw new MarqueeError('BAD_USER_INPUT', `row ${row} of the log: ${wrong}`);
  }
}
