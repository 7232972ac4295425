/** Several models on one split, side by side: means with their intervals, differences user by user, and by segment. */
import { activeUsers, itemCounts, rowCount } from '../interactions/index.ts';
import { bootstrapIntervals, type Interval } from '../metrics/index.ts';
import type { RetrievalModel } from '../models/index.ts';
import type { Split } from '../protocols/index.ts';
import {
  type CatalogueMetrics,
  historyOf,
  type Measurement,
  type MeasureOptions,
  measureModel,
  testUsers,
  USER_METRIC_NAMES,
  type UserMetric,
} from './measure-model.ts';

export interface Estimate extends Interval {
  readonly mean: number;
}

/** Test users by the length of their history: thirds of them, as far as equal lengths allow. */
export interface Segment {
  /** Histories from so many interactions to so many. */
  readonly shortest: number;
  readonly longest: number;
  readonly users: number;
}

export interface ModelResult {
  readonly model: string;
  readonly trainingSeconds: number;
  readonly millisecondsPerList: number;
  readonly metrics: Readonly<Record<UserMetric, Estimate>>;
  /** NDCG@10 minus the first model's, user by user: users differ more from each other than models do. */
  readonly gain: Estimate;
  readonly catalogue: CatalogueMetrics;
  readonly recallByK: readonly number[];
  /** NDCG@10 by segment. */
  readonly segments: readonly Estimate[];
}

export interface Comparison {
  readonly trainingInteractions: number;
  readonly trainingUsers: number;
  readonly items: number;
  readonly testUsers: number;
  readonly targets: number;
  /** Targets that no training user has: nobody can find them. */
  readonly unreachableTargets: number;
  readonly segments: readonly Segment[];
  readonly results: readonly ModelResult[];
}

export interface Contestant {
  readonly name: string;
  train(split: Split): Promise<RetrievalModel>;
}

/**
 * Trains and measures one after the other; a model is dropped before the next is trained, so the largest alone decides
 * the memory.
 * @throws whatever a training throws
 */
export async function compareModels(
  split: Split,
  contestants: readonly Contestant[],
  options: MeasureOptions & {
    readonly seed: number;
    readonly onModel?: (name: string, users: number) => void;
  },
): Promise<Comparison> {
  const users = testUsers(split, options.maxUsers);
  const segmentOf = historySegments(split, users);
  const results: ModelResult[] = [];
  let baseline: Float64Array | undefined;
  for (const contestant of contestants) {
    const startedAt = performance.now();
    const model = await contestant.train(split);
    const trainingSeconds = (performance.now() - startedAt) / 1_000;
    options.onModel?.(contestant.name, users.length);
    const measured = await measureModel(model, split, options);
    baseline ??= measured.values['ndcg@10'];
    results.push(summary(contestant.name, trainingSeconds, measured, baseline, segmentOf, options.seed));
  }
  const known = itemCounts(split.train);
  let targets = 0;
  let unreachableTargets = 0;
  for (const user of users) {
    for (const item of historyOf(split.targets, user).items) {
      targets++;
      if (known[item] === 0) unreachableTargets++;
    }
  }
  return {
    trainingInteractions: rowCount(split.train),
    trainingUsers: activeUsers(split.train),
    items: known.reduce((count, value) => count + Number(value > 0), 0),
    testUsers: users.length,
    targets,
    unreachableTargets,
    segments: segmentOf.segments,
    results,
  };
}

interface Segmentation {
  readonly segments: readonly Segment[];
  /** By place among the test users. */
  readonly of: Uint8Array;
}

function summary(
  name: string,
  trainingSeconds: number,
  { values, catalogue, recallByK, millisecondsPerList }: Measurement,
  baseline: Float64Array,
  { segments, of }: Segmentation,
  seed: number,
): ModelResult {
  const gains = values['ndcg@10'].map((value, i) => value - baseline[i]!);
  const estimates = estimateAll([...USER_METRIC_NAMES.map((metric) => values[metric]), gains], seed);
  return {
    model: name,
    trainingSeconds,
    millisecondsPerList,
    metrics: Object.fromEntries(USER_METRIC_NAMES.map((metric, i) => [metric, estimates[i]!])) as Record<
      UserMetric,
      Estimate
    >,
    gain: estimates.at(-1)!,
    catalogue,
    recallByK: [...recallByK],
    segments: segments.map((_, segment) => {
      return estimateAll([values['ndcg@10'].filter((__, i) => of[i] === segment)], seed)[0]!;
    }),
  };
}

function estimateAll(columns: readonly Float64Array[], seed: number): Estimate[] {
  return bootstrapIntervals(columns, { seed }).map((interval, i) => {
    const column = columns[i]!;
    const sum = column.reduce((total, value) => total + value, 0);
    return { mean: column.length === 0 ? 0 : sum / column.length, ...interval };
  });
}

/** Users with histories of one length are never parted, so there may be fewer than three segments. */
export function historySegments(split: Split, users: Uint32Array): Segmentation {
  const lengths = Float64Array.from(users, (user) => historyOf(split.histories, user).items.length);
  const sorted = lengths.slice().sort();
  const borders = [sorted[Math.floor(sorted.length / 3)]!, sorted[Math.floor((2 * sorted.length) / 3)]!];
  const placed = lengths.map((length) => borders.filter((border) => length >= border).length);
  const used = [...new Set(placed)].sort();
  const of = Uint8Array.from(placed, (segment) => used.indexOf(segment));
  const segments = used.map((_, segment) => {
    const own = [...lengths].filter((__, i) => of[i] === segment);
    return {
      shortest: own.reduce((low, length) => Math.min(low, length), Number.POSITIVE_INFINITY),
      longest: own.reduce((high, length) => Math.max(high, length), 0),
      users: own.length,
    };
  });
  return { segments, of };
}
