import { TWO_TOWER_LINE, towerExaminer } from '@marquee/model-registry';
import { releaseTowers, TOWER_EPOCHS } from '@marquee/training';
import { titleFolderOf } from '@marquee/training/two-tower';
import type { RetrievalTraining } from './retrieval-training.ts';

const TRAINING_MINUTES = 45;

export const twoTowerTraining: RetrievalTraining = {
  line: TWO_TOWER_LINE,
  steps: TOWER_EPOCHS,
  train: ({ titles }, past, options) =>
    releaseTowers(past, { ...options, titles, towers: { minutes: TRAINING_MINUTES } }),
  examiner: ({ makeTowerRuntime }) => towerExaminer(makeTowerRuntime),
  partsOf: (user) => [titleFolderOf(user)],
};
