export { loadTitleTable } from './catalogue-following/load-title-table.ts';
export { createTitleFollower, type TitleFollowerDeps } from './catalogue-following/title-follower.ts';
export { titleLoader } from './catalogue-following/title-loader.ts';
export {
  createVectorFollower,
  type TitleEmbedding,
  type VectorFollower,
  type VectorFollowerDeps,
} from './catalogue-following/vector-follower.ts';
export { vectorPayloadOf } from './catalogue-following/vector-point.ts';
export * from './content-vector.ts';
export * from './document-view.ts';
export * from './feature-view.ts';
export * from './materialiser/materialiser.ts';
export * from './ranking/ranking-features.ts';
export * from './title-table.ts';
export * from './views/index.ts';
