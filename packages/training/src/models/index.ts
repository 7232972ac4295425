export { EASE_DEFAULTS, type EaseOptions, trainEase } from './ease/ease.model.ts';
export { type Factors, factorise } from './ials/factorise.ts';
export { createFoldIn, type FoldIn } from './ials/fold-in.ts';
export { trainIals } from './ials/ials.model.ts';
export { IALS_DEFAULTS, type IalsOptions, ialsSettings } from './ials/ials-options.ts';
export { ITEM_KNN_DEFAULTS, type ItemKnnOptions, trainItemKnn } from './item-knn/item-knn.model.ts';
export { type PopularOptions, trainPopular } from './popular/popular.model.ts';
export type { History, RetrievalModel, Train, TrainingOptions } from './retrieval-model.ts';
export {
  TRANSITIONS_DEFAULTS,
  type TransitionsOptions,
  trainTransitions,
} from './transitions/transitions.model.ts';
