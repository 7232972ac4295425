/**
 * What a model's rankings are worth on a split. Ranking is full: against every item of the training data, never against
 * sampled negatives (Krichene & Rendle 2020). Targets that training has not seen cannot be found and count as misses.
 */
import { setImmediate } from 'node:timers/promises';
import { activeUsers, type Interactions, itemCounts } from '../interactions/index.ts';
import {
  averagePrecisionAtK,
  boundedRecallAtK,
  coverageAtK,
  giniAtK,
  hitRateAtK,
  intraListDiversityAtK,
  ndcgAtK,
  noveltyAtK,
  popularityLiftAtK,
  precisionAtK,
  recallAtK,
  reciprocalRank,
} from '../metrics/index.ts';
import type { History, RetrievalModel } from '../models/index.ts';
import type { Split } from '../protocols/index.ts';
import { createCoUserSimilarity } from './co-user-similarity.ts';

/** Of the curves of recall. */
export const LIST_LENGTH = 100;
/** Length of the lists that are asked for: as many candidates as a page is ranked from. */
export const POOL_LENGTH = 1_000;

/** Metrics of one user's list. Their means over users are the figures; names say the cut-off. */
export const USER_METRICS = {
  'ndcg@10': (list, targets) => ndcgAtK(list, targets, 10),
  'ndcg@100': (list, targets) => ndcgAtK(list, targets, 100),
  'recall@10': (list, targets) => recallAtK(list, targets, 10),
  'recall@20': (list, targets) => recallAtK(list, targets, 20),
  'recall@50': (list, targets) => recallAtK(list, targets, 50),
  'recall@1000': (list, targets) => recallAtK(list, targets, POOL_LENGTH),
  'bounded-recall@20': (list, targets) => boundedRecallAtK(list, targets, 20),
  'bounded-recall@50': (list, targets) => boundedRecallAtK(list, targets, 50),
  'precision@10': (list, targets) => precisionAtK(list, targets, 10),
  'hit-rate@10': (list, targets) => hitRateAtK(list, targets, 10),
  'mrr@10': (list, targets) => reciprocalRank(list, targets, 10),
  'map@10': (list, targets) => averagePrecisionAtK(list, targets, 10),
} as const satisfies Record<string, (list: Uint32Array, targets: ReadonlySet<number>) => number>;

export type UserMetric = keyof typeof USER_METRICS;
export const USER_METRIC_NAMES = Object.keys(USER_METRICS) as readonly UserMetric[];

/** Metrics of all lists together, at 10. */
export interface CatalogueMetrics {
  readonly coverage: number;
  /** Bits. */
  readonly novelty: number;
  /** Mean distance within lists, 1 − cosine of the items' training users; over `DIVERSITY_LISTS` lists at most. */
  readonly diversity: number;
  readonly gini: number;
  readonly popularityLift: number;
}

export interface Measurement {
  /** User indices that were asked, ascending. */
  readonly users: Uint32Array;
  /** By metric one value per asked user. */
  readonly values: Readonly<Record<UserMetric, Float64Array>>;
  readonly catalogue: CatalogueMetrics;
  /** Mean recall at 1, 2, … LIST_LENGTH. */
  readonly recallByK: Float64Array;
  readonly millisecondsPerList: number;
}

export interface MeasureOptions {
  /** Leave seen items in the lists. A target is never one of them. */
  readonly includeSeen?: boolean;
  /** Users to ask at most, the first by id. */
  readonly maxUsers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

const DIVERSITY_LISTS = 1_000;
const USERS_PER_TURN = 16;

/** Users who can be asked, ascending: those with a target. */
export function testUsers({ targets }: Split, maxUsers = Number.POSITIVE_INFINITY): Uint32Array {
  const users: number[] = [];
  for (let user = 0; user < targets.users.length && users.length < maxUsers; user++) {
    if (targets.start[user] !== targets.start[user + 1]) users.push(user);
  }
  return Uint32Array.from(users);
}

/** Leaves the event loop free now and then. */
export async function measureModel(
  model: RetrievalModel,
  split: Split,
  options: MeasureOptions = {},
): Promise<Measurement> {
  const users = testUsers(split, options.maxUsers);
  const values = Object.fromEntries(
    USER_METRIC_NAMES.map((name) => [name, new Float64Array(users.length)]),
  ) as Record<UserMetric, Float64Array>;
  const recallByK = new Float64Array(LIST_LENGTH);
  const lists: Uint32Array[] = [];
  const histories: Uint32Array[] = [];
  let milliseconds = 0;
  for (const [i, user] of users.entries()) {
    if (i % USERS_PER_TURN === 0) {
      await setImmediate();
      options.signal?.throwIfAborted();
      options.onProgress?.(i, users.length);
    }
    const history = historyOf(split.histories, user);
    const targets = new Set(historyOf(split.targets, user).items);
    const startedAt = performance.now();
    const list = model.recommend(history, POOL_LENGTH, options.includeSeen === true ? [] : history.items);
    milliseconds += performance.now() - startedAt;
    for (const name of USER_METRIC_NAMES) values[name][i] = USER_METRICS[name](list, targets);
    let hits = 0;
    for (let k = 0; k < LIST_LENGTH; k++) {
      if (k < list.length && targets.has(list[k]!)) hits++;
      recallByK[k]! += hits / targets.size / users.length;
    }
    // A copy of what is needed: a thousand of every user would be most of the memory.
    lists.push(list.slice(0, LIST_LENGTH));
    histories.push(history.items);
  }
  return {
    users,
    values,
    catalogue: catalogueMetrics(lists, histories, split.train),
    recallByK,
    millisecondsPerList: milliseconds / Math.max(1, users.length),
  };
}

export function historyOf({ start, item, at }: Interactions, user: number): History {
  return {
    items: item.subarray(start[user]!, start[user + 1]!),
    at: at.subarray(start[user]!, start[user + 1]!),
  };
}

function catalogueMetrics(
  lists: readonly Uint32Array[],
  histories: readonly Uint32Array[],
  train: Interactions,
): CatalogueMetrics {
  const counts = itemCounts(train);
  const known = new Map<number, number>();
  for (const [item, count] of counts.entries()) if (count > 0) known.set(item, count);
  const similarity = createCoUserSimilarity(train);
  // Evenly spread over the users, so that the choice does not favour an age of ids.
  const step = Math.max(1, Math.ceil(lists.length / DIVERSITY_LISTS));
  const sampled = lists.filter((_, i) => i % step === 0);
  const diversities = sampled.map((list) => intraListDiversityAtK(list, similarity, 10));
  return {
    coverage: coverageAtK(lists, known.size, 10),
    novelty: noveltyAtK(lists, known, activeUsers(train), 10),
    diversity: diversities.reduce((sum, value) => sum + value, 0) / Math.max(1, diversities.length),
    gini: giniAtK(lists, known.size, 10),
    popularityLift: popularityLiftAtK(lists, histories, (item) => counts[item]!, 10),
  };
}
