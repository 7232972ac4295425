/** How a world's ranker is trained and promoted: from its own lake, in a process of its own, into its own models. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConfigurationBroadcast } from '@marquee/coordination';
import type { Clock } from '@marquee/domain';
import type { KeyValueStore } from '@marquee/feature-store';
import {
  createModelPromoter,
  type ModelPromoter,
  type ModelPromoterDeps,
  type ModelPromoterOptions,
} from '@marquee/model-promoter';
import { RETRIEVAL_LINES, retrievalRegistry } from '@marquee/model-registry';
import type { Component, Logger, Metrics } from '@marquee/service-kit';
import {
  createTrainer,
  type LaunchOptions,
  launchTraining,
  type TrainingPlan,
  type TrainingRequest,
  type TrainingSettings,
} from '@marquee/trainer';
import { DEFAULT_RANKER, LEAST_POSITIVES } from '@marquee/training';
import { codeVersion } from '../cli/code-version.ts';
import { LAKE_FOLDER, RANKING_INPUTS, rankingRuntime } from '../deps.ts';
import { MODEL_LINES } from './model-lines.ts';
import { rankingRegistry } from './ranking-registry.ts';

const SCRIPT = fileURLToPath(new URL('./training.process.ts', import.meta.url));

/** @param folder the world's */
export function trainingSettings(folder: string, version: string): TrainingSettings {
  return {
    algorithm: DEFAULT_RANKER,
    days: 30,
    windowHours: 24,
    seed: 1,
    lakeFolder: join(folder, LAKE_FOLDER),
    modelsFolder: join(folder, 'models'),
    lakeMemoryMegabytes: 256,
    maxDecisions: 150_000,
    minPositives: LEAST_POSITIVES,
    codeVersion: version,
  };
}

export function worldLauncher(
  folder: string,
  options: Pick<LaunchOptions, 'onProgress' | 'heapMegabytes'> = {},
): (request: TrainingRequest, signal: AbortSignal) => ReturnType<typeof launchTraining> {
  return (request, signal) =>
    launchTraining(request, { ...options, script: SCRIPT, arguments: [folder], signal });
}

export interface WorldLearning {
  /** The world's folder. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
}

export interface WorldStores {
  readonly store: KeyValueStore;
  readonly catalogue: ModelPromoterDeps['catalogue'];
}

export function worldPromoter(
  { folder, clock, logger, metrics }: WorldLearning,
  { store, catalogue }: WorldStores,
  options: ModelPromoterOptions,
): ModelPromoter {
  const modelsFolder = join(folder, 'models');
  return createModelPromoter(
    {
      ...{ clock, logger, store, catalogue, served: RANKING_INPUTS },
      ...(metrics && { metrics }),
      registry: rankingRegistry(modelsFolder, clock),
      lakeFolder: join(folder, LAKE_FOLDER),
      makeRuntime: () => rankingRuntime({ rankerThreads: 1, logger }),
      retrieval: RETRIEVAL_LINES.map((line) => ({
        registry: retrievalRegistry(line, { modelsFolder, clock }),
        examiner: MODEL_LINES[line].examiner(logger),
      })),
      // Who serves the world follows the registry.
      publish: async () => undefined,
    },
    options,
  );
}

/** What learns while a world is served. @param plan of trainings; undefined: by hand only. The same for `promotion`. */
export async function learningComponents(
  learning: WorldLearning &
    WorldStores & {
      readonly preparedAt: string;
      /** Where the monitor tells what has drifted. */
      readonly broadcast: ConfigurationBroadcast;
    },
  plan: TrainingPlan | undefined,
  promotion: ModelPromoterOptions['policy'] | undefined,
): Promise<readonly Component[]> {
  const { folder, clock, logger, metrics, preparedAt, broadcast } = learning;
  const components: Component[] = [];
  if (plan !== undefined) {
    const launch = worldLauncher(folder, { heapMegabytes: plan.heapMegabytes });
    const settings = trainingSettings(folder, await codeVersion());
    components.push(
      createTrainer(
        { clock, logger, broadcast, ...(metrics && { metrics }), launch },
        {
          schedule: plan.schedule,
          checkEveryMs: plan.lookEveryMs,
          ...(plan.models && { models: plan.models }),
          request: { ...settings, ...plan.settings },
          // The world's first ranker was trained with it.
          since: Date.parse(preparedAt),
        },
      ),
    );
  }
  if (promotion !== undefined) components.push(worldPromoter(learning, learning, { policy: promotion }));
  return components;
}
