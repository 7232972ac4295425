/** The models of a world that serves: the ranker and what finds candidates, as the registries name them, followed while it serves. */
import { join } from 'node:path';
import type { Clock } from '@marquee/domain';
import {
  createProductionWatch,
  productionOf,
  type RetrievalLine,
  retrievalRegistry,
} from '@marquee/model-registry';
import { createModelFollower, type ModelRuntime } from '@marquee/model-runtime';
import {
  type CollaborativeRetrieval,
  createTrialModels,
  type TowerRetrieval,
  type TrialModels,
} from '@marquee/recommendation';
import type { Component, Logger } from '@marquee/service-kit';
import { rankingRuntime } from '../deps.ts';
import type { World } from '../world/data-directory.ts';
import { type LineRegistry, MODEL_LINES } from './model-lines.ts';
import { rankingRegistry } from './ranking-registry.ts';

export interface FollowedModelsOptions {
  /** The world's folder. */
  readonly folder: string;
  readonly world: World;
  readonly runtime: ModelRuntime;
  /** Absent: they are not followed. */
  readonly towers?: TowerRetrieval;
  /** Absent: the world's own serves, whatever the registry says. */
  readonly collaborative?: CollaborativeRetrieval;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface FollowedModels {
  /** Name of the folder to begin with. */
  readonly production: string;
  /** The same of the collaborative model; undefined where there is none. */
  readonly collaborative: string | undefined;
  /** What is tried out beside it; one of the components. */
  readonly trials: TrialModels;
  /** After the runtime has loaded it. */
  readonly components: readonly Component[];
}

/** A registry that cannot be read or written is no reason not to serve: the world's own model is in force then. */
export async function followedModels(options: FollowedModelsOptions): Promise<FollowedModels> {
  const { folder, world, runtime, clock, logger } = options;
  const registry = rankingRegistry(join(folder, 'models'), clock);
  const production = (await inForce(registry, world.model, logger)) ?? world.model;
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
  const place = { modelsFolder: registry.modelsFolder, clock };
  const { towers, collaborative } = options;
  const components: Component[] = [watch, follower, trials];
  if (towers !== undefined) {
    components.push(...followed({ ...place, line: 'two-tower', runtime: towers, loaded: undefined, logger }));
  }
  let collaborativeVersion = world.collaborative;
  if (collaborative !== undefined) {
    const line = 'collaborative';
    const loaded = await inForce(retrievalRegistry(line, place), world.collaborative, logger);
    collaborativeVersion = loaded;
    components.push(...followed({ ...place, line, runtime: collaborative, loaded, logger }));
  }
  return { production, trials, collaborative: collaborativeVersion, components };
}

/**
 * What serves from the beginning: what the registry says, which is told first what the world was made with, where that is new to it: made,
 * imported into or rebuilt since.
 */
async function inForce(
  registry: Pick<LineRegistry, 'adopt' | 'current'>,
  ofWorld: string | undefined,
  logger: Logger,
): Promise<string | undefined> {
  try {
    const { state } =
      ofWorld === undefined
        ? await registry.current()
        : await registry.adopt(ofWorld, { by: 'marquee', why: 'trained with the world' });
    return productionOf(state) ?? ofWorld;
  } catch (error) {
    logger.error(
      { err: error, model: ofWorld },
      "the model registry was not asked; the world's model serves",
    );
    return ofWorld;
  }
}

interface Followed {
  readonly modelsFolder: string;
  readonly clock: Clock;
  readonly line: RetrievalLine;
  readonly runtime: TowerRetrieval | CollaborativeRetrieval;
  /** Whoever composes the process loads it. */
  readonly loaded: string | undefined;
  readonly logger: Logger;
}

/** None is ever named where there is too little to learn from; nobody waits for one that is. */
function followed({ line, runtime, loaded, logger, ...place }: Followed): readonly Component[] {
  const registry = retrievalRegistry(line, place);
  const watch = createProductionWatch({ registry, logger, name: `${line}-registry`, pollMs: 1_000 });
  const follower = createModelFollower({
    runtime,
    key: MODEL_LINES[line].key,
    model: `${line} model`,
    optional: true,
    modelsFolder: registry.modelsFolder,
    watch: (_, onChange) => watch.watch(onChange),
    ...(loaded !== undefined && { loaded }),
    firstWithinMs: 1,
    logger,
  });
  return [watch, follower];
}
