export * from './calibration/index.ts';
export * from './co-watch.ts';
export { tooFewWatches } from './collaborative/factorise-watches.ts';
export * from './collaborative/index.ts';
export {
  type CollaborativePast,
  type CollaborativeRelease,
  type PastCollaborative,
  releaseCollaborative,
  trainCollaborative,
  trainPastCollaborative,
} from './collaborative/train-collaborative.ts';
export * from './evaluation/index.ts';
export * from './gbdt/index.ts';
export * from './interactions/index.ts';
export * from './logistic-regression.ts';
export * from './metrics/index.ts';
export * from './model-folder.ts';
export * from './models/index.ts';
export * from './off-policy/index.ts';
export * from './onnx-export.ts';
export * from './protocols/index.ts';
export * from './ranker/index.ts';
export * from './starter-ranker.ts';
export * from './training-set.ts';
export * from './tuning/index.ts';
export * from './watch-log.ts';
