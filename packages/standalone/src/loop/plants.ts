/**
 * What can go wrong, on purpose, so that it can be seen who stops it:
 *
 * - `bad-labels`: a training whose labels were shuffled. It goes the usual way, and the gates are to stop it.
 * - `blind`: the same model, had somebody forced it past the gates: the shadow stage is to stop it.
 * - `harmful`: a model that is as good as its honest twin on all that pages have shown, and fills pages with what nobody wants. It goes the usual way,
 *   gates and shadow stage have nothing against it, and the canary's guardrails are to roll it back (`harmful-model.ts`).
 * - `skew`: nothing is wrong with any model, but what serves computes a feature otherwise than what trains: the monitor is to say which.
 */
import { basename, join } from 'node:path';
import { createRandom } from '@marquee/domain';
import type { ModelRegistry } from '@marquee/model-registry';
import { MarqueeError } from '@marquee/service-kit';
import { setsFolder, type TrainingRun } from '@marquee/trainer';
import { trainRanker } from '@marquee/training';
import { readRankingExamples } from '@marquee/training-sets';
import { writeHarmfulModel } from './harmful-model.ts';

export const PLANTS = ['bad-labels', 'blind', 'harmful', 'skew'] as const;
export type Plant = (typeof PLANTS)[number];
/** Plants that are models; a skew is of the world that serves. */
export type PlantedModel = Exclude<Plant, 'skew'>;

/** @param run whose examples it learns from. @returns the version's folder. */
export async function plantModel(
  plant: PlantedModel,
  run: TrainingRun,
  registry: ModelRegistry,
): Promise<string> {
  const { runId, now, modelsFolder, algorithm } = run.request;
  const read = await readRankingExamples(join(setsFolder(modelsFolder), runId), ['train', 'validation']);
  if (read === undefined) throw new MarqueeError('NOT_FOUND', `training ${runId} kept no examples`);
  const { examples } = read;
  // Later than the training's own, which it takes the place of as the newest candidate.
  const options = { now: now + 1_000, seed: 1, folder: modelsFolder, label: plant };
  const folder =
    plant === 'harmful'
      ? await writeHarmfulModel(examples, options)
      : await trainRanker({ ...examples, labels: shuffled(examples.labels, now) }, { ...options, algorithm });
  const version = basename(folder);
  await registry.register(version, { by: 'loop', why: `planted: ${plant}` });
  if (plant === 'blind') {
    await registry.promote(version, {
      ...{ by: 'loop', why: 'planted: forced past the gates' },
      ...{ to: 'shadow', evidence: null, forced: true },
    });
  }
  return version;
}

/** Every row of every group: where it stands says nothing any more about whether it was watched. */
function shuffled(labels: Float32Array, seed: number): Float32Array {
  const random = createRandom(seed);
  const mixed = labels.slice();
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return mixed;
}
