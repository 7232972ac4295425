import { createTitleTable } from '@marquee/features';
import { READY } from '@marquee/service-kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRecommendationSubgraph } from '../create-recommendation-subgraph.ts';
import { faulty } from '../test/faults.ts';
import { createTestWorld, type TestWorld } from '../test/test-world.ts';

let world: TestWorld;
beforeAll(async () => {
  world = await createTestWorld({ profiles: 60, days: 30 });
});
afterAll(() => world?.stop());

async function started(deps: Parameters<TestWorld['deps']>[0] = {}) {
  const subgraph = createRecommendationSubgraph(world.deps(deps));
  for (const component of subgraph.components) await component.start();
  return {
    subgraph,
    async stop() {
      for (const component of [...subgraph.components].reverse()) await component.stop();
    },
  };
}

async function keysOfStore(): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of world.store.scan('')) keys.push(...page);
  return keys.sort();
}

test('pages are rehearsed at the start, with the ranker, and nothing of them is kept or reported', async () => {
  const keys = await keysOfStore();
  const last = await world.bus.lastSequence();
  let scored = 0;
  const modelRuntime = new Proxy(world.modelRuntime, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      if (key === 'score' || key === 'predict') scored++;
      return value.bind(target);
    },
  });
  let draws = 0;
  const drawn = () => ++draws;
  const { subgraph, stop } = await started({
    modelRuntime,
    entropy: { seed: drawn, slateId: () => `slate-${drawn()}` },
  });
  expect(scored).toBeGreaterThanOrEqual(2);
  // Side effects are drained by the stop.
  await stop();
  expect(await keysOfStore()).toEqual(keys);
  expect(await world.bus.lastSequence()).toBe(last);
  expect(draws).toBe(0);
  await expect(subgraph.home.slate('rehearsed', {})).rejects.toMatchObject({ code: 'SLATE_EXPIRED' });
});

test.each(['rejects', 'hangs'] as const)(
  'a store that %s delays the start by its bound and does not prevent it',
  async (fault) => {
    const store = faulty(world.store);
    store.fault = fault;
    const begunAt = performance.now();
    const { subgraph, stop } = await started({ store: store.port, patience: 1 });
    expect(performance.now() - begunAt).toBeLessThan(6_000);
    for (const component of subgraph.components) expect(component.readiness()).toMatchObject(READY);
    store.fault = 'none';
    await stop();
  },
);

test('an empty catalogue is nothing to rehearse, and no trouble', async () => {
  const { stop } = await started({ titles: createTitleTable() });
  await stop();
});
