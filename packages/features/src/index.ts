export * from './content-vector.ts';
export * from './document-view.ts';
export * from './feature-view.ts';
export * from './materialiser/materialiser.ts';
export * from './ranking/ranking-features.ts';
export * from './title-table.ts';
export * from './views/index.ts';
