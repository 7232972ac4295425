import { silentLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { describe, expect, it } from 'vitest';
import { describeVectorIndexContract } from './contract.ts';
import { createExactVectorIndex } from './exact/index.ts';
import { observeVectorIndex } from './observed-vector-index.ts';

describeVectorIndexContract(
  'exact, observed',
  async ({ dimensions }) => {
    const index = observeVectorIndex(
      createExactVectorIndex({ dimensions, logger: silentLogger }),
      createMetrics('test'),
    );
    await index.start();
    return index;
  },
  { exact: true },
);

describe('an observed vector index', () => {
  it('times searches, and tells an index that fails from a query that is none', async () => {
    const metrics = createMetrics('test');
    const index = observeVectorIndex(
      createExactVectorIndex({ dimensions: 2, logger: silentLogger }),
      metrics,
    );
    expect(index.readiness().ready).toBe(false);
    await index.start();
    expect(index.readiness().ready).toBe(true);
    const vector = Float32Array.of(1, 0);
    expect(
      await index.search([
        { vector, k: 1 },
        { vector, k: 2 },
      ]),
    ).toEqual([[], []]);
    await expect(index.search([{ vector: new Float32Array(3), k: 1 }])).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    await index.stop();
    await expect(index.search([{ vector, k: 1 }])).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    const { body } = await metrics.exposition();
    const counts = [...body.matchAll(/^marquee_vector_search_seconds_count\{(.*)\} (\d+)$/gm)];
    expect(counts.map(([, labels, count]) => `${labels} ${count}`)).toEqual([
      'service="test",outcome="ok" 2',
      'service="test",outcome="failed" 1',
    ]);
  });
});
