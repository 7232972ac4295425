/** What is learned from the whole history at once: co-watch neighbours, the collaborative model and the ranker. */
import { basename } from 'node:path';
import { MarqueeError } from '@marquee/service-kit';
import {
  buildTrainingSet,
  type CollaborativePast,
  collectWatches,
  coWatchNeighbours,
  type PastCollaborative,
  type RankerAlgorithm,
  type Replay,
  storeNeighbours,
  tooFewWatches,
  trainCollaborative,
  trainPastCollaborative,
  trainRanker,
  type WatchLog,
} from '@marquee/training';
import type { Progress } from '../cli/progress.ts';
import type { MarqueeDeps } from '../deps.ts';

/** Training reads the log in large batches: nobody waits for an answer meanwhile. */
const REPLAY_BATCH = 10_000;

export interface DerivedModels {
  /** Name of the ranking model's folder. */
  readonly model: string;
  /** Name of the collaborative model's folder; undefined where there was too little to learn from. */
  readonly collaborative: string | undefined;
  /** Names of the folders of the rankers that were asked for beside, by their names. */
  readonly rivals: ReadonlyMap<string, string>;
}

/** A ranker trained from the same examples as the one that serves, for comparison. */
export interface RivalRanker {
  /** Letters, digits, dots and dashes; part of its version. */
  readonly name: string;
  readonly algorithm: RankerAlgorithm;
  /** Ranking columns it does not learn from. */
  readonly ignoredColumns?: readonly string[];
  /** See `RankerTraining`. */
  readonly asAtFirst?: boolean;
}

export interface DeriveOptions {
  readonly modelsFolder: string;
  readonly seed: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  /** For evaluations of what the collaborative model is worth. Default false. */
  readonly withoutCollaborative?: boolean | undefined;
  /** Which ranker serves. Default: the installation's. */
  readonly ranker?: RankerAlgorithm | undefined;
  readonly rivals?: readonly RivalRanker[] | undefined;
}

export async function deriveModels(deps: MarqueeDeps, options: DeriveOptions): Promise<DerivedModels> {
  const { progress, signal, seed, modelsFolder: folder } = options;
  const now = deps.clock.now();
  const replay: Replay = (selection) => deps.bus.replay({ ...selection, batchSize: REPLAY_BATCH });
  progress.phase('co-watch neighbours');
  const watches = await collectWatches(replay);
  const neighbours = await coWatchNeighbours(watches, { now });
  await storeNeighbours(deps.store, neighbours);
  progress.update(neighbours.size);
  signal?.throwIfAborted();

  const tooFew = options.withoutCollaborative === true ? 'it was not asked for' : tooFewWatches(watches);
  const training = { seed, ...(signal && { signal }) };
  let earlier: PastCollaborative | undefined;
  progress.phase('ranking model');
  const examples = await buildTrainingSet({
    replay,
    titles: deps.titles,
    makeStore: deps.makeReplayStore,
    watches,
    vectors: (ids) => deps.vectorIndex.vectors(ids),
    ...(tooFew === undefined && {
      async collaborative(past: CollaborativePast) {
        earlier = await affordable(deps, () => trainPastCollaborative(watches, past, training));
        return earlier?.model;
      },
    }),
    seed,
    onProgress: (events) => progress.update(events),
  });
  signal?.throwIfAborted();
  const model = await trainRanker(examples, {
    ...training,
    ...{ now, folder },
    ...(options.ranker && { algorithm: options.ranker }),
  });
  const rivals = new Map<string, string>();
  for (const { name, ...rival } of options.rivals ?? []) {
    progress.phase(`ranking model: ${name}`);
    const path = await trainRanker(examples, { ...training, ...{ now, folder }, ...rival, label: name });
    rivals.set(name, basename(path));
  }
  signal?.throwIfAborted();

  if (earlier === undefined) {
    // The ranker has not learned what its scores mean, so none is made of the whole history either.
    deps.logger.info(
      { reason: tooFew ?? 'too few watches before the last ones' },
      'no collaborative model: co-watch neighbours alone say who watches alike',
    );
    return { model: basename(model), collaborative: undefined, rivals };
  }
  progress.phase('collaborative model');
  const collaborative = await trainFinal(deps, watches, {
    ...training,
    now,
    folder,
    measurement: earlier.measurement,
  });
  return { model: basename(model), collaborative, rivals };
}

async function trainFinal(
  deps: MarqueeDeps,
  watches: WatchLog,
  options: Parameters<typeof trainCollaborative>[1],
): Promise<string | undefined> {
  const folder = await affordable(deps, () => trainCollaborative(watches, options));
  return folder === undefined ? undefined : basename(folder);
}

/** A machine without the memory for it still gets its other models. */
async function affordable<T>(
  { logger }: Pick<MarqueeDeps, 'logger'>,
  train: () => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await train();
  } catch (error) {
    if (!(error instanceof MarqueeError && error.code === 'BAD_USER_INPUT')) throw error;
    logger.warn({ err: error }, 'the collaborative model could not be trained');
    return undefined;
  }
}
