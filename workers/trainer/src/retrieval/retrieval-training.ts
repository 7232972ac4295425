/** What differs between the models that find candidates when they are trained; the way from the lake to a candidate is the same for all. */
import type { RetrievalExaminer, RetrievalLine } from '@marquee/model-registry';
import type { WatchLog } from '@marquee/training';
import type { TrainingWorld } from '../run-training.ts';

export interface RetrievalRelease {
  /**
   * Writes the version, as often as it is wanted.
   * @returns the folder that the version goes by
   */
  write(folder: string, metrics?: Readonly<Record<string, number>>): Promise<string>;
}

export interface RetrievalTrainingOptions {
  /** Instant of the training, epoch milliseconds; part of the version. */
  readonly now: number;
  readonly seed: number;
  /** Version it follows. */
  readonly parent: string | null;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
}

export interface RetrievalTraining {
  readonly line: RetrievalLine;
  /** Steps of a training, for people to watch. */
  readonly steps: number;
  /** @returns undefined where there is too little to learn from. @throws MarqueeError BAD_USER_INPUT; the signal's reason */
  train(
    world: TrainingWorld,
    past: WatchLog,
    options: RetrievalTrainingOptions,
  ): Promise<RetrievalRelease | undefined>;
  examiner(world: TrainingWorld): RetrievalExaminer;
  /** Folders of a version beside the one that it goes by. */
  partsOf(folder: string): readonly string[];
}
