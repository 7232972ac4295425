import { manualClock } from '@marquee/domain';
import { silentLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { temporaryFolder } from '@marquee/testkit';
import { describe, expect, it } from 'vitest';
import { describeKeyValueStoreContract } from './contract.ts';
import { createMemoryStore } from './memory/index.ts';
import { observeStore } from './observed-store.ts';
import { createRedisStore } from './redis/index.ts';

describeKeyValueStoreContract('memory, observed', () => {
  const folder = temporaryFolder();
  const clock = manualClock(1_000_000);
  const metrics = createMetrics('test');
  return {
    open: () =>
      observeStore(createMemoryStore({ snapshotFile: folder.file('store.snapshot'), clock }), metrics),
    elapse: async (milliseconds) => clock.advance(milliseconds),
    dispose: () => folder.remove(),
  };
});

describe('an observed store', () => {
  it('times calls by operation, and tells a store that fails from one that refuses', async () => {
    const metrics = createMetrics('test');
    const store = observeStore(createMemoryStore({}), metrics);
    await store.start();
    await store.putMany([{ key: 'n:a', value: new Uint8Array(1) }], { consumer: 'c', sequence: 7 });
    await expect(store.putMany([], { consumer: 'c', sequence: 9, expected: 8 })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await store.getMany(['n:a']);
    await store.checkpoint('c');
    await store.deleteMany(['n:a']);
    await store.stop();
    await expect(store.getMany(['n:a'])).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    const { body } = await metrics.exposition();
    const counts = [...body.matchAll(/^marquee_store_request_seconds_count\{(.*)\} (\d+)$/gm)];
    expect(counts.map(([, labels, count]) => `${labels} ${count}`)).toEqual([
      'service="test",operation="put",outcome="ok" 2',
      'service="test",operation="get",outcome="ok" 1',
      'service="test",operation="checkpoint",outcome="ok" 1',
      'service="test",operation="delete",outcome="ok" 1',
      'service="test",operation="get",outcome="failed" 1',
    ]);
  });

  it('says of itself what the store says', () => {
    const metrics = createMetrics('test');
    const redis = createRedisStore({ url: 'redis://127.0.0.1:1', keyPrefix: 'm', logger: silentLogger });
    const observed = observeStore(redis, metrics);
    expect(observed.name).toBe(redis.name);
    expect(redis.preferredEntries).toBeGreaterThan(0);
    expect(observed.preferredEntries).toBe(redis.preferredEntries);
    expect(observed.readiness()).toEqual(redis.readiness());
    // Absent, not undefined: who cuts batches asks whether there is one.
    expect(observeStore(createMemoryStore({}), metrics)).not.toHaveProperty('preferredEntries');
  });
});
