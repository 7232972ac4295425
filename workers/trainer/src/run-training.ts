/**
 * One training, from the lake to a candidate. Of a ranker: examples, a ranker, a holdout set of the latest decisions, and the registration. Everything is
 * made in a folder of the run's own and moved to its place by single renames at the end, so a run that is killed leaves nothing behind
 * that anybody would take for a model.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SECOND_MS, type TitleId } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import type { TitleTable } from '@marquee/features';
import {
  holdoutNames,
  type ModelRegistry,
  productionOf,
  rankerRegistry as rankersIn,
  writeHoldout,
} from '@marquee/model-registry';
import { readModelFolder, type VectorRuntime } from '@marquee/model-runtime';
import {
  choicesOf,
  examinationWeights,
  examinedChoices,
  fitPlaceEffect,
  isLearnedFromPages,
  type RankingExamples,
  trainRanker,
} from '@marquee/training';
import { type ReadRankingExamples, readRankingExamples } from '@marquee/training-sets';
import { runRetrievalTraining } from './retrieval/run-retrieval-training.ts';
import { TRAINING_FOLDER } from './runs/run-log.ts';
import type { TrainingRequest, TrainingResult } from './runs/training-run.ts';
import { setForRanker, type TooFew, tooFewWatches } from './set-for-ranker.ts';

/** What trains beside the lake: facts of the titles. */
export interface TrainingWorld {
  readonly titles: TitleTable;
  readonly vectorOf: (id: TitleId) => Float32Array | undefined;
  makeStore(): KeyValueStore;
  /** For one of two towers, to be examined; one that nobody has started, for these columns. */
  makeTowerRuntime(columns: readonly string[]): VectorRuntime;
}

export interface TrainingProgress {
  phase(name: string, total?: number): void;
  update(done: number): void;
}

const WORK = 'work-';
const KEPT_SETS = 2;
const KEPT_HOLDOUTS = 30;
const MEGABYTE = 1024 * 1024;

export function rankerRegistry(modelsFolder: string, now: () => number): ModelRegistry {
  return rankersIn({ modelsFolder, clock: { now } });
}

/** Training sets of the last runs, for whoever wants to look. */
export function setsFolder(modelsFolder: string): string {
  return join(modelsFolder, TRAINING_FOLDER, 'sets');
}

/**
 * Called by the one process that holds the lock.
 * @throws MarqueeError NOT_FOUND without a lake, DATA_CORRUPT for a damaged one or a feature that knows the future,
 *   BAD_USER_INPUT where there is nothing to learn from; the signal's reason
 */
