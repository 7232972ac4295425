/**
 * The training set of one ranker, from the lake. The line goes on from what an earlier version knew and learns what is new; another kind of ranker begins
 * from nothing, and learns from all of the window.
 */
import { join } from 'node:path';
import { DAY_MS, HOUR_MS } from '@marquee/domain';
import { type LakeReader, openLake } from '@marquee/event-lake';
import type { EarlierLine } from '@marquee/training';
import { buildTrainingSetFromLake, DEFAULT_SETTINGS, type TrainingSetManifest } from '@marquee/training-sets';
import { lastErasures, lineToGoOnFrom, watchesIn } from './line-to-go-on-from.ts';
import type { TrainingProgress, TrainingWorld } from './run-training.ts';
import { RunLog } from './runs/run-log.ts';
import { readUpTo } from './runs/trained-before.ts';
import type { TrainingRequest, TrainingResult } from './runs/training-run.ts';

/**
 * As many watches as tell a hundredth of NDCG from chance, where a fifth of the examples has them, and never less than a tenth: what is held out is
 * what a model does not know yet.
 */
const EXAMINATION = { validation: 0.1, test: 0.1, testWatches: 1_000, testMost: 0.2 };
/** A year of nights and more. */
const KNOWN_RUNS = 500;

export interface SetForRanker {
  readonly folder: string;
  readonly manifest: TrainingSetManifest;
  /** What the set is new to; undefined: it speaks for itself. */
  readonly earlier: EarlierLine | undefined;
}

export interface TooFew extends Pick<TrainingResult, 'window' | 'lake' | 'examples'> {
  readonly tooFew: string;
}

export interface SetTask {
  readonly request: TrainingRequest;
  /** Nothing is gone on from: the set is of all of the window. */
  readonly alone?: boolean;
  /** Folder of the run. */
  readonly work: string;
  readonly progress: TrainingProgress;
  readonly signal: AbortSignal;
}

/** @throws as `buildTrainingSetFromLake` does, NOT_FOUND without a lake */
export async function setForRanker(
  { production, ...world }: TrainingWorld & { readonly production: string | undefined },
  { request, alone, work, progress, signal }: SetTask,
): Promise<SetForRanker | TooFew> {
  const { now, windowHours } = request;
  const reader = await openLake({
    folder: request.lakeFolder,
    memoryMegabytes: request.lakeMemoryMegabytes,
    spillFolder: join(work, 'spill'),
  });
  try {
    const begins = now - request.days * DAY_MS;
    const known = alone ? undefined : await earlierOf(reader, request, production);
    // What is known is not learned again.
    const newFrom = Math.max(begins, (known?.learnedTo ?? 0) + 1);
    const watches =
      known === undefined
        ? Number.POSITIVE_INFINITY
        : await watchesIn(reader, { from: newFrom, to: now - windowHours * HOUR_MS });
    const learnable = Math.floor((1 - EXAMINATION.testMost) * watches);
    const enough = learnable >= request.minPositives;
    if (!enough && request.onlyNew === true) {
      return {
        tooFew: tooFewWatches(learnable, request, known),
        window: { from: instant(newFrom), to: instant(now) },
        lake: Object.fromEntries([...reader.positions].map(([partition, at]) => [String(partition), at])),
        examples: { rows: 0, positives: 0, holdout: 0 },
      };
    }
    const earlier = enough ? known : undefined;
    const built = await buildTrainingSetFromLake({
      ...{ ...world, reader, signal, progress },
      folder: join(work, alone ? 'sets-alone' : 'sets'),
      clock: { now: () => now },
      codeVersion: request.codeVersion,
      leakCuts: 1,
      settings: {
        seed: request.seed,
        from: earlier === undefined ? begins : newFrom,
        to: now,
        attribution: {
          ...DEFAULT_SETTINGS.attribution,
          windowMs: windowHours * HOUR_MS,
          sittingMs: Math.min(DEFAULT_SETTINGS.attribution.sittingMs, windowHours * HOUR_MS),
        },
        maxDecisions: request.maxDecisions,
        split: EXAMINATION,
      },
    });
    return { ...built, earlier };
  } finally {
    await reader.close();
  }
}

async function earlierOf(
  reader: LakeReader,
  { algorithm, modelsFolder, now, days }: TrainingRequest,
  production: string | undefined,
): Promise<EarlierLine | undefined> {
  if (algorithm !== 'logistic-regression') return undefined;
  return lineToGoOnFrom({
    ...{ modelsFolder, production, from: now - days * DAY_MS },
    erasures: await lastErasures(reader),
    reached: readUpTo(await new RunLog(modelsFolder).list(KNOWN_RUNS)),
  });
}

/** @param watches that are left to learn from, without those that are held out */
export function tooFewWatches(
  watches: number,
  { minPositives }: Pick<TrainingRequest, 'minPositives'>,
  earlier: EarlierLine | undefined,
): string {
  const since = earlier === undefined ? '' : ` since ${earlier.version} learned`;
  return `${watches} qualified watches to learn from${since}, and at least ${minPositives} are needed`;
}

function instant(at: number): string {
  return new Date(at).toISOString();
}
