export * from './compare-models.ts';
export * from './measure-model.ts';