export async function runTraining(
  world: TrainingWorld,
  request: TrainingRequest,
  progress: TrainingProgress,
  signal: AbortSignal,
): Promise<TrainingResult> {
  const { modelsFolder } = request;
  await sweep(modelsFolder);
  const work = join(modelsFolder, TRAINING_FOLDER, `${WORK}${request.runId}`);
  await mkdir(work, { recursive: true });
  const { model = 'ranking' } = request;
  try {
    const told =
      model === 'ranking'
        ? await runRankerTraining(world, request, work, progress, signal)
        : await runRetrievalTraining(model, world, request, work, progress, signal);
    return { ...told, ...usage() };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function runRankerTraining(
  world: TrainingWorld,
  request: TrainingRequest,
  work: string,
  progress: TrainingProgress,
  signal: AbortSignal,
  alone = false,
): Promise<Omit<TrainingResult, 'cpuSeconds' | 'peakMegabytes'>> {
  const { modelsFolder, now, seed, algorithm } = request;
  const registry = rankerRegistry(modelsFolder, () => now);
  const production = productionOf((await registry.current()).state);
  const made = await setForRanker({ ...world, production }, { request, alone, work, progress, signal });
  if ('tooFew' in made) return skipped(made);
  const { folder, manifest, earlier } = made;
  progress.phase('reading the examples');
  const { testFrom } = manifest.split;
  const learned = await readRankingExamples(
    folder,
    ['train', 'validation'],
    testFrom === null ? undefined : Date.parse(testFrom),
  );
  const held = await readRankingExamples(folder, ['test']);
  const positives = learned?.examples.positives ?? 0;
  const common = {
    window: manifest.window,
    lake: manifest.lake,
    examples: { rows: learned?.examples.rows ?? 0, positives, holdout: held?.examples.rows ?? 0 },
  };
  if (positives < request.minPositives) {
    // The set was asked for by watches in the log, some of which are of no page that the lake holds.
    if (earlier !== undefined && request.onlyNew !== true) {
      return runRankerTraining(world, request, work, progress, signal, true);
    }
    return skipped({ ...common, tooFew: tooFewWatches(positives, request, earlier) });
  }
  progress.phase(`training (${algorithm})`);
  const trained = await trainRanker(learned?.examples, {
    ...{ algorithm, now, seed, signal },
    folder: join(work, 'models'),
    parent: production,
    earlier,
    onProgress: (done) => progress.update(done),
  });
  signal.throwIfAborted();
  progress.phase('writing');
  const model = basename(trained);
  // Before the model: one that is there without it would be judged on an older set.
  const holdout =
    held === undefined || learned === undefined
      ? null
      : await writeHoldoutOf(
          { held, learned: learned.examples, goesOn: earlier !== undefined },
          manifest.featureViews,
          trained,
          request,
        );
  await rename(trained, join(modelsFolder, model));
  await registry.register(model, { by: request.by, why: request.why });
  await keepSet(modelsFolder, request.runId, folder);
  const { metrics, parameters } = (await readModelFolder(join(modelsFolder, model))).manifest;
  return { outcome: 'succeeded', ...common, model, holdout, metrics, parameters };
}

function skipped({ tooFew: detail, ...facts }: TooFew): Omit<TrainingResult, 'cpuSeconds' | 'peakMegabytes'> {
  const nothing = { model: null, holdout: null, metrics: {}, parameters: {} };
  return { outcome: 'skipped', ...facts, ...nothing, detail };
}

interface Examined {
  readonly held: ReadRankingExamples;
  readonly learned: RankingExamples;
  /** It went on from an earlier line: the pages of a few days are enough to have learned from. */
  readonly goesOn: boolean;
}

/** What is later than all that was learned from: the examination of this candidate, and of what is in production then. */
async function writeHoldoutOf(
  { held, learned, goesOn }: Examined,
  featureViews: Readonly<Record<string, number>>,
  modelFolder: string,
  { modelsFolder, now }: TrainingRequest,
): Promise<string> {
  const { manifest } = await readModelFolder(modelFolder);
  const fromPages = goesOn || isLearnedFromPages(learned);
  const { examples, rows: asked } = examinedChoices(held.examples, fromPages);
  const { matrix, rows, labels, groups, at, from, to } = examples;
  const looks = fromPages
    ? examinationWeights(examples, await fitPlaceEffect(choicesOf(learned, goesOn ? 1 : undefined)))
    : new Float32Array(rows).fill(1);
  const weights = examples.weights.map((weight, row) => weight * looks[row]!);
  const items = asked.map((row) => held.items[row]!);
  const served = Object.keys(manifest.featureViews).map((view) => [view, featureViews[view] ?? 0]);
  const name = await writeHoldout(
    modelsFolder,
    {
      ...{ matrix, rows, labels, weights, groups, items },
      ...(at && { decidedAt: Uint32Array.from(at, (instant) => Math.floor(instant / SECOND_MS)) }),
      columns: manifest.input.columns,
      featureViews: Object.fromEntries(served),
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
    },
    now,
  );
  for (const old of (await holdoutNames(modelsFolder)).slice(0, -KEPT_HOLDOUTS)) {
    await rm(join(modelsFolder, '.holdouts', old), { recursive: true, force: true });
  }
  return name;
}

async function keepSet(modelsFolder: string, runId: string, folder: string): Promise<void> {
  const sets = setsFolder(modelsFolder);
  await mkdir(sets, { recursive: true });
  await rename(folder, join(sets, runId));
  for (const old of (await readdir(sets)).sort().slice(0, -KEPT_SETS)) {
    await rm(join(sets, old), { recursive: true, force: true });
  }
}

/** What runs left that were killed; nobody else works here while the lock is held. */
async function sweep(modelsFolder: string): Promise<void> {
  const folder = join(modelsFolder, TRAINING_FOLDER);
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (name.startsWith(WORK)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function usage(): Pick<TrainingResult, 'cpuSeconds' | 'peakMegabytes'> {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMegabytes: (maxRSS * 1024) / MEGABYTE };
}
