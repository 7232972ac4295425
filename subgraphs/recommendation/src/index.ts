export {
  type CollaborativeRetrieval,
  type CollaborativeRetrievalOptions,
  createCollaborativeRetrieval,
} from './collaborative/collaborative-retrieval.ts';
export {
  createRecommendationSubgraph,
  type RecommendationSubgraph,
} from './create-recommendation-subgraph.ts';
export type { ExperimentsSource, Names, RecommendationDeps } from './dependencies.ts';
export { erasureKey } from './erasures/erasure-ledger.ts';
export { RECOMMENDATION_FALLBACKS } from './fallbacks.ts';
export type {
  HomeRequest,
  HomeService,
  RankedTitles,
  RankRequest,
} from './home/home-service.ts';
export { SOURCE } from './home/source-names.ts';
export type { ServedSlate, StoredRow, StoredSlate } from './slates/stored-slate.ts';
export { createTrialModels, type TrialModels, type TrialModelsOptions } from './trials/trial-models.ts';
export { type OwnCollectionOptions, ownTowerCollection } from './two-tower/tower-collections.ts';
export {
  createTowerRetrieval,
  type TowerRetrieval,
  type TowerRetrievalOptions,
} from './two-tower/tower-retrieval.ts';
