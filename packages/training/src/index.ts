export * from './co-watch.ts';
export * from './logistic-regression.ts';
export * from './metrics.ts';
export * from './model-folder.ts';
export * from './onnx-export.ts';
export * from './starter-ranker.ts';
export * from './training-set.ts';
export * from './watch-log.ts';
