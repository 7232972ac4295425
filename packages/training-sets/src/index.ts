export {
  type AttributionOptions,
  type BuildSettings,
  DEFAULT_SETTINGS,
  type SplitShares,
  type TrafficLimits,
} from './build-options.ts';
export { type BuildOptions, type BuildProgress, buildTrainingSetFromLake } from './build-training-set.ts';
export type { Decision, Example, ExampleKind, Outcome, Split } from './example.ts';
export { createRowMaker, type LearnedSignals, type RowMaker } from './features/row-maker.ts';
export {
  type ColumnSkew,
  checkParity,
  type ParityOptions,
  type ParityReport,
} from './parity/check-parity.ts';
export type { TrainingSetManifest } from './store/manifest.ts';
export { type ReadRankingExamples, readRankingExamples } from './store/read-ranking-examples.ts';
export {
  type ReadExamples,
  type ReadOptions,
  readManifest,
  readTrainingSet,
} from './store/read-training-set.ts';
export { rowsOfProfile } from './store/rows-of-profile.ts';
