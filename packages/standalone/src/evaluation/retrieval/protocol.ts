/** The protocols by the names they have on the command line. */
import { MarqueeError } from '@marquee/service-kit';
import {
  type Interactions,
  leaveLastOut,
  olderThanTraining,
  requirePastBeforeFuture,
  type Split,
  splitAsGiven,
  splitAtRandom,
  splitByTime,
  splitByUser,
  TARGET,
  TRAINING,
} from '@marquee/training';
import type { DataSet } from './data-set.ts';

export interface ProtocolOptions {
  readonly given: boolean;
  readonly testDays: number;
  /** Epoch milliseconds. */
  readonly until?: number;
  readonly testFraction: number;
  readonly heldOut: number;
  readonly seed: number;
}

type Protocol = (data: DataSet, options: ProtocolOptions) => Split;

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  temporal: (data, options) =>
    options.given ? requirePastBeforeFuture(given(data)) : splitByTime(data.interactions, options),
  'leave-last-out': ({ interactions }) => leaveLastOut(interactions),
  random: ({ interactions }, options) => splitAtRandom(interactions, options),
  strong: ({ interactions }, options) => splitByUser(interactions, options),
  given,
};

export const RETRIEVAL_PROTOCOLS = Object.keys(PROTOCOLS);

/** @throws MarqueeError CONFIG_INVALID for an unknown name, or one that does not go with given files */
export function splitBy(name: string, data: DataSet, options: ProtocolOptions): Split {
  const protocol = PROTOCOLS[name];
  if (protocol === undefined) {
    throw new MarqueeError('CONFIG_INVALID', `--protocol must be one of ${RETRIEVAL_PROTOCOLS.join(', ')}`);
  }
  if (options.given && name !== 'given' && name !== 'temporal') {
    throw new MarqueeError(
      'CONFIG_INVALID',
      `--train and --test are a split already; --protocol ${name} makes its own`,
    );
  }
  if (!options.given && name === 'given') {
    throw new MarqueeError('CONFIG_INVALID', '--protocol given needs --train and --test');
  }
  return protocol(data, options);
}

/**
 * A split of the training part in the manner of the protocol, to choose settings by. Given files do not say how they were split:
 * a share of each user's interactions is drawn, or the newest held out where the files are temporal.
 * @throws MarqueeError BAD_USER_INPUT when the training part is too small to be split again
 */
export function validationSplit(name: string, train: Interactions, options: ProtocolOptions): Split {
  switch (name) {
    case 'temporal':
      return splitByTime(train, { testDays: options.testDays });
    case 'leave-last-out':
      return leaveLastOut(train);
    case 'strong':
      return splitByUser(train, options);
    default:
      return splitAtRandom(train, options);
  }
}

/** For people: whether given files let models know what came later. Protocols that split by themselves are known for what they do. */
export function notesOnTime(name: string, split: Split): string[] {
  const older = name === 'given' ? olderThanTraining(split) : 0;
  if (older === 0) return [];
  const share = ((100 * older) / split.targets.at.length).toFixed(
    older < split.targets.at.length / 100 ? 2 : 0,
  );
  return [
    `${share} % of the test interactions are older than the newest of training: models know what came later (--protocol temporal refuses that)`,
  ];
}

function given({ interactions, parts }: DataSet): Split {
  if (!parts.includes(1)) {
    throw new MarqueeError(
      'BAD_USER_INPUT',
      'every test interaction is in the training file, too, or was filtered out',
    );
  }
  return splitAsGiven(
    interactions,
    parts.map((part) => (part === 0 ? TRAINING : TARGET)),
  );
}
