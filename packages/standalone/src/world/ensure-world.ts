/** The prepared world of a source: read when it is there, prepared when it is not. */
import type { Clock } from '@marquee/domain';
import type { Logger } from '@marquee/service-kit';
import type { Progress } from '../cli/progress.ts';
import { embeddedDeps } from '../deps.ts';
import type { DataDirectory, World } from './data-directory.ts';
import { prepareWorld } from './prepare-world.ts';
import type { WorldSource } from './world-source.ts';

export interface EnsureWorldOptions {
  readonly directory: DataDirectory;
  readonly source: WorldSource;
  readonly rankerThreads: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly progress: Progress;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

export async function ensureWorld(options: EnsureWorldOptions): Promise<World> {
  const { directory, source, clock, logger, rankerThreads } = options;
  const present = await directory.readWorld(source.name);
  if (present !== undefined) return present;

  const folder = await directory.beginWorld(source.name);
  try {
    const makeDeps = () => embeddedDeps({ folder, clock, logger, rankerThreads });
    const world = await prepareWorld({ ...options, folder, makeDeps });
    await directory.commitWorld(folder, world);
    return world;
  } catch (error) {
    await directory.abandonWorld(folder);
    throw error;
  }
}
