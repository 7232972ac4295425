/** Any vector index, with its searches timed and, where a request is traced, part of its trace. */
import { inChildSpan, isMarqueeError, type Metrics } from '@marquee/service-kit';
import type { VectorIndex } from './index.ts';

/**
 * Does what `index` does. Only searches are timed: they are what viewers wait for. The outcome is about the index: `ok`
 * also where it refused a query that is none (BAD_USER_INPUT).
 */
export function observeVectorIndex(index: VectorIndex, metrics: Metrics): VectorIndex {
  return {
    name: index.name,
    dimensions: index.dimensions,
    start: () => index.start(),
    stop: () => index.stop(),
    readiness: () => index.readiness(),
    upsert: (points) => index.upsert(points),
    delete: (ids) => index.delete(ids),
    async search(queries) {
      const startedAt = performance.now();
      let outcome = 'ok';
      try {
        const attributes = { 'db.system.name': index.name, 'db.operation.batch.size': queries.length };
        return await inChildSpan('vectors search', attributes, () => index.search(queries));
      } catch (error) {
        if (!isMarqueeError(error) || error.code !== 'BAD_USER_INPUT') outcome = 'failed';
        throw error;
      } finally {
        const seconds = (performance.now() - startedAt) / 1000;
        metrics.observe('marquee_vector_search_seconds', seconds, { outcome });
      }
    },
    vectors: (ids) => index.vectors(ids),
    count: () => index.count(),
    beginCollection: (version) => index.beginCollection(version),
    liveVersion: () => index.liveVersion(),
    drop: () => index.drop(),
  };
}
