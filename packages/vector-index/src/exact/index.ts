/** The embedded profile's vector index: exact, in process, nothing to install. */
import type { VectorIndex } from '../index.ts';
import { ExactVectorIndex, type ExactVectorIndexOptions } from './exact-vector-index.ts';

export type { ExactVectorIndexOptions };

export function createExactVectorIndex(options: ExactVectorIndexOptions): VectorIndex {
  return new ExactVectorIndex(options);
}
