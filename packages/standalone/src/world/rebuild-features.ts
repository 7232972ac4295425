/**
 * Makes a world's online store anew from its event log: after a corrupt snapshot, or when feature views have
 * changed. The old snapshot is kept beside it; nothing is deleted.
 */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@marquee/domain';
import type { Logger } from '@marquee/service-kit';
import type { Progress } from '../cli/progress.ts';
import { embeddedDeps, SNAPSHOT_FILE } from '../deps.ts';
import type { DataDirectory, World } from './data-directory.ts';
import { fillWorld } from './fill-world.ts';

export interface RebuildOptions {
  readonly directory: DataDirectory;
  readonly rankerThreads: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly progress: Progress;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Repeatable: an interrupted rebuild is finished by the next. */
export async function rebuildFeatures(world: World, options: RebuildOptions): Promise<World> {
  const { directory, clock, logger, progress, seed, signal } = options;
  const folder = directory.worldFolder(world.name);
  const snapshot = join(folder, SNAPSHOT_FILE);
  await rename(snapshot, `${snapshot}.${clock.now()}.old`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  const deps = embeddedDeps({ folder, clock, logger, rankerThreads: options.rankerThreads });
  // Nothing is added: the projections begin at their own positions, which for an empty store is the beginning.
  const filled = await fillWorld(deps, {}, { folder, seed, progress, signal });
  const { collaborative: _former, ...kept } = world;
  const rebuilt = {
    ...kept,
    ...filled.totals,
    model: filled.model,
    ...(filled.collaborative !== undefined && { collaborative: filled.collaborative }),
  };
  await directory.updateWorld(rebuilt);
  return rebuilt;
}
