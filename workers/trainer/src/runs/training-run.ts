/** What is asked of a training and what came of it, as they are kept. */
import { driftAlertSchema, RETRIEVAL_LINES } from '@marquee/model-registry';
import { RANKER_ALGORITHMS } from '@marquee/training';
import { z } from 'zod';

/** What can be trained: the ranker, and what finds candidates for it. */
export const TRAINED_MODELS = ['ranking', ...RETRIEVAL_LINES] as const;
export type TrainedModel = (typeof TRAINED_MODELS)[number];

export const TRAINING_PRIORITIES = ['spare', 'low', 'normal'] as const;

export const trainingRequestSchema = z.object({
  /** Letters, digits and dashes; runs are listed in the order of their ids. */
  runId: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/),
  /** Default `ranking`. */
  model: z.enum(TRAINED_MODELS).optional(),
  /** Of a ranker. */
  algorithm: z.enum(RANKER_ALGORITHMS),
  /** Decisions of the last so many days are learned from, by a ranker; the others learn from all watches of the lake. */
  days: z.number().positive().max(3_650),
  /** How long what happens to a title counts for its showing; decisions that are younger are not used. */
  windowHours: z.number().positive().max(720),
  seed: z.number().int().min(0).max(0xffffffff),
  /** Epoch milliseconds: what the run takes for now, and part of the version. */
  now: z.number().int(),
  by: z.string().min(1),
  why: z.string().min(1),
  /** What the monitor found, where that is why; it is answered by a run that ends well. */
  drift: z.array(driftAlertSchema).optional(),
  lakeFolder: z.string().min(1),
  modelsFolder: z.string().min(1),
  /** For DuckDB; the process has a bound of its own. */
  lakeMemoryMegabytes: z.number().int().min(64),
  /** Decisions taken at most, the latest. */
  maxDecisions: z.number().int().min(1),
  /** With fewer qualified watches in its examples a run ends as `skipped`. */
  minPositives: z.number().int().min(1),
  codeVersion: z.string(),
  /** Of the line: nothing is learned again that an earlier version knows, however little is new. Default: where too little is, from all of the window. */
  onlyNew: z.boolean().optional(),
  /** `low`, the default, leaves the machine to what serves, and `spare` rests besides where it is busy; `normal` is for where nothing serves. */
  priority: z.enum(TRAINING_PRIORITIES).optional(),
});
export type TrainingRequest = z.infer<typeof trainingRequestSchema>;

export const trainingResultSchema = z.object({
  /** `skipped`: there was too little to learn from, and nothing was written. */
  outcome: z.enum(['succeeded', 'skipped']),
  /** Folder of the version; null when skipped. */
  model: z.string().nullable(),
  /** Name of the holdout set that was made of the latest decisions. */
  holdout: z.string().nullable(),
  /** Decisions, first and last. */
  window: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }),
  /** By partition of the log, the sequence up to which the lake was read. */
  lake: z.record(z.string(), z.number().int()),
  examples: z.object({ rows: z.number().int(), positives: z.number().int(), holdout: z.number().int() }),
  metrics: z.record(z.string(), z.number()),
  parameters: z.record(z.string(), z.unknown()),
  detail: z.string().optional(),
  cpuSeconds: z.number(),
  peakMegabytes: z.number(),
});
export type TrainingResult = z.infer<typeof trainingResultSchema>;

export const RUN_STATES = ['running', 'succeeded', 'skipped', 'failed', 'interrupted'] as const;

export const trainingRunSchema = z.object({
  request: trainingRequestSchema,
  state: z.enum(RUN_STATES),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
  durationSeconds: z.number().nullable(),
  /** Of these, because the machine had no time to spare. */
  restedSeconds: z.number().optional(),
  result: trainingResultSchema.nullable(),
  /** Why it failed or was interrupted. */
  problem: z.string().nullable(),
});
export type TrainingRun = z.infer<typeof trainingRunSchema>;
