/** The ranking model of a world that serves: the one the registry names, followed while it serves. */
import { join } from 'node:path';
import type { Clock } from '@marquee/domain';
import { createProductionWatch, productionOf } from '@marquee/model-registry';
import { createModelFollower, type ModelRuntime } from '@marquee/model-runtime';
import { createTrialModels, type TrialModels } from '@marquee/recommendation';
import type { Component, Logger } from '@marquee/service-kit';
import { rankingRuntime } from '../deps.ts';
import type { World } from '../world/data-directory.ts';
import { rankingRegistry } from './ranking-registry.ts';

export interface FollowedModelsOptions {
  /** The world's folder. */
  readonly folder: string;
  readonly world: World;
  readonly runtime: ModelRuntime;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface FollowedModels {
  /** Name of the folder to begin with. */
  readonly production: string;
  /** What is tried out beside it; one of the components. */
  readonly trials: TrialModels;
  /** After the runtime has loaded it. */
  readonly components: readonly Component[];
}

/** A registry that cannot be read or written is no reason not to serve: the world's own model is in force then. */
export async function followedModels(options: FollowedModelsOptions): Promise<FollowedModels> {
  const { folder, world, runtime, clock, logger } = options;
  const registry = rankingRegistry(join(folder, 'models'), clock);
  let production = world.model;
  try {
    // A model that the registry does not know was trained with the world: made, imported into or rebuilt since.
    const { state } = await registry.adopt(world.model, { by: 'marquee', why: 'trained with the world' });
    production = productionOf(state) ?? world.model;
  } catch (error) {
    logger.error(
      { err: error, model: world.model },
      "the model registry was not asked; the world's model serves",
    );
  }
  const watch = createProductionWatch({ registry, logger });
  const follower = createModelFollower({
    runtime,
    model: 'model in production',
    modelsFolder: registry.modelsFolder,
    watch: (_, onChange) => watch.watch(onChange),
    loaded: production,
    // It was named before; when the registry cannot be read, nobody waits for it.
    firstWithinMs: 1,
    logger,
  });
  const trials = createTrialModels({
    watch: (onChange) => watch.watchTrials(onChange),
    makeRuntime: () => rankingRuntime({ rankerThreads: 1, logger }),
    modelsFolder: registry.modelsFolder,
    logger,
  });
  return { production, trials, components: [watch, follower, trials] };
}
