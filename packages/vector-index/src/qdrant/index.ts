/** The vector index on Qdrant, for installations that share one index among processes. */
export { DEFAULT_TUNING, type QdrantTuning, type QdrantVectorIndexOptions } from './options.ts';
export { createQdrantVectorIndex } from './qdrant-vector-index.ts';
