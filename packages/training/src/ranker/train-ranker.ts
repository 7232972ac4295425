/** Trains the ranker that is asked for. */
import { trainGbdtRanker } from './gbdt.ranker.ts';
import { trainLogisticRanker } from './logistic.ranker.ts';
import { trainMultiTaskRanker } from './multi-task.ranker.ts';
import type { RankerAlgorithm, RankerTrainer, RankerTraining } from './ranker-trainer.ts';
import type { RankingExamples } from './ranking-examples.ts';

const TRAINERS: Readonly<Record<RankerAlgorithm, RankerTrainer>> = {
  'logistic-regression': trainLogisticRanker,
  gbdt: trainGbdtRanker,
  'multi-task': trainMultiTaskRanker,
};

/** What serves unless somebody decides otherwise; which one it is, the evaluation decides. */
export const DEFAULT_RANKER: RankerAlgorithm = 'logistic-regression';

/** @returns the model's folder; see `RankerTrainer` */
export function trainRanker(
  examples: RankingExamples | undefined,
  options: RankerTraining & { readonly algorithm?: RankerAlgorithm },
): Promise<string> {
  const { algorithm = DEFAULT_RANKER, ...training } = options;
  return TRAINERS[algorithm](examples, training);
}
