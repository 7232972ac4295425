/**
 * What every retrieval model is: something that learned from interactions and ranks the items it knows for a history.
 * Histories need not be of users that were trained on.
 */
import type { Interactions } from '../interactions/index.ts';

/** One user's interactions in time order, the oldest first, in the indices that the model was trained with. */
export interface History {
  readonly items: Uint32Array;
  /** Epoch milliseconds; NaN where unknown. */
  readonly at: Float64Array;
}

export interface RetrievalModel {
  /**
   * At most k different items that training has seen, best first, none of `exclude`. Equal scores: the item with more
   * users in training first, then the smaller id; scores that are not numbers sink. So an empty history, or one that the model knows
   * nothing about, gets the popular items.
   */
  recommend(history: History, k: number, exclude: ArrayLike<number>): Uint32Array;
  /**
   * What the ranking rests on. Comparable within one history alone; items that training has not seen have no meaning.
   * @param scores by item, overwritten
   */
  score(history: History, scores: Float32Array): void;
  /** Users whose last interaction of those it was trained on it has not learned from, ascending: what it was judged by on the way. */
  readonly withheld?: Uint32Array;
}

export interface TrainingOptions {
  readonly seed: number;
  /** Threads that compute besides the calling one. Default: as many as the machine runs at once, eight at most. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** Steps done of all, for people to watch. */
  readonly onProgress?: (done: number, total: number) => void;
  /** What a long training has to say about itself, for people. */
  readonly onNote?: (text: string) => void;
  /** What kept it from what it could have become: belongs beside its figures. */
  readonly onLimit?: (text: string) => void;
}

/**
 * @throws MarqueeError BAD_USER_INPUT for empty interactions, options out of range, or more than fits into memory
 */
export type Train<Options> = (
  interactions: Interactions,
  options: TrainingOptions & Options,
) => Promise<RetrievalModel>;
