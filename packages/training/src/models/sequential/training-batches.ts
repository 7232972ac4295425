/** Groups of windows as feeds of the training graph, with drop-out masks and, in large catalogues, sampled candidates. */
import type { Random } from '@marquee/domain';
import { type Feeds, indexTensor } from '../../neural/graph-messages.ts';
import { createMaskBank } from '../../neural/mask-bank.ts';
import { seenPairs } from './seen-pairs.ts';
import { createSequenceShapes } from './sequence-batch.ts';
import type { ItemRows, Sequences } from './sequence-data.ts';
import { maskCount } from './sequence-graph.ts';
import type { SequentialSettings } from './sequential-options.ts';
import type { Window } from './windows.ts';

/** Candidates besides the targets when there are too many items for all of them. */
const SAMPLED = 4_096;
/** Bounds the probabilities that are in memory at once: 64 MB per thread. */
const PROBABILITIES_AT_ONCE = 16_000_000;
/** A step's groups: so many threads can work at once. Large steps have more of them, of as many positions as pay for a run of the graph. */
const LEAST_GROUPS = 4;
const MOST_GROUPS = 8;
const GROUP_POSITIONS = 800;

export interface TrainingBatches {
  /** Of one group. */
  readonly positions: number;
  readonly groupsPerStep: number;
  /** @param groups of one step */
  feeds(groups: readonly (readonly Window[])[], random: Random): Feeds[];
}

export function isSampled(items: number, settings: SequentialSettings): boolean {
  return items > settings.maxCandidates;
}

export function createTrainingBatches(
  { rows, start }: Sequences,
  { counts }: ItemRows,
  settings: SequentialSettings,
  random: Random,
): TrainingBatches {
  const { dimensions, maxLength, batchPositions, dropOut } = settings;
  const sampled = isSampled(counts.length, settings);
  const width = sampled ? 2 * SAMPLED : counts.length;
  const parts = Math.max(LEAST_GROUPS, Math.min(MOST_GROUPS, Math.floor(batchPositions / GROUP_POSITIONS)));
  const positions = Math.max(
    64,
    Math.min(Math.ceil(batchPositions / parts), Math.floor(PROBABILITIES_AT_ONCE / width)),
  );
  const largest = dimensions * Math.max(positions, maxLength);
  const masks = createMaskBank(1 - dropOut, largest, random.fork('masks'));
  const shapes = createSequenceShapes();
  const total = counts.reduce((sum, count) => sum + count, 0);

  /** @returns with the place of a row among them */
  function candidates(
    targets: Uint32Array,
    draws: Random,
  ): { readonly feeds: Feeds; readonly placeOf: (row: number) => number | undefined } {
    // A target's place among the candidates: sampled softmax asks which of them it is.
    const places = new Map<number, number>();
    for (const target of targets) if (!places.has(target)) places.set(target, places.size);
    for (let i = 0; i < SAMPLED; i++) {
      const row = draws.integer(counts.length);
      if (!places.has(row)) places.set(row, places.size);
    }
    const all = [...places.keys()];
    // −log of the expected number of times an item is among the candidates: popular ones are there more often.
    const offset = Float32Array.from(
      all,
      (row) => -Math.log(Math.min(1, SAMPLED / counts.length + (targets.length * counts[row]!) / total)),
    );
    const own = targets.map((target) => places.get(target)!);
    return {
      feeds: {
        targets: indexTensor(own),
        candidates: indexTensor(all),
        offset: { data: offset, dims: [1, all.length] },
      },
      placeOf: (row) => places.get(row),
    };
  }

  return {
    positions,
    groupsPerStep: Math.max(1, Math.round(batchPositions / positions)),
    feeds(groups, draws) {
      const share =
        1 / groups.reduce((sum, group) => sum + group.reduce((own, { from, to }) => own + to - from, 0), 0);
      return groups.map((group) => {
        const at = ({ user, from, to }: Window, by: number) =>
          rows.subarray(start[user]! + from + by, start[user]! + to + by);
        const sequences = group.map((window) => at(window, 0));
        const { feeds, length } = shapes.inputs(sequences);
        const count = group.length * length;
        const targets = new Uint32Array(count);
        const weights = new Float32Array(count);
        for (const [i, window] of group.entries()) {
          for (const [j, target] of at(window, 1).entries()) {
            targets[i * length + j] = target;
            weights[i * length + j] = share;
          }
        }
        const drawn = Array.from({ length: maskCount(settings) }, (_, i) => [
          `mask${i}`,
          masks.draw([count, dimensions], draws),
        ]);
        const choice = sampled
          ? candidates(targets, draws)
          : { feeds: { targets: indexTensor(targets) }, placeOf: (row: number) => row };
        return {
          ...feeds,
          ...Object.fromEntries(drawn),
          ...choice.feeds,
          weights: { data: weights, dims: [count, 1] },
          excluded: seenPairs(sequences, length, (position) => targets[position]!, choice.placeOf),
        };
      });
    },
  };
}
