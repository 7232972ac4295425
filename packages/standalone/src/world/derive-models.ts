/** What is learned from the whole history at once: co-watch neighbours and the starter ranker. */
import { basename } from 'node:path';
import {
  collectWatches,
  coWatchNeighbours,
  type Replay,
  storeNeighbours,
  trainStarterRanker,
} from '@marquee/training';
import type { Progress } from '../cli/progress.ts';
import type { MarqueeDeps } from '../deps.ts';

/** Training reads the log in large batches: nobody waits for an answer meanwhile. */
const REPLAY_BATCH = 10_000;

export interface DerivedModels {
  /** Name of the model's folder. */
  readonly model: string;
}

export async function deriveModels(
  deps: MarqueeDeps,
  options: { modelsFolder: string; seed: number; progress: Progress; signal?: AbortSignal },
): Promise<DerivedModels> {
  const { progress, signal } = options;
  const now = deps.clock.now();
  const replay: Replay = (selection) => deps.bus.replay({ ...selection, batchSize: REPLAY_BATCH });
  progress.phase('co-watch neighbours');
  const watches = await collectWatches(replay);
  const neighbours = await coWatchNeighbours(watches, { now });
  await storeNeighbours(deps.store, neighbours);
  progress.update(neighbours.size);
  signal?.throwIfAborted();

  progress.phase('ranking model');
  const folder = await trainStarterRanker({
    replay,
    titles: deps.titles,
    makeStore: deps.makeReplayStore,
    watches,
    vectors: (ids) => deps.vectorIndex.vectors(ids),
    seed: options.seed,
    now,
    folder: options.modelsFolder,
    onProgress: ({ eventsReplayed }) => progress.update(eventsReplayed),
  });
  return { model: basename(folder) };
}
