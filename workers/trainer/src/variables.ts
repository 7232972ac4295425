/** When and from what is trained, as every process that trains is told. */
import { HOUR_MS, MINUTE_MS } from '@marquee/domain';
import { DEFAULT_RANKER, LEAST_POSITIVES, RANKER_ALGORITHMS } from '@marquee/training';
import { z } from 'zod';
import {
  TRAINED_MODELS,
  TRAINING_PRIORITIES,
  type TrainedModel,
  type TrainingRequest,
} from './runs/training-run.ts';
import type { Schedule } from './schedule.ts';

export const TRAINING_VARIABLES = {
  /** `off`: trained by hand only. */
  MARQUEE_TRAINING: z.enum(['on', 'off']).default('on'),
  /** What kind of ranker is trained. */
  MARQUEE_TRAIN_RANKER: z.enum(RANKER_ALGORITHMS).default(DEFAULT_RANKER),
  /** What is retrained, commas between them. Absent: the ranker, and of what finds candidates whatever serves. */
  MARQUEE_TRAIN_MODELS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(TRAINED_MODELS)).min(1))
    .optional(),
  /** Between two trainings. */
  MARQUEE_TRAIN_EVERY_HOURS: z.coerce
    .number()
    .min(0.1)
    .max(24 * 365)
    .default(24),
  /** Between two looks at whether a training is due. */
  MARQUEE_TRAIN_LOOK_MS: z.coerce.number().int().min(500).max(86_400_000).default(60_000),
  /** Qualified watches that the last training did not know, after which the next does not wait; 0: it always does. */
  MARQUEE_TRAIN_NEW_WATCHES: z.coerce.number().int().min(0).max(1_000_000_000).default(0),
  /**
   * Between two trainings of a model that the monitor's alerts ask for, of drift and calibration; 0: they ask for none. Each alert asks
   * once.
   */
  MARQUEE_TRAIN_DRIFT_HOURS: z.coerce
    .number()
    .min(0)
    .max(24 * 365)
    .default(6),
  /**
   * `spare`: at the lowest priority, and stopped while the machine is busy with other things; `low`: not stopped; `normal`: where
   * nothing is served beside.
   */
  MARQUEE_TRAIN_PRIORITY: z.enum(TRAINING_PRIORITIES).default('spare'),
  /** Decisions of the last so many days are learned from. */
  MARQUEE_TRAIN_DAYS: z.coerce.number().min(1).max(3_650).default(30),
  /** How long what happens to a title counts for its showing. */
  MARQUEE_TRAIN_WINDOW_HOURS: z.coerce.number().min(0.1).max(720).default(24),
  /** The latest so many decisions are learned from. */
  MARQUEE_TRAIN_MAX_DECISIONS: z.coerce.number().int().min(1_000).max(10_000_000).default(150_000),
  /** For DuckDB. */
  MARQUEE_TRAIN_LAKE_MEMORY_MB: z.coerce.number().int().min(64).max(65_536).default(256),
  /** Of the training process's JavaScript heap. */
  MARQUEE_TRAIN_HEAP_MB: z.coerce.number().int().min(128).max(65_536).default(1_536),
};

const variables = z.object(TRAINING_VARIABLES);

export type TrainingSettings = Omit<TrainingRequest, 'runId' | 'now' | 'by' | 'why' | 'model' | 'drift'>;

export interface TrainingPlan {
  readonly schedule: Schedule;
  readonly lookEveryMs: number;
  /** Undefined: what serves. */
  readonly models: readonly TrainedModel[] | undefined;
  readonly settings: Omit<TrainingSettings, 'lakeFolder' | 'modelsFolder' | 'codeVersion'>;
  readonly heapMegabytes: number;
}

/** Undefined where it is trained by hand only. */
export function toTrainingPlan(values: z.infer<typeof variables>): TrainingPlan | undefined {
  if (values.MARQUEE_TRAINING === 'off') return undefined;
  return {
    schedule: {
      everyMs: values.MARQUEE_TRAIN_EVERY_HOURS * HOUR_MS,
      newWatches: values.MARQUEE_TRAIN_NEW_WATCHES,
      driftPauseMs: values.MARQUEE_TRAIN_DRIFT_HOURS * HOUR_MS,
      pauseMs: Math.min(30 * MINUTE_MS, (values.MARQUEE_TRAIN_EVERY_HOURS * HOUR_MS) / 2),
    },
    lookEveryMs: values.MARQUEE_TRAIN_LOOK_MS,
    models: values.MARQUEE_TRAIN_MODELS,
    settings: {
      algorithm: values.MARQUEE_TRAIN_RANKER,
      days: values.MARQUEE_TRAIN_DAYS,
      windowHours: values.MARQUEE_TRAIN_WINDOW_HOURS,
      seed: 1,
      lakeMemoryMegabytes: values.MARQUEE_TRAIN_LAKE_MEMORY_MB,
      maxDecisions: values.MARQUEE_TRAIN_MAX_DECISIONS,
      minPositives: LEAST_POSITIVES,
      priority: values.MARQUEE_TRAIN_PRIORITY,
    },
    heapMegabytes: values.MARQUEE_TRAIN_HEAP_MB,
  };
}
