import { COLLABORATIVE_LINE, collaborativeExaminer } from '@marquee/model-registry';
import { IALS_DEFAULTS, releaseCollaborative } from '@marquee/training';
import type { RetrievalTraining } from './retrieval-training.ts';

export const collaborativeTraining: RetrievalTraining = {
  line: COLLABORATIVE_LINE,
  steps: IALS_DEFAULTS.iterations,
  train: (_, past, options) => releaseCollaborative(past, options),
  examiner: () => collaborativeExaminer,
  partsOf: () => [],
};
