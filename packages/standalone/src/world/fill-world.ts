/**
 * Fills a world: titles into the catalogue, history through the event bus, projections, and what is learned from
 * the whole history at once. A new world and an import into one that serves already take the same path. Every step
 * can be repeated, so an interrupted import is finished by running it again.
 */
import { join } from 'node:path';
import { caughtUp } from '@marquee/event-bus';
import { createFeatureMaterializer } from '@marquee/feature-materializer';
import { createTitleFollower, createVectorFollower } from '@marquee/features';
import { createProfileProjector } from '@marquee/profile-projector';
import { MarqueeError, startAll, stopAll } from '@marquee/service-kit';
import type { RankerAlgorithm } from '@marquee/training';
import type { Progress } from '../cli/progress.ts';
import { type MarqueeDeps, portComponents } from '../deps.ts';
import { deriveModels, type RivalRanker } from './derive-models.ts';
import { publishHistory, putTitles, type WorldAdditions } from './world-additions.ts';

/** How long the projections may take after the last event was published. */
const SETTLE_MS = 300_000;
const MATERIALISER_BATCH = 10_000;

export interface FilledWorld {
  /** Put by this run. */
  readonly titles: number;
  /** Added to the log by this run. */
  readonly events: number;
  /** Events that were in the log already. */
  readonly duplicates: number;
  /** Name of the model's folder. */
  readonly model: string;
  /** Name of the collaborative model's folder; undefined where there was too little to learn from. */
  readonly collaborative: string | undefined;
  /** Folders of the rankers asked for beside, by name. */
  readonly rivals: ReadonlyMap<string, string>;
  readonly totals: { readonly titles: number; readonly profiles: number; readonly events: number };
}

export interface FillOptions {
  readonly folder: string;
  readonly seed: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  /** For evaluations of what the collaborative model is worth. Default false. */
  readonly withoutCollaborative?: boolean;
  /** Which ranker serves. Default: the installation's. */
  readonly ranker?: RankerAlgorithm;
  /** For comparisons. */
  readonly rivals?: readonly RivalRanker[];
}

/**
 * @param deps adapters on the world's folder; started here and stopped again, also on failure.
 * @throws what a port throws; the signal's reason when aborted.
 */
export async function fillWorld(
  deps: MarqueeDeps,
  additions: WorldAdditions,
  options: FillOptions,
): Promise<FilledWorld> {
  const { progress } = options;
  const started = [...portComponents(deps)];
  await startAll(started, deps.logger);
  try {
    const titles = await putTitles(deps, additions.catalogue, options);
    const projector = createProfileProjector(deps);
    const materializer = createFeatureMaterializer(deps, {
      refreshEveryMs: 0,
      batchSize: MATERIALISER_BATCH,
    });
    for (const component of [
      createTitleFollower(deps),
      createVectorFollower(deps),
      projector,
      materializer,
    ]) {
      await component.start();
      started.push(component);
    }
    const { events, duplicates } = await publishHistory(deps, additions.events, options);

    progress.phase('profiles and features');
    if (!(await caughtUp(deps.bus, [projector, materializer], SETTLE_MS))) {
      throw new MarqueeError(
        'DEADLINE_EXCEEDED',
        'the history was not projected in time; see the log, then run it again',
      );
    }
    options.signal?.throwIfAborted();
    const { model, collaborative, rivals } = await deriveModels(deps, {
      modelsFolder: join(options.folder, 'models'),
      seed: options.seed,
      progress,
      signal: options.signal,
      withoutCollaborative: options.withoutCollaborative,
      ranker: options.ranker,
      rivals: options.rivals,
    });
    await materializer.refreshLists();
    progress.phase('saving');
    await deps.store.flush();
    progress.end();
    return {
      titles,
      events,
      duplicates,
      model,
      collaborative,
      rivals,
      totals: {
        titles: deps.titles.size,
        profiles: await deps.profiles.count(),
        events: await deps.bus.lastSequence(),
      },
    };
  } finally {
    await stopAll(started, deps.logger, 20_000);
  }
}
