import { HOUR_MS } from '@marquee/domain';
import { emptyProfileState, profileStateView } from '@marquee/features';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createRecommendationSubgraph,
  type RecommendationSubgraph,
} from '../create-recommendation-subgraph.ts';
import { createTestWorld, type TestWorld } from '../test/test-world.ts';
import { MAX_EXPLAINED } from './explain-picks.ts';

let world: TestWorld;

beforeAll(async () => {
  world = await createTestWorld({ profiles: 120, days: 40 });
});
afterAll(() => world?.stop());

async function firstPicks({ home }: Pick<RecommendationSubgraph, 'home'>, profileId: string) {
  world.clock.advance(2 * HOUR_MS);
  const { slate } = await home.home({ profileId });
  const picks = slate.rows.find(({ kind }) => kind === 'TOP_PICKS');
  return { slate, items: picks?.items.slice(0, MAX_EXPLAINED) ?? [] };
}

test('the first picks name titles that the viewer has watched or liked, and people who made the title', async () => {
  const subgraph = createRecommendationSubgraph(world.deps());
  let explained = 0;
  for (const profileId of world.profileIds.slice(0, 15)) {
    const [blob] = await world.store.getMany([profileStateView.key(profileId)]);
    const { history, reactions } = profileStateView.decode(blob) ?? emptyProfileState();
    const own = new Set([...history.map(({ titleId }) => titleId), ...Object.keys(reactions)]);
    for (const { titleId, reason } of (await firstPicks(subgraph, profileId)).items) {
      if (reason === undefined) continue;
      explained++;
      expect(reason.titleIds.length).toBeGreaterThan(0);
      for (const id of reason.titleIds) {
        expect(own.has(id)).toBe(true);
        expect(reason.text).toContain(world.titles.get(id)!.name);
      }
      const { directorIds, personIds } = world.titles.get(titleId)!;
      for (const id of reason.personIds) expect([...directorIds, ...personIds]).toContain(id);
    }
  }
  expect(explained).toBeGreaterThan(15);
});

test('a page belongs to the version that ranked it, also where another has come before it is placed and explained', async () => {
  const { name, version } = world.modelRuntime.current!;
  const later = { name, version: `${version}-later` };
  let asked = 0;
  const modelRuntime = new Proxy(world.modelRuntime, {
    get(runtime, key) {
      // From the first answer on, another version is the current one.
      if (key === 'current') return asked === 0 ? runtime.current : later;
      const value: unknown = Reflect.get(runtime, key, runtime);
      if (key === 'predict') asked++;
      return typeof value === 'function' ? value.bind(runtime) : value;
    },
  });
  const subgraph = createRecommendationSubgraph(world.deps({ modelRuntime }));
  const { slate } = await firstPicks(subgraph, world.profileIds[3]!);
  expect(slate.modelVersions).toEqual([{ name, version }]);
  // The later one would have been asked why it ranks as it does not.
  expect(asked).toBe(1);
});

test('a ranker that ranks and then cannot say why leaves the page as it was', async () => {
  const whole = createRecommendationSubgraph(world.deps());
  let asked = 0;
  const modelRuntime = new Proxy(world.modelRuntime, {
    get(runtime, key) {
      const value: unknown = Reflect.get(runtime, key, runtime);
      if (key === 'predict' && ++asked > 1) return () => Promise.reject(new Error('the thread died'));
      return typeof value === 'function' ? value.bind(runtime) : value;
    },
  });
  const silent = createRecommendationSubgraph(world.deps({ modelRuntime }));
  const profileId = world.profileIds[3]!;
  const [explained, plain] = [await firstPicks(whole, profileId), await firstPicks(silent, profileId)];
  expect(asked).toBe(2);
  expect(plain.slate.degradations).toEqual([]);
  expect(plain.items.length).toBe(explained.items.length);
});
