/** What the two-tower model can be told. */
import { dropOutFor } from '../../neural/drop-out-by-size.ts';
import { requireOption } from '../recommender.ts';
import type { NetworkSettings } from '../sequential/sequence-graph.ts';
import { SEQUENTIAL_DEFAULTS } from '../sequential/sequential-options.ts';

export interface TwoTowerOptions {
  /** Length of the vectors. */
  readonly dimensions?: number;
  /** Width of each tower's hidden layer. */
  readonly hidden?: number;
  /** Newest interactions that count. */
  readonly historyLength?: number;
  /** Interactions after which one counts half: for what somebody is at now, and for their taste. */
  readonly recentHalfLife?: number;
  readonly tasteHalfLife?: number;
  /** Layers of attention in the user tower, which then reads a history in its order; 0: its means have to do. */
  readonly blocks?: number;
  /** Share of the numbers that attention goes without, at random, in training; 0 chooses by size: .2 of a million interactions, .3 of a tenth of them. */
  readonly dropOut?: number;
  /** How often a title's id is left out in training, so that its content alone has to do. */
  readonly idDropOut?: number;
  /** 1: titles are found by their vectors. 0: by those of their content alone, as if all of them were new; histories keep their ids. */
  readonly titleIds?: number;
  /** Numbers that content features are hashed to. */
  readonly buckets?: number;
  /** Random titles among the candidates of the loss, beside the batch's own targets. */
  readonly negatives?: number;
  readonly learningRate?: number;
  readonly weightDecay?: number;
  /** Interactions per step. */
  readonly batchSize?: number;
  readonly maxEpochs?: number;
  readonly patience?: number;
  /** Minutes of training at most; 0 for no limit. */
  readonly minutes?: number;
  /** Users whose last interaction is kept from training to see when to end, at most. */
  readonly validationUsers?: number;
}

export type TwoTowerSettings = Required<TwoTowerOptions>;

/** Of the user tower that reads histories in their order, beside the defaults: as the sequential model's, whose network it is. */
export const SEQUENCE_TOWER = {
  blocks: SEQUENTIAL_DEFAULTS.blocks,
  learningRate: SEQUENTIAL_DEFAULTS.learningRate,
  maxEpochs: SEQUENTIAL_DEFAULTS.maxEpochs,
  patience: SEQUENTIAL_DEFAULTS.patience,
} as const satisfies TwoTowerOptions;

/** What the sequential model calls them. */
export function sequenceSettings({
  dimensions,
  blocks,
  dropOut,
  historyLength,
}: SequenceTower): NetworkSettings {
  const { heads, expansion } = SEQUENTIAL_DEFAULTS;
  return { dimensions, blocks, dropOut, heads, expansion, maxLength: historyLength };
}

export type SequenceTower = Pick<TwoTowerSettings, 'dimensions' | 'blocks' | 'dropOut' | 'historyLength'>;

export const TWO_TOWER_DEFAULTS: TwoTowerSettings = {
  dimensions: 64,
  hidden: 128,
  historyLength: 50,
  recentHalfLife: 2,
  tasteHalfLife: 20,
  blocks: 0,
  dropOut: 0,
  idDropOut: 0.1,
  titleIds: 1,
  buckets: 4_096,
  negatives: 1_024,
  learningRate: 0.003,
  weightDecay: 0,
  batchSize: 1_024,
  maxEpochs: 40,
  patience: 4,
  minutes: 0,
  validationUsers: 3_000,
};

/**
 * @param interactions that will be trained on
 * @throws MarqueeError BAD_USER_INPUT naming the option that is out of range
 */
export function twoTowerSettings(options: TwoTowerOptions, interactions: number): TwoTowerSettings {
  const settings = { ...TWO_TOWER_DEFAULTS } as { -readonly [name in keyof TwoTowerSettings]: number };
  for (const name of Object.keys(settings) as (keyof TwoTowerSettings)[]) {
    const value = options[name];
    if (value !== undefined) settings[name] = value;
  }
  const whole = (name: keyof TwoTowerSettings, least: number, most: number): void => {
    const value = settings[name];
    const valid = Number.isInteger(value) && value >= least && value <= most;
    requireOption(name, value, valid, `a whole number from ${least} to ${most}`);
  };
  whole('dimensions', 1, 1_024);
  whole('hidden', 1, 4_096);
  whole('titleIds', 0, 1);
  whole('blocks', 0, 12);
  whole('historyLength', 1, 1_000);
  whole('buckets', 1, 1_000_000);
  whole('negatives', 0, 100_000);
  whole('batchSize', 1, 100_000);
  whole('maxEpochs', 1, 100_000);
  whole('patience', 1, 100_000);
  whole('validationUsers', 0, 1_000_000);
  const { blocks, dimensions, dropOut, idDropOut, learningRate, weightDecay, minutes } = settings;
  const { heads } = SEQUENTIAL_DEFAULTS;
  const divides = blocks === 0 || dimensions % heads === 0;
  requireOption('dimensions', dimensions, divides, `a multiple of ${heads} where there is attention`);
  requireOption('dropOut', dropOut, dropOut >= 0 && dropOut < 1, 'from 0 to below 1');
  if (dropOut === 0) settings.dropOut = dropOutFor(interactions);
  for (const name of ['recentHalfLife', 'tasteHalfLife'] as const) {
    requireOption(name, settings[name], settings[name] > 0, 'above 0');
  }
  requireOption('idDropOut', idDropOut, idDropOut >= 0 && idDropOut <= 1, 'from 0 to 1');
  requireOption('learningRate', learningRate, learningRate > 0 && Number.isFinite(learningRate), 'above 0');
  requireOption('weightDecay', weightDecay, weightDecay >= 0 && Number.isFinite(weightDecay), 'at least 0');
  requireOption('minutes', minutes, minutes >= 0, 'at least 0');
  return settings;
}
