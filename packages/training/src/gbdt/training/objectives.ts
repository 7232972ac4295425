/** The objectives: where scores begin, and which kernel gives their gradients. */
import { doubles, type MemoryPlan, type Region, words } from '../../kernels/memory-plan.ts';
import type { SharedMemory } from '../../kernels/webassembly.ts';
import type { GbdtSettings } from '../gbdt-options.ts';
import { type GbdtRows, MAX_RELEVANCE } from '../gbdt-rows.ts';
import { type BoostingState, CHUNK_ROWS } from './boosting-state.ts';
import type { KernelRunner } from './kernel-runner.ts';

export interface Objective {
  /** Rows of the largest group. */
  readonly greatestGroup: number;
  readonly baseScore: number;
  /** Fills what its kernel reads. */
  prepare(memory: SharedMemory): void;
  /** Gradient pairs of all rows, and the greatest of each chunk. @returns the number of chunks */
  gradients(state: BoostingState, runner: KernelRunner): Promise<number>;
}

/** @param plan where an objective takes what it needs beside the rows */
export function createObjective(plan: MemoryPlan, data: GbdtRows, settings: GbdtSettings): Objective {
  if (settings.objective === 'lambda-rank') return lambdaRank(plan, data, settings);
  const mean = weightedMean(data);
  const logistic = settings.objective === 'logistic';
  return {
    greatestGroup: 0,
    baseScore: Math.fround(logistic ? Math.log(mean / (1 - mean)) : mean),
    prepare() {},
    async gradients({ rows, at }, runner) {
      const chunks = Math.ceil(rows / CHUNK_ROWS);
      await runner.run(
        logistic ? 'logisticGradients' : 'squaredGradients',
        chunks,
        rows * (logistic ? 12 : 2),
        ...[CHUNK_ROWS, rows, at.scores, at.labels, at.weights, at.pairs, at.greatest],
      );
      return chunks;
    },
  };
}

function weightedMean({ labels, weights, rows }: GbdtRows): number {
  let sum = 0;
  let weight = 0;
  for (let row = 0; row < rows; row++) {
    const own = weights?.[row] ?? 1;
    sum += own * labels[row]!;
    weight += own;
  }
  return sum / weight;
}

/** What a relevance is worth. */
export function gainOfRelevance(relevance: number): number {
  return 2 ** relevance - 1;
}

/** @param rank from 0 */
export function discountOfRank(rank: number): number {
  return 1 / Math.log2(rank + 2);
}

/** Best possible DCG of the first `truncation`. */
export function idealDcg(labels: Float32Array, truncation: number): number {
  const counts = new Uint32Array(MAX_RELEVANCE + 1);
  for (const label of labels) counts[label]!++;
  let sum = 0;
  let rank = 0;
  for (let relevance = MAX_RELEVANCE; relevance > 0; relevance--) {
    for (let i = 0; i < counts[relevance]! && rank < truncation; i++) {
      sum += gainOfRelevance(relevance) * discountOfRank(rank++);
    }
  }
  return sum;
}

const MAX_CHUNKS = 256;

function lambdaRank(
  plan: MemoryPlan,
  { rows, labels, groupSizes }: GbdtRows,
  settings: GbdtSettings,
): Objective {
  const sizes = groupSizes!;
  const greatestGroup = sizes.reduce((greatest, size) => Math.max(greatest, size), 0);
  const start: Region = plan.region(4 * (sizes.length + 1));
  const ideal = plan.region(8 * sizes.length);
  const gains = plan.region(8 * rows);
  const discounts = plan.region(8 * greatestGroup);
  const perChunk = Math.ceil(sizes.length / MAX_CHUNKS);
  const chunks = Math.ceil(sizes.length / perChunk);
  return {
    greatestGroup,
    baseScore: 0,
    prepare(memory) {
      const starts = words(memory, start);
      const ideals = doubles(memory, ideal);
      for (let group = 0; group < sizes.length; group++) {
        starts[group + 1] = starts[group]! + sizes[group]!;
        const best = idealDcg(labels.subarray(starts[group], starts[group + 1]), settings.truncation);
        ideals[group] = best === 0 ? 0 : 1 / best;
      }
      const gainOfRow = doubles(memory, gains);
      for (let row = 0; row < rows; row++) gainOfRow[row] = gainOfRelevance(labels[row]!);
      const discountOf = doubles(memory, discounts);
      // Beyond the truncation nothing counts.
      const counted = Math.min(greatestGroup, settings.truncation);
      for (let rank = 0; rank < counted; rank++) discountOf[rank] = discountOfRank(rank);
    },
    async gradients({ at }, runner) {
      await runner.run(
        'lambdaRankGradients',
        chunks,
        rows * 100,
        ...[perChunk, sizes.length, at.scores, at.labels, at.weights, at.pairs, at.greatest],
        ...[start.at, ideal.at, gains.at, discounts.at, settings.truncation],
      );
      return chunks;
    },
  };
}
