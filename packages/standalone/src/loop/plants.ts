/**
 * Bad models, on purpose, so that it can be seen who stops them. Both learn that nothing about a title matters: their labels were shuffled.
 *
 * - `bad-labels` goes the usual way, as if the training had gone wrong: the gates are to stop it.
 * - `hurts` is made canary by hand, gates and shadow notwithstanding: the guardrails are to roll it back.
 */
import { basename, join } from 'node:path';
import { createRandom } from '@marquee/domain';
import type { ModelRegistry } from '@marquee/model-registry';
import { MarqueeError } from '@marquee/service-kit';
import { setsFolder, type TrainingRun } from '@marquee/trainer';
import { trainRanker } from '@marquee/training';
import { readRankingExamples } from '@marquee/training-sets';

export const PLANTS = ['bad-labels', 'hurts'] as const;
export type Plant = (typeof PLANTS)[number];

/** @param run whose examples it learns from. @returns the version's folder. */
export async function plantModel(
  plant: Plant,
  run: TrainingRun,
  registry: ModelRegistry,
  share: number,
): Promise<string> {
  const { runId, now, modelsFolder, algorithm } = run.request;
  const read = await readRankingExamples(join(setsFolder(modelsFolder), runId), ['train', 'validation']);
  if (read === undefined) throw new MarqueeError('NOT_FOUND', `training ${runId} kept no examples`);
  const random = createRandom(now);
  const { examples } = read;
  // Every row of every group: where it stands says nothing any more about whether it was watched.
  const labels = examples.labels.slice();
  for (let i = labels.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [labels[i], labels[j]] = [labels[j]!, labels[i]!];
  }
  const folder = await trainRanker(
    { ...examples, labels },
    { algorithm, now: now + 1_000, seed: 1, folder: modelsFolder, label: plant },
  );
  const version = basename(folder);
  await registry.register(version, { by: 'loop', why: `planted: ${plant}` });
  if (plant === 'hurts') {
    await registry.promote(version, {
      ...{ by: 'loop', why: 'planted: by hand, against gates and shadow' },
      ...{ to: 'canary', evidence: null, forced: true, share },
    });
  }
  return version;
}
