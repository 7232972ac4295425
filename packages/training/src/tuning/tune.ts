/**
 * Settings of a model by coordinate search on a validation split of the training data. One option after the other is moved to its
 * neighbours on a grid while that helps, until a round over all options brings nothing or the trials are used up. Simple, repeatable,
 * and as good as finer searches where a grid's step changes NDCG by less than its standard error.
 */

import type { Train, TrainingOptions } from '../models/index.ts';
import type { Split } from '../protocols/index.ts';
import { meanNdcg, validationOn } from './validation.ts';

export type Settings = Readonly<Record<string, number>>;

/** Values to try by option, ascending. The order of the options is the order of the search: the one that matters most first. */
export type SearchSpace = Readonly<Record<string, readonly number[]>>;

export interface Trial {
  readonly settings: Settings;
  /** Mean over the validation's users. */
  readonly ndcg: number;
}

export interface Tuned {
  /** The best that was tried; of equals the one that was tried first. */
  readonly settings: Settings;
  /** In the order they were run. */
  readonly trials: readonly Trial[];
}

export interface TuningOptions extends TrainingOptions {
  /** At most; default 30. */
  readonly maxTrials?: number;
}

const MAX_TRIALS = 30;

/**
 * @param validation its `train` part is what trials train on
 * @param start where the search begins; options that the space does not name keep their value
 * @throws whatever a training throws, at the first setting
 */
export async function tune(
  train: Train<object>,
  validation: Split,
  space: SearchSpace,
  start: Settings,
  options: TuningOptions,
): Promise<Tuned> {
  const { maxTrials = MAX_TRIALS, onProgress, ...training } = options;
  const asked = validationOn(validation, options.seed);
  const trials: Trial[] = [];
  const known = new Map<string, number>();

  async function ndcgOf(settings: Settings): Promise<number> {
    const key = JSON.stringify(settings);
    const before = known.get(key);
    if (before !== undefined) return before;
    const model = await train(validation.train, { ...settings, ...training });
    const ndcg = await meanNdcg(model, asked, options.signal);
    known.set(key, ndcg);
    trials.push({ settings, ndcg });
    onProgress?.(trials.length, maxTrials);
    return ndcg;
  }

  let best: Trial = { settings: start, ndcg: await ndcgOf(start) };
  /** Moves one option in one direction for as long as that helps. */
  async function climb(option: string, values: readonly number[], step: 1 | -1): Promise<boolean> {
    let moved = false;
    while (trials.length < maxTrials) {
      const next = neighbour(values, best.settings[option]!, step);
      if (next === undefined) return moved;
      const settings = { ...best.settings, [option]: next };
      const ndcg = await ndcgOf(settings);
      if (!(ndcg > best.ndcg)) return moved;
      best = { settings, ndcg };
      moved = true;
    }
    return moved;
  }

  let improved = true;
  while (improved && trials.length < maxTrials) {
    improved = false;
    for (const [option, values] of Object.entries(space)) {
      // A step up that helped makes the values below known to be worse.
      if ((await climb(option, values, 1)) || (await climb(option, values, -1))) improved = true;
    }
  }
  return { settings: best.settings, trials };
}

/** The next value on the grid, from any place between. */
function neighbour(values: readonly number[], from: number, step: 1 | -1): number | undefined {
  return step === 1 ? values.find((value) => value > from) : values.findLast((value) => value < from);
}
