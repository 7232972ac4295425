export { baseRate, choicesOf, examinedChoices, isLearnedFromPages } from './choices.ts';
export { type EarlierLine, readEarlierLine } from './earlier-line.ts';
export { examinationWeights } from './examination-weights.ts';
export * from './feature-groups.ts';
export { fitPlaceEffect, fitWatchLine, type Line, type PlaceEffect } from './fit-line.ts';
export { TREES_FILE, trainGbdtRanker } from './gbdt.ranker.ts';
export {
  type GbdtRankerModel,
  type GbdtRankerScores,
  scoreGbdtRanker,
} from './gbdt-ranker-model.ts';
export { exportGbdtRanker } from './gbdt-ranker-onnx.ts';
export { type GrowOptions, growRanker } from './grow-ranker.ts';
export { trainLogisticRanker } from './logistic.ranker.ts';
export { trainMultiTaskRanker } from './multi-task.ranker.ts';
export * from './ranker-trainer.ts';
export {
  type ColumnStatistics,
  drawnExamples,
  EXAMPLE_KIND,
  PLACES_PER_ROW,
  type RankingExamples,
  rankingExamples,
  type ShownTitles,
} from './ranking-examples.ts';
export { DEFAULT_RANKER, trainRanker } from './train-ranker.ts';
