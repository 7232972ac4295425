/**
 * Which user tower a version gets: one that takes means of the history, or one that reads it in its order. Both are trained, and asked for the same interactions that were kept back (the last of some users, by full ranking). Order has to be worth
 * something by more than chance: where people have no habits of it, what learns it finds chance alone, and costs more.
 */
import type { Interactions } from '../../interactions/index.ts';
import { bootstrapInterval, type Interval } from '../../metrics/bootstrap.ts';
import type { TrainingOptions } from '../retrieval-model.ts';
import type { TitleContent } from './title-content.ts';
import { type TrainedTowers, trainTowers } from './train-towers.ts';
import {
  SEQUENCE_TOWER,
  TWO_TOWER_DEFAULTS,
  type TwoTowerOptions,
  twoTowerSettings,
} from './two-tower-options.ts';

/** Epochs of a training at most, of both towers together. */
export const TOWER_EPOCHS = TWO_TOWER_DEFAULTS.maxEpochs + SEQUENCE_TOWER.maxEpochs;

export interface ChosenTowers {
  readonly towers: TrainedTowers;
  /** Absent where one alone was trained: it was asked for, or nothing was kept back to choose by. */
  readonly comparison?: TowerComparison;
}

/** NDCG@10 of what was kept back, and what reading in order adds to it. */
export interface TowerComparison {
  readonly means: number;
  readonly sequence: number;
  /** 95 %, of the difference user by user. */
  readonly gain: Interval;
}

/**
 * @param options with `blocks` that tower alone is trained; `minutes` are for both together
 * @throws MarqueeError BAD_USER_INPUT for options out of range; the signal's reason
 */
export async function chooseTowers(
  interactions: Interactions,
  content: TitleContent | undefined,
  options: TwoTowerOptions,
  training: TrainingOptions,
): Promise<ChosenTowers> {
  const settingsWith = (given: TwoTowerOptions) => twoTowerSettings(given, interactions.at.length);
  if (options.blocks !== undefined) {
    return { towers: await trainTowers(interactions, content, settingsWith(options), training) };
  }
  const each = { ...options, minutes: (options.minutes ?? 0) / 2 };
  const means = settingsWith({ ...each, blocks: 0 });
  const sequence = settingsWith({ ...SEQUENCE_TOWER, ...each });
  const total = means.maxEpochs + sequence.maxEpochs;
  const { onProgress } = training;
  const from = (begin: number): TrainingOptions => {
    return { ...training, ...(onProgress && { onProgress: (done) => onProgress(begin + done, total) }) };
  };
  const first = await trainTowers(interactions, content, means, from(0));
  if (first.validationNdcg === undefined) return { towers: first };
  const second = await trainTowers(interactions, content, sequence, from(means.maxEpochs));
  const differences = second.validationGains.map((gain, user) => gain - first.validationGains[user]!);
  const gain = bootstrapInterval(differences, { seed: training.seed });
  const comparison = { means: first.validationNdcg, sequence: second.validationNdcg ?? 0, gain };
  return { towers: gain.lower > 0 ? second : first, comparison };
}
