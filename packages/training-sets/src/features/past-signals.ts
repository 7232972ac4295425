/** What is learned from the watches before the first example: whatever comes after it cannot reach a feature. */
import { type LakeReader, replayLake } from '@marquee/event-lake';
import { collectWatches, coWatchNeighbours, tooFewWatches, trainPastCollaborative } from '@marquee/training';
import type { LearnedSignals } from './row-maker.ts';

export interface PastOptions {
  readonly reader: LakeReader;
  /** Place and instant of the first example. */
  readonly before: number;
  readonly at: number;
  readonly seed: number;
  /** Where the log ends, for a check that asks whether the future matters; whoever learns from more than `before` must heed it. */
  readonly until?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type LearnFromPast = (options: PastOptions) => Promise<LearnedSignals>;

/** Co-watch neighbours, and the collaborative model where there is enough to learn from. */
export const learnFromPast: LearnFromPast = async ({ reader, before, at, seed, signal }) => {
  const past = await collectWatches((selection) => replayLake(reader, { ...selection, before }));
  const neighbours = await coWatchNeighbours(past, { now: at });
  const collaborative =
    tooFewWatches(past) === undefined
      ? await trainPastCollaborative(
          past,
          { past, neighbours, from: at },
          { seed, ...(signal && { signal }) },
        )
      : undefined;
  return { neighboursOf: (id) => neighbours.get(id), collaborative: collaborative?.model };
};
