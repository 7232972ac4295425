export { type Blend, type BlendMember, trainBlend } from './blend/blend.model.ts';
export { CONTENT_DEFAULTS, type ContentOptions, trainContent } from './content/content.model.ts';
export { EASE_DEFAULTS, type EaseOptions, trainEase } from './ease/ease.model.ts';
export { type Factors, factorise } from './ials/factorise.ts';
export { createFoldIn, type FoldIn } from './ials/fold-in.ts';
export { trainIals } from './ials/ials.model.ts';
export { IALS_DEFAULTS, type IalsOptions, ialsSettings } from './ials/ials-options.ts';
export { ITEM_KNN_DEFAULTS, type ItemKnnOptions, trainItemKnn } from './item-knn/item-knn.model.ts';
export { type PopularOptions, trainPopular } from './popular/popular.model.ts';
export type { History, RetrievalModel, Train, TrainingOptions } from './retrieval-model.ts';
export { trainSequential } from './sequential/sequential.model.ts';
export { SEQUENTIAL_DEFAULTS, type SequentialOptions } from './sequential/sequential-options.ts';
export { createTopK } from './top-k.ts';
export {
  TRANSITIONS_DEFAULTS,
  type TransitionsOptions,
  trainTransitions,
} from './transitions/transitions.model.ts';
export { TOWER_EPOCHS } from './two-tower/choose-towers.ts';
export { exportTitleVectors, type TowerRelease, writeTowers } from './two-tower/export-towers.ts';
export { type ReleaseTowersOptions, releaseTowers } from './two-tower/release-towers.ts';
export { contentOf, type TitleContent, yearFeatures } from './two-tower/title-content.ts';
export { titleFeatures, userColumns, userFeatures } from './two-tower/tower-rows.ts';
export { type TrainedTowers, trainTowers } from './two-tower/train-towers.ts';
export { trainTwoTower } from './two-tower/two-tower.model.ts';
export {
  SEQUENCE_TOWER,
  TWO_TOWER_DEFAULTS,
  type TwoTowerOptions,
  twoTowerSettings,
} from './two-tower/two-tower-options.ts';
export { contextOf, historyWeights } from './two-tower/user-history.ts';
