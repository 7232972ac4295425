/** What the sequential model can be told. */
import { dropOutFor } from '../../neural/drop-out-by-size.ts';
import { requireOption } from '../recommender.ts';

export interface SequentialOptions {
  /** Length of the vectors, a multiple of `heads`. */
  readonly dimensions?: number;
  /** Layers of attention. */
  readonly blocks?: number;
  readonly heads?: number;
  /** Width of the layer between, in multiples of `dimensions`. */
  readonly expansion?: number;
  /** Newest interactions that count. */
  readonly maxLength?: number;
  /** Share of the numbers that are left out at random in training; 0 chooses by size: .2 of a million interactions, .3 of a tenth of them. */
  readonly dropOut?: number;
  /** At first. */
  readonly learningRate?: number;
  readonly weightDecay?: number;
  /** Interactions per step, about; 0 chooses by size: a 150th of them, 512 to 6,400. */
  readonly batchPositions?: number;
  /** Passes over the data at most; steps become shorter from one to the next, to nearly nothing at the last. */
  readonly maxEpochs?: number;
  /** Passes without a better validation before it ends. */
  readonly patience?: number;
  /** Minutes of training at most; 0 for no limit. Where they bind, what is reached depends on the machine. */
  readonly minutes?: number;
  /** Beyond so many items the loss is over as many sampled ones. */
  readonly maxCandidates?: number;
  /** Users whose last interaction is kept from training to see when to end, at most. */
  readonly validationUsers?: number;
}

export type SequentialSettings = Required<SequentialOptions>;

export const SEQUENTIAL_DEFAULTS: SequentialSettings = {
  dimensions: 64,
  blocks: 2,
  heads: 2,
  expansion: 2,
  maxLength: 200,
  dropOut: 0,
  learningRate: 0.004,
  weightDecay: 0,
  batchPositions: 0,
  maxEpochs: 30,
  patience: 10,
  minutes: 60,
  maxCandidates: 20_000,
  validationUsers: 3_000,
};

const MOST_BATCH_POSITIONS = 6_400;
const LEAST_BATCH_POSITIONS = 512;
/** Steps of an epoch: enough to get somewhere in one, few enough that each is worth its overhead. */
const STEPS_PER_EPOCH = 150;

/**
 * @param interactions that will be trained on
 * @throws MarqueeError BAD_USER_INPUT naming the option that is out of range
 */
export function sequentialSettings(options: SequentialOptions, interactions: number): SequentialSettings {
  const settings = { ...SEQUENTIAL_DEFAULTS } as { -readonly [name in keyof SequentialSettings]: number };
  for (const name of Object.keys(settings) as (keyof SequentialSettings)[]) {
    const value = options[name];
    if (value !== undefined) settings[name] = value;
  }
  const whole = (name: keyof SequentialSettings, least: number, most: number): void => {
    const value = settings[name];
    const valid = Number.isInteger(value) && value >= least && value <= most;
    requireOption(name, value, valid, `a whole number from ${least} to ${most}`);
  };
  whole('dimensions', 1, 1_024);
  whole('blocks', 1, 12);
  whole('heads', 1, 64);
  whole('expansion', 1, 16);
  whole('maxLength', 1, 2_000);
  whole('batchPositions', 0, 1_000_000);
  whole('maxEpochs', 1, 100_000);
  whole('patience', 1, 100_000);
  whole('maxCandidates', 1, 1_000_000);
  whole('validationUsers', 0, 1_000_000);
  const { dimensions, heads, dropOut, learningRate, weightDecay, minutes } = settings;
  requireOption('dimensions', dimensions, dimensions % heads === 0, `a multiple of heads (${heads})`);
  requireOption('dropOut', dropOut, dropOut >= 0 && dropOut < 1, 'from 0 to below 1');
  const rated = learningRate > 0 && Number.isFinite(learningRate);
  requireOption('learningRate', learningRate, rated, 'above 0');
  requireOption('weightDecay', weightDecay, weightDecay >= 0 && Number.isFinite(weightDecay), 'at least 0');
  requireOption('minutes', minutes, minutes >= 0, 'at least 0');
  if (dropOut === 0) settings.dropOut = dropOutFor(interactions);
  if (settings.batchPositions === 0) {
    const share = Math.ceil(interactions / STEPS_PER_EPOCH);
    settings.batchPositions = Math.max(LEAST_BATCH_POSITIONS, Math.min(MOST_BATCH_POSITIONS, share));
  }
  return settings;
}
