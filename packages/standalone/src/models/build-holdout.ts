/** Makes a holdout set of the latest part of a history, as the first ranker's examples are made: by replay, point in time. */
import { SECOND_MS } from '@marquee/domain';
import { createTitleFollower, createVectorFollower } from '@marquee/features';
import { type HoldoutSet, writeHoldout } from '@marquee/model-registry';
import { MarqueeError, startAll, stopAll } from '@marquee/service-kit';
import {
  buildTrainingSet,
  type CollaborativePast,
  collectWatches,
  examinedChoices,
  isLearnedFromPages,
  type Replay,
  tooFewWatches,
  trainPastCollaborative,
} from '@marquee/training';
import type { Progress } from '../cli/progress.ts';
import { type MarqueeDeps, portComponents, RANKING_INPUTS } from '../deps.ts';

const REPLAY_BATCH = 10_000;

export interface BuildHoldout {
  readonly modelsFolder: string;
  /** Of the watches, the latest. */
  readonly share: number;
  readonly seed: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** @param deps started and stopped here. @returns the set's name. @throws MarqueeError NOT_FOUND where nothing was watched. */
export async function buildHoldout(
  deps: MarqueeDeps,
  options: BuildHoldout,
): Promise<{ readonly name: string; readonly set: HoldoutSet }> {
  const { seed, signal, progress } = options;
  const components = [...portComponents(deps), createTitleFollower(deps), createVectorFollower(deps)];
  await startAll(components, deps.logger);
  try {
    const replay: Replay = (selection) => deps.bus.replay({ ...selection, batchSize: REPLAY_BATCH });
    progress.phase('watches');
    const watches = await collectWatches(replay);
    signal?.throwIfAborted();
    progress.phase('examples');
    const examples = await buildTrainingSet({
      replay,
      titles: deps.titles,
      makeStore: deps.makeReplayStore,
      seed,
      watches,
      vectors: (ids) => deps.vectorIndex.vectors(ids),
      ...(tooFewWatches(watches) === undefined && {
        async collaborative(past: CollaborativePast) {
          const trained = await trainPastCollaborative(watches, past, { seed, ...(signal && { signal }) });
          return trained?.model;
        },
      }),
      windowShare: options.share,
      onProgress: (events) => progress.update(events),
    });
    progress.end();
    if (examples === undefined)
      throw new MarqueeError('NOT_FOUND', 'nothing was watched: there are no examples');
    const { matrix, rows, labels, weights, groups, at } = examinedChoices(
      examples,
      isLearnedFromPages(examples),
    ).examples;
    const set: HoldoutSet = {
      ...RANKING_INPUTS,
      ...{ matrix: matrix.slice(0, rows * examples.columns), rows },
      ...{ labels: labels.slice(0, rows), weights: weights.slice(0, rows), groups: groups.slice(0, rows) },
      ...(at && { decidedAt: Uint32Array.from(at.subarray(0, rows), (instant) => instant / SECOND_MS) }),
      from: new Date(examples.from).toISOString(),
      to: new Date(examples.to).toISOString(),
    };
    return { name: await writeHoldout(options.modelsFolder, set, deps.clock.now()), set };
  } finally {
    progress.end();
    await stopAll(components, deps.logger, 20_000);
  }
}
