/** The models of a world that serves: the ranker and the towers that the registries name, followed while it serves. */
import { join } from 'node:path';
import type { Clock } from '@marquee/domain';
import { createProductionWatch, productionOf, towerRegistry } from '@marquee/model-registry';
import { createModelFollower, type ModelRuntime, TWO_TOWER_MODEL_KEY } from '@marquee/model-runtime';
import { createTrialModels, type TowerRetrieval, type TrialModels } from '@marquee/recommendation';
import type { Component, Logger } from '@marquee/service-kit';
import { rankingRuntime } from '../deps.ts';
import type { World } from '../world/data-directory.ts';
import { rankingRegistry } from './ranking-registry.ts';

export interface FollowedModelsOptions {
  /** The world's folder. */
  readonly folder: string;
  readonly world: World;
  readonly runtime: ModelRuntime;
  /** Absent: they are not followed. */
  readonly towers?: TowerRetrieval;
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
  const towers = options.towers === undefined ? [] : followedTowers({ ...options, towers: options.towers });
  return { production, trials, components: [watch, follower, trials, ...towers] };
}

/** None is ever named where there is too little to learn from; nobody waits for one that is. */
function followedTowers({
  folder,
  clock,
  logger,
  towers,
}: FollowedModelsOptions & { readonly towers: TowerRetrieval }): readonly Component[] {
  const registry = towerRegistry({ modelsFolder: join(folder, 'models'), clock });
  const watch = createProductionWatch({ registry, logger, name: 'tower-registry', pollMs: 1_000 });
  const follower = createModelFollower({
    runtime: towers,
    key: TWO_TOWER_MODEL_KEY,
    model: 'two-tower model',
    optional: true,
    modelsFolder: registry.modelsFolder,
    watch: (_, onChange) => watch.watch(onChange),
    firstWithinMs: 1,
    logger,
  });
  return [watch, follower];
}
