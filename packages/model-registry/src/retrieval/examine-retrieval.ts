/** What a model finds of what people watched next, profile by profile, and how that is counted, whichever model it is. */
import { setImmediate } from 'node:timers/promises';
import { createTopK, recallAtK } from '@marquee/training';
import type { RetrievalHoldout } from './retrieval-holdout.ts';

/** Lengths of the lists that are looked at: of the first it matters more how it is ordered, the second is as long as a page's pool. */
export type RecallAt = readonly [first: number, pool: number];

export interface RetrievalExamination {
  /** Recall at each of the examiner's lengths, by profile. */
  readonly recall: readonly Float64Array[];
  /** Share of the titles that are in anybody's first list. */
  readonly coverage: number;
  /** Mean score of what is in the first lists, where the ranker learns from scores; two versions of them have to mean the same. */
  readonly level?: number;
}

/** How one kind of model is examined: by the very files that would serve. */
export interface RetrievalExaminer {
  readonly recallAt: RecallAt;
  /** @throws MarqueeError MODEL_INCOMPATIBLE for a version that cannot be served; the signal's reason */
  examine(options: {
    readonly folder: string;
    readonly holdout: RetrievalHoldout;
    readonly signal?: AbortSignal | undefined;
  }): Promise<RetrievalExamination>;
}

/** What most of the histories hold: who finds less than this needs no model. */
export async function examinePopularity(
  holdout: RetrievalHoldout,
  recallAt: RecallAt,
): Promise<RetrievalExamination> {
  const { titles, profiles } = holdout;
  const counts = new Float64Array(titles.length);
  for (const { history } of profiles) for (const place of history) counts[place]!++;
  const ranking = createRanking(holdout, recallAt);
  for (const profile of profiles.keys()) {
    ranking.add(profile, (place) => counts[place]!);
    await setImmediate();
  }
  return ranking.result();
}

export interface Ranking {
  /**
   * Counts one profile's list: the highest scores of what it had not watched. Some milliseconds on the calling thread with 50,000 titles, so
   * whoever serves beside it gives way between two of them.
   * @param scoreOf by place in the holdout's titles; undefined: the model does not propose it
   */
  add(profile: number, scoreOf: (place: number) => number | undefined): void;
  result(): RetrievalExamination & { readonly level: number };
}

export function createRanking({ titles, profiles }: RetrievalHoldout, recallAt: RecallAt): Ranking {
  const recall = recallAt.map(() => new Float64Array(profiles.length));
  const covered = new Set<number>();
  let sum = 0;
  let scored = 0;
  return {
    add(profile, scoreOf) {
      const { history, wanted } = profiles[profile]!;
      const had = new Set(history);
      const top = createTopK(Math.min(titles.length, Math.max(...recallAt)));
      for (let place = 0; place < titles.length; place++) {
        const score = scoreOf(place);
        if (score !== undefined && top.wants(score) && !had.has(place)) top.offer(place, score);
      }
      const { keys, values } = top.take();
      const list = [...keys];
      const relevant = new Set(wanted);
      for (const [i, k] of recallAt.entries()) recall[i]![profile] = recallAtK(list, relevant, k);
      for (const [i, place] of list.slice(0, recallAt[0]).entries()) {
        covered.add(place);
        sum += values[i]!;
        scored++;
      }
    },
    result: () => ({ recall, coverage: covered.size / titles.length, level: sum / Math.max(1, scored) }),
  };
}

/** Of a vector and the same length of another's from a place on. */
export function dotAt(a: Float32Array, b: Float32Array, from = 0): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[from + k]!;
  return sum;
}
