/**
 * One training of what finds candidates, from the lake to a candidate: the watches before an instant are learned from, those after it are
 * the examination, of this version and of what is in production then. What is measured is what would serve: nothing is trained again on all of it.
 */
import { rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  COLLABORATIVE_LINE,
  drawRetrievalHoldout,
  productionOf,
  type RetrievalExaminer,
  type RetrievalHoldout,
  type RetrievalLine,
  type RetrievalRegistry,
  retrievalRegistry,
  TWO_TOWER_LINE,
  writeRetrievalHoldout,
} from '@marquee/model-registry';
import { tooFewWatches, type WatchLog, watchesBefore } from '@marquee/training';
import type { TrainingProgress, TrainingWorld } from '../run-training.ts';
import type { TrainingRequest, TrainingResult } from '../runs/training-run.ts';
import { collaborativeTraining } from './collaborative.training.ts';
import type { RetrievalTraining } from './retrieval-training.ts';
import { twoTowerTraining } from './two-tower.training.ts';
import { countWatches, readWatches, splitInstant, windowOf } from './watches-of-lake.ts';

const TRAININGS: Readonly<Record<RetrievalLine, RetrievalTraining>> = {
  [TWO_TOWER_LINE]: twoTowerTraining,
  [COLLABORATIVE_LINE]: collaborativeTraining,
};

type Told = Omit<TrainingResult, 'cpuSeconds' | 'peakMegabytes'>;

/** @throws as `runTraining` */
export async function runRetrievalTraining(
  line: RetrievalLine,
  world: TrainingWorld,
  request: TrainingRequest,
  work: string,
  progress: TrainingProgress,
  signal: AbortSignal,
): Promise<Told> {
  const { modelsFolder, now, seed } = request;
  const training = TRAININGS[line];
  const registry = retrievalRegistry(line, { modelsFolder, clock: { now: () => now } });
  const production = productionOf((await registry.current()).state);
  progress.phase('reading the watches');
  const { watches, lake } = await readWatches(request, work);
  const { past, holdout } = await split(world, watches, registry, production, seed);
  const rows = countWatches(past);
  const common = {
    window: windowOf(past, now),
    lake,
    examples: { rows, positives: rows, holdout: holdout?.profiles.length ?? 0 },
  };
  const skipped = (detail: string): Told => ({
    ...{ outcome: 'skipped', ...common, detail },
    ...{ model: null, holdout: null, metrics: {}, parameters: {} },
  });
  const tooFew = tooFewWatches(past);
  if (tooFew !== undefined) return skipped(tooFew);
  progress.phase(`training (${line})`, training.steps);
  const released = await training.train(world, past, {
    ...{ now, seed, signal, parent: production ?? null },
    onProgress: (done) => progress.update(done),
  });
  if (released === undefined) return skipped('nobody has two watches to learn from');
  signal.throwIfAborted();
  progress.phase('examining');
  const measured = await measure(
    training.examiner(world),
    holdout,
    await released.write(join(work, 'examined')),
    production === undefined ? undefined : join(modelsFolder, production),
    signal,
  );
  const written = await released.write(join(work, 'models'), measured);
  const model = basename(written);
  // Before the model: one that is there without it would be judged on an older set.
  const name = holdout === undefined ? null : await writeRetrievalHoldout(modelsFolder, holdout, now);
  signal.throwIfAborted();
  // What the version goes by comes last.
  for (const folder of [...training.partsOf(written), written]) {
    await rename(folder, join(modelsFolder, basename(folder)));
  }
  await registry.register(model, { by: request.by, why: request.why });
  const { metrics, parameters } = (await registry.verify(model)).manifest;
  return { outcome: 'succeeded', ...common, model, holdout: name, metrics, parameters };
}

/**
 * The latest tenth of the watches is the examination; or less, of what production was not trained on either, where that is enough to
 * examine: a world's first version was made of everything there was, and nobody could be compared with it on that.
 */
async function split(
  { titles }: TrainingWorld,
  watches: WatchLog,
  registry: RetrievalRegistry,
  production: string | undefined,
  seed: number,
): Promise<{ readonly past: WatchLog; readonly holdout: RetrievalHoldout | undefined }> {
  const tenth = splitInstant(watches);
  const from = Math.max(tenth, (await trainedTo(registry, production)) + 1);
  const unknown = drawRetrievalHoldout(watches, titles, from, seed);
  if (unknown !== undefined) return { past: watchesBefore(watches, from), holdout: unknown };
  const holdout = drawRetrievalHoldout(watches, titles, tenth, seed);
  return { past: watchesBefore(watches, tenth), holdout };
}

/** One that cannot be read any more was trained on nothing that would be held against another. */
async function trainedTo(registry: RetrievalRegistry, production: string | undefined): Promise<number> {
  if (production === undefined) return 0;
  const known = await registry.verify(production).catch(() => undefined);
  return known === undefined ? 0 : Date.parse(known.manifest.trainingWindow.to);
}

/** Recall on the holdout, beside that of what is in production. */
async function measure(
  { recallAt, examine }: RetrievalExaminer,
  holdout: RetrievalHoldout | undefined,
  candidate: string,
  production: string | undefined,
  signal: AbortSignal,
): Promise<Readonly<Record<string, number>>> {
  if (holdout === undefined) return {};
  const metrics: Record<string, number> = { profiles: holdout.profiles.length };
  for (const [prefix, folder] of [
    ['recall', candidate],
    ['productionRecall', production],
  ] as const) {
    if (folder === undefined) continue;
    // One that cannot be served any more is no reason not to have another.
    const examined = await examine({ folder, holdout, signal }).catch((error: unknown) => {
      if (folder === candidate || signal.aborted) throw error;
      return undefined;
    });
    for (const [i, k] of recallAt.entries()) {
      const values = examined?.recall[i];
      if (values === undefined) continue;
      metrics[`${prefix}${k}`] = values.reduce((sum, value) => sum + value, 0) / values.length;
    }
  }
  return metrics;
}
