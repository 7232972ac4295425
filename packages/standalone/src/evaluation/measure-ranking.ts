/** Asks a ranker for every test profile, and measures what it answers; and what is lost or gained against another. */
import { isFeedback, type MarqueeEvent } from '@marquee/domain';
import { bootstrapInterval, coverageAtK, ndcgAtK, noveltyAtK, recallAtK } from '@marquee/training';
import type { Ablation, EvaluationOptions } from './evaluate.ts';
import type { HeldOutWorld } from './held-out-world.ts';
import type { Ranker } from './rankers.ts';

const TOP = 50;

export interface RankerResult {
  readonly ranker: string;
  readonly ndcg10: number;
  /**
   * NDCG@10 minus that of popularity, profile by profile, with its 95 % bootstrap interval: whether a ranking helps
   * is read here, since profiles differ far more from each other than rankings do.
   */
  readonly gain: { readonly mean: number; readonly lower: number; readonly upper: number };
  readonly recall50: number;
  readonly coverage10: number;
  readonly novelty10: number;
  /** Mean true expected watch, in seconds, of the first ten titles, each if examined. Simulated worlds only. */
  readonly trueSeconds10?: number;
}

export interface Change {
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
}

export interface Measured {
  readonly result: RankerResult;
  readonly ndcgByProfile: readonly number[];
  readonly recallByProfile: readonly number[];
  /** Empty without ground truth. */
  readonly secondsByProfile: readonly number[];
}

export async function measure(
  ranker: Ranker,
  { contents, split, profileIds }: HeldOutWorld,
  catalogueSize: number,
  options: EvaluationOptions,
  baseline?: readonly number[],
): Promise<Measured> {
  const { groundTruth: truth } = contents;
  const watched = watchedTitles(split.train);
  const ndcg: number[] = [];
  const recall: number[] = [];
  const seconds: number[] = [];
  const lists: (readonly string[])[] = [];
  options.progress.phase(`ranking: ${ranker.name}`, profileIds.length);
  for (const [i, profileId] of profileIds.entries()) {
    options.signal?.throwIfAborted();
    const list = await ranker.rank(profileId, watched.get(profileId) ?? new Set(), TOP);
    const wanted = split.relevant.get(profileId)!;
    ndcg.push(ndcgAtK(list, wanted, 10));
    recall.push(recallAtK(list, wanted, TOP));
    if (truth !== undefined) {
      seconds.push(mean(list.slice(0, 10).map((id) => truth.expectedWatchSeconds(profileId, id, split.now))));
    }
    lists.push(list);
    options.progress.update(i + 1);
  }
  const differences = ndcg.map((value, i) => value - (baseline?.[i] ?? value));
  return {
    ndcgByProfile: ndcg,
    recallByProfile: recall,
    secondsByProfile: seconds,
    result: {
      ranker: ranker.name,
      ndcg10: mean(ndcg),
      gain: { mean: mean(differences), ...bootstrapInterval(differences, { seed: options.seed }) },
      recall50: mean(recall),
      coverage10: coverageAtK(lists, catalogueSize, 10),
      novelty10: noveltyAtK(lists, trainingPopularity(watched), watched.size, 10),
      ...(truth === undefined ? {} : { trueSeconds10: mean(seconds) }),
    },
  };
}

/** What is lost without a part, profile by profile. */
export function compared(measured: Measured, full: Measured, seed: number): Omit<Ablation, 'kind'> {
  const change = (without: readonly number[], whole: readonly number[]): Change => {
    const differences = without.map((value, i) => value - whole[i]!);
    return { mean: mean(differences), ...bootstrapInterval(differences, { seed }) };
  };
  return {
    ...measured.result,
    ndcgChange: change(measured.ndcgByProfile, full.ndcgByProfile),
    recallChange: change(measured.recallByProfile, full.recallByProfile),
    ...(measured.secondsByProfile.length > 0 && {
      trueSecondsChange: change(measured.secondsByProfile, full.secondsByProfile),
    }),
  };
}

function watchedTitles(events: readonly MarqueeEvent[]): Map<string, Set<string>> {
  const watched = new Map<string, Set<string>>();
  for (const event of events) {
    if (!isFeedback(event) || event.type === 'IMPRESSION' || event.type === 'DETAILS_OPENED') continue;
    let own = watched.get(event.profileId);
    if (own === undefined) {
      own = new Set();
      watched.set(event.profileId, own);
    }
    own.add(event.payload.titleId);
  }
  return watched;
}

/** Number of profiles that watched each title. */
function trainingPopularity(watched: ReadonlyMap<string, ReadonlySet<string>>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const own of watched.values()) for (const id of own) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
