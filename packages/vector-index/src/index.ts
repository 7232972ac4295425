/**
 * Nearest-neighbour retrieval's port. Vectors are float32 and compared by dot product (callers normalise for
 * cosine). A filter is applied before the k best are taken, so a narrow filter still returns k where k exist.
 * Equal scores are ordered by id. Collections are versioned: fill a new one, then `promote` it in one step.
 */
import type { MaturityRating, Region, TitleFilter, TitleId } from '@marquee/domain';
import type { Component, Deadline } from '@marquee/service-kit';

export interface VectorPayload {
  readonly genreIds: readonly string[];
  readonly kind: string;
  readonly releaseYear?: number;
  readonly runtimeMinutes?: number;
  /** 0–4, see `maturityLevel`. */
  readonly maturityLevel: number;
  /** Availability windows, epoch milliseconds; `to` absent means no end; `regions` absent means everywhere. */
  readonly availability: readonly { from: number; to?: number; regions?: readonly Region[] }[];
}

export interface VectorPoint {
  readonly id: TitleId;
  readonly vector: Float32Array;
  readonly payload: VectorPayload;
}

export interface VectorFilter extends TitleFilter {
  /** Only titles available at this instant, in `region` if given. */
  readonly availableAt?: number;
  readonly region?: Region;
  readonly maturityLimit?: MaturityRating;
  readonly excludeIds?: readonly TitleId[];
}

export interface VectorQuery {
  readonly vector: Float32Array;
  /** 1 to MAX_NEIGHBOURS. */
  readonly k: number;
  readonly filter?: VectorFilter;
  readonly deadline?: Deadline;
}

export const MAX_NEIGHBOURS = 1_000;
/** Ids per call of `vectors`, and queries per call of `search`. */
export const MAX_VECTOR_IDS = 10_000;
export const MAX_QUERIES = 100;
/** Availability windows per point. */
export const MAX_WINDOWS = 64;

export interface Neighbour {
  readonly id: TitleId;
  readonly score: number;
}

export interface VectorIndex extends Component {
  readonly dimensions: number;
  /**
   * Inserts or replaces; found by every search that begins after it resolves. Nothing is stored when any point
   * is refused.
   * @throws MarqueeError BAD_USER_INPUT on a wrong dimension or a non-finite value, OVERLOADED, DEPENDENCY_UNAVAILABLE.
   */
  upsert(points: readonly VectorPoint[]): Promise<void>;
  delete(ids: readonly TitleId[]): Promise<void>;
  /**
   * One answer per query, best first. Scores have float32 precision.
   * @throws MarqueeError BAD_USER_INPUT, DEADLINE_EXCEEDED, OVERLOADED, DEPENDENCY_UNAVAILABLE.
   */
  search(queries: readonly VectorQuery[]): Promise<readonly (readonly Neighbour[])[]>;
  /** Stored vectors by id, `undefined` where there is none. */
  vectors(ids: readonly TitleId[]): Promise<readonly (Float32Array | undefined)[]>;
  count(): Promise<number>;
  /** An empty collection beside the live one; `promote` makes it the live one without a gap. */
  beginCollection(version: string): Promise<VectorCollectionWriter>;
  /** Version of the live collection. */
  liveVersion(): Promise<string>;
  /** Ends the index for everybody who shares it, with all that it holds, and stops it here. Opened again, it begins empty. */
  drop(): Promise<void>;
}

/** One at a time promotes or discards; afterwards every call is refused with BAD_USER_INPUT. */
export interface VectorCollectionWriter {
  upsert(points: readonly VectorPoint[]): Promise<void>;
  promote(): Promise<void>;
  discard(): Promise<void>;
}

export { observeVectorIndex } from './observed-vector-index.ts';
