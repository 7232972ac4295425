export * from './compare-models.ts';
export * from './mean-over-folds.ts';
export * from './measure-model.ts';
