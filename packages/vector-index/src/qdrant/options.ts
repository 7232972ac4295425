/** How the index on Qdrant is set up. */
import type { Logger } from '@marquee/service-kit';

export interface QdrantTuning {
  /** Links per node of the HNSW graph. Default 16. */
  readonly hnswM: number;
  /** Candidates while the graph is built. Default 128. */
  readonly hnswEfConstruct: number;
  /** Candidates while it is searched, at least k. Default 256. */
  readonly hnswEf: number;
  /** `int8` searches quantised vectors in memory and rescores with the full ones. Default `int8`. */
  readonly quantization: 'none' | 'int8';
  /** Times k that are rescored. Default 2. */
  readonly oversampling: number;
  /** Compares with every point instead of using the graph: for small collections and for checking. Default false. */
  readonly exact: boolean;
  /**
   * Kilobytes of vectors in a segment from which it gets a graph; smaller ones are compared point by point, which is as fast
   * and exact. Default: the server's own.
   */
  readonly indexingThresholdKb?: number;
  /** Keeps full vectors on disk, for rescoring only. Default false. */
  readonly vectorsOnDisk: boolean;
  /** Copies of every shard. Default 1. */
  readonly replicas: number;
}

export const DEFAULT_TUNING: QdrantTuning = {
  hnswM: 16,
  hnswEfConstruct: 128,
  hnswEf: 256,
  quantization: 'int8',
  oversampling: 2,
  exact: false,
  vectorsOnDisk: false,
  replicas: 1,
};

export interface QdrantVectorIndexOptions {
  /** Base address, e.g. `http://127.0.0.1:6333`. */
  readonly url: string;
  readonly apiKey?: string;
  /** Name of the index: of the alias, and in front of every collection's. Letters, digits, `-` and `_`. */
  readonly collection: string;
  readonly dimensions: number;
  readonly tuning?: Partial<QdrantTuning>;
  /** Per request to the server. Default 2,000; writes and maintenance may take ten times as long. */
  readonly timeoutMs?: number;
  /** Requests at once; default 24. As many more again may wait, the next is refused with OVERLOADED. */
  readonly maxConnections?: number;
  /** How long `start` waits for a server that is away. Default 60,000. */
  readonly startWithinMs?: number;
  readonly logger: Logger;
}
