/** Fills an installation's servers with a world, and tells every process what is in force. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '@marquee/domain';
import { SHIPPED_EXPERIMENTS } from '@marquee/experiment';
import { EXPERIMENTS_KEY } from '@marquee/experimentation';
import { COLLABORATIVE_MODEL_KEY, RANKING_MODEL_KEY } from '@marquee/model-runtime';
import type { Logger } from '@marquee/service-kit';
import type { Progress } from '../cli/progress.ts';
import type { DistributedConfig } from '../config.ts';
import { distributedBroadcast, distributedDeps } from '../deps.ts';
import type { World } from '../world/data-directory.ts';
import { prepareWorld } from '../world/prepare-world.ts';
import type { WorldSource } from '../world/world-source.ts';

export interface FillInstallationOptions {
  readonly servers: DistributedConfig;
  readonly source: WorldSource;
  /** Models go to `<folder>/models`. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly progress: Progress;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** No worker of the installation may be running yet. Can be repeated after an interruption. */
export async function fillInstallation(options: FillInstallationOptions): Promise<World> {
  const { servers, clock, logger } = options;
  const makeDeps = () => distributedDeps({ servers, clock, logger, rankerThreads: 1 });
  const world = await prepareWorld({ ...options, makeDeps });
  await announce(options, world);
  return world;
}

async function announce({ servers, logger }: FillInstallationOptions, world: World): Promise<void> {
  const broadcast = distributedBroadcast({ servers, logger });
  await broadcast.start();
  try {
    await broadcast.put(EXPERIMENTS_KEY, await readFile(SHIPPED_EXPERIMENTS, 'utf8'));
    if (world.collaborative !== undefined) {
      await broadcast.put(COLLABORATIVE_MODEL_KEY, world.collaborative);
    }
    // Last: whether it is named says whether the installation was filled.
    await broadcast.put(RANKING_MODEL_KEY, world.model);
  } finally {
    await broadcast.stop();
  }
}
