/** The ranker of an installation at its start: examples from a replay of its log, and a ranker trained from them. */
import { type RankerAlgorithm, type RankerTraining, trainRanker } from './ranker/index.ts';
import { buildTrainingSet, type TrainingSetOptions } from './training-set.ts';

export interface StarterRankerOptions
  extends Omit<TrainingSetOptions, 'onProgress'>,
    Pick<RankerTraining, 'now' | 'folder' | 'parent' | 'signal'> {
  /** Default: DEFAULT_RANKER. */
  readonly algorithm?: RankerAlgorithm;
  readonly onProgress?: (progress: { phase: 'examples' | 'training'; eventsReplayed: number }) => void;
}

/** @returns the model's folder, `<folder>/home-ranker-<version>`; see `RankerTrainer`. */
export async function trainStarterRanker(options: StarterRankerOptions): Promise<string> {
  const { algorithm, now, folder, seed, parent, signal, onProgress } = options;
  let eventsReplayed = 0;
  const set = await buildTrainingSet({
    ...options,
    onProgress: (events) => {
      eventsReplayed = events;
      onProgress?.({ phase: 'examples', eventsReplayed });
    },
  });
  signal?.throwIfAborted();
  onProgress?.({ phase: 'training', eventsReplayed });
  return trainRanker(set, { ...(algorithm && { algorithm }), now, folder, seed, parent, signal });
}
