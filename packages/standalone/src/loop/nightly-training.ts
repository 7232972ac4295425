/** The trainings of a night: the latest that is known, from the lake, in a process of its own as everywhere. */
import { MarqueeError } from '@marquee/service-kit';
import type { TrainedModel, TrainingRun } from '@marquee/trainer';
import type { RankerAlgorithm } from '@marquee/training';
import { trainingSettings, worldLauncher } from '../models/world-training.ts';

export interface NightlyTraining {
  /** The world's folder. */
  readonly folder: string;
  readonly model: TrainedModel;
  /** Of a ranker. */
  readonly algorithm: RankerAlgorithm;
  readonly codeVersion: string;
  /** Epoch milliseconds of the simulated night. */
  readonly now: number;
  readonly day: number;
  /** See `TrainingRequest`. */
  readonly onlyNew: boolean;
  readonly signal: AbortSignal;
}

/** Viewers of the loop do at once what they do: what is three hours old has had its outcome. */
const WINDOW_HOURS = 3;

/** @throws MarqueeError INTERNAL_SERVER_ERROR when it failed; too little to learn from is none */
export async function trainAtNight(options: NightlyTraining): Promise<TrainingRun> {
  const { folder, model, algorithm, codeVersion, now, day, onlyNew, signal } = options;
  const run = await worldLauncher(folder)(
    {
      ...trainingSettings(folder, codeVersion),
      ...{ model, algorithm, now, windowHours: WINDOW_HOURS, by: 'loop', why: `night before day ${day}` },
      onlyNew,
      // Nobody comes at night.
      priority: 'normal',
      runId: new Date(now).toISOString().replace(/[-:]/g, '').replace('.', '-'),
    },
    signal,
  );
  if (run.state === 'failed')
    throw new MarqueeError('INTERNAL_SERVER_ERROR', `the training failed: ${run.problem}`);
  return run;
}
