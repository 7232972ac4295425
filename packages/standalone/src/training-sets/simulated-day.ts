/**
 * A whole day of a world on the embedded profile, in minutes: simulated clients ask for pages over GraphQL, watch, like, hide and
 * save, around the clock. What they were served is in the lake afterwards, with the features that the ranker saw.
 */
import { join } from 'node:path';
import { createRandom, DAY_MS, systemClock } from '@marquee/domain';
import { type Audience, buildSampleCatalogue, createAudience, type LiveClient } from '@marquee/sample-world';
import type { Logger } from '@marquee/service-kit';
import type { Progress } from '../cli/progress.ts';
import { loopPolicy } from '../loop/run-arm.ts';
import { serveWorld } from '../loop/served-world.ts';
import { simulatedClock } from '../loop/simulated-clock.ts';
import { visitHome } from '../loop/simulated-viewer.ts';
import { openDataDirectory, type World } from '../world/data-directory.ts';
import { ensureWorld } from '../world/ensure-world.ts';
import { SAMPLE_SEED, sampleSource } from '../world/sample-source.ts';

export interface SimulatedDayOptions {
  /** The world's own; nobody else may serve it. */
  readonly folder: string;
  readonly world: World;
  readonly audience: Audience;
  /** Of the audience, those who come. */
  readonly profiles: number;
  readonly visits: number;
  readonly seed: number;
  readonly progress: Progress;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface SimulatedDay {
  /** Instants, epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly visits: number;
  /** Pages that were not made by the whole pipeline; their features are not those of the ranker. */
  readonly degraded: number;
}

export async function simulateDay(options: SimulatedDayOptions): Promise<SimulatedDay> {
  const { folder, world, audience, profiles, visits, seed, progress, logger, signal } = options;
  const clock = simulatedClock();
  const served = await serveWorld({ folder, world, clock, logger, policy: loopPolicy(visits) });
  try {
    const from = clock.now();
    const random = createRandom(seed);
    const viewers = new Map<string, LiveClient>();
    let degraded = 0;
    progress.phase('visits of a day', visits);
    for (let visit = 0; visit < visits; visit++) {
      signal.throwIfAborted();
      clock.advanceTo(Math.round(from + ((visit + random.next()) / visits) * DAY_MS));
      const profileId = `sim-${1 + random.integer(profiles)}`;
      let viewer = viewers.get(profileId);
      if (viewer === undefined) {
        viewer = audience.liveClient({ profileId, random: random.fork(profileId), clock });
        viewers.set(profileId, viewer);
      }
      const { page } = await visitHome(served.url, profileId, viewer);
      if (page.degradations.some(({ step }) => step !== 'FULL')) degraded++;
      progress.update(visit + 1);
    }
    await served.intoLake();
    return { from, to: clock.now() + 1, visits, degraded };
  } finally {
    await served.stop();
  }
}

export interface ServeDayOptions
  extends Pick<SimulatedDayOptions, 'profiles' | 'visits' | 'seed' | 'progress' | 'logger' | 'signal'> {
  /** The world is made below it. */
  readonly root: string;
}

/** A new sample world and its first day. @returns the world's folder, which nobody serves any more */
export async function serveDay(
  options: ServeDayOptions,
): Promise<{ readonly folder: string; readonly day: SimulatedDay }> {
  const { root, profiles, logger, progress, signal } = options;
  const directory = await openDataDirectory(root);
  try {
    const world = await ensureWorld({
      ...{ directory, rankerThreads: 1, clock: systemClock, signal, seed: SAMPLE_SEED, logger, progress },
      source: sampleSource({ profiles }),
    });
    const folder = join(directory.path, world.name);
    const now = Date.parse(world.preparedAt);
    const { titles } = buildSampleCatalogue({ now });
    const audience = createAudience({ seed: SAMPLE_SEED, titles, profiles, now });
    return { folder, day: await simulateDay({ ...options, folder, world, audience }) };
  } finally {
    directory.release();
  }
}
