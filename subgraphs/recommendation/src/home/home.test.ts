import { DAY_MS, decodeFeatureMatrix, eventSchema, HOUR_MS, maturityLevel } from '@marquee/domain';
import { type ExperimentsSnapshot, fixedExperiments } from '@marquee/experimentation';
import { createTitleTable, RANKING_COLUMNS } from '@marquee/features';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningSubgraph, runSubgraph, titleIdsOf } from '../test/running-subgraph.ts';
import { createTestWorld, eventOf, type TestWorld, WORLD_NOW } from '../test/test-world.ts';

let world: TestWorld;
let running: RunningSubgraph;

beforeAll(async () => {
  world = await createTestWorld({ profiles: 150, days: 40 });
  running = await runSubgraph(world.deps());
});
afterAll(async () => {
  await running?.stop();
  await world?.stop();
});
// No slate of one test answers another.
beforeEach(() => world.clock.advance(2 * HOUR_MS));

const PERSONA = 'persona-nineties-action';
const OTHER = 'persona-classic-drama';

describe('a page', () => {
  test('has at least eight rows of at least ten titles, and no title twice but in continue-watching', async () => {
    for (const persona of [PERSONA, OTHER, 'persona-family-night', 'persona-horror-nights']) {
      const home = await running.home(persona);
      expect(home.degradations).toEqual([]);
      expect(home.rows.nodes.filter((row) => row.items.nodes.length >= 10).length).toBeGreaterThanOrEqual(8);
      const seen = new Set<string>();
      for (const row of home.rows.nodes.filter(({ kind }) => kind !== 'CONTINUE_WATCHING')) {
        for (const { title } of row.items.nodes) {
          expect(seen.has(title.id)).toBe(false);
          seen.add(title.id);
        }
      }
      expect(home.rows.nodes[0]!.kind).toBe('CONTINUE_WATCHING');
      expect(home.rows.nodes[1]!.kind).toBe('TOP_PICKS');
      expect(home.modelVersions[0]?.name).toBe('home-ranker');
    }
  });

  test('fits its viewer: two personas share less than half of their first forty titles', async () => {
    const first = titleIdsOf(await running.home(PERSONA)).slice(0, 40);
    const second = new Set(titleIdsOf(await running.home(OTHER)).slice(0, 40));
    expect(first.filter((id) => second.has(id)).length).toBeLessThan(20);
  });

  test('gives every because-you-watched row a reason that names its seed, and seeds differ', async () => {
    const home = await running.home(PERSONA);
    const because = home.rows.nodes.filter(({ kind }) => kind === 'BECAUSE_YOU_WATCHED');
    expect(because.length).toBeGreaterThanOrEqual(1);
    const seeds = because.map(({ reason }) => reason!.titles[0]!.id);
    expect(new Set(seeds).size).toBe(seeds.length);
    for (const row of because) {
      const name = world.titles.get(row.reason!.titles[0]!.id)!.name;
      expect(row.headline).toContain(name);
      for (const item of row.items.nodes) expect(item.reason).toEqual(row.reason);
    }
  });

  test('keeps to three titles of one primary genre among the first ten picks', async () => {
    for (const persona of [PERSONA, OTHER, 'persona-deep-space']) {
      const picks = (await running.home(persona)).rows.nodes.find(({ kind }) => kind === 'TOP_PICKS')!;
      const counts = new Map<string, number>();
      for (const { title } of picks.items.nodes.slice(0, 10)) {
        const genre = world.titles.get(title.id)!.genreIds[0]!;
        counts.set(genre, (counts.get(genre) ?? 0) + 1);
      }
      expect(Math.max(...counts.values())).toBeLessThanOrEqual(3);
    }
  });

  test('shows nothing above the maturity limit, nothing unavailable and nothing watched as new', async () => {
    const home = await running.home('persona-family-night');
    for (const id of titleIdsOf(home)) {
      expect(maturityLevel(world.titles.get(id)!.maturityRating)).toBeLessThanOrEqual(maturityLevel('PG'));
    }
  });

  test('is made for anonymous and for unknown viewers too, without an error or a degradation', async () => {
    for (const viewer of [undefined, 'never-heard-of']) {
      const home = await running.home(viewer);
      expect(home.degradations).toEqual([]);
      expect(home.rows.nodes.filter((row) => row.items.nodes.length >= 10).length).toBeGreaterThanOrEqual(8);
      expect(home.rows.nodes[0]!.headline).toBe('Popular to start with');
    }
  });

  test('begins with the genres of the onboarding quiz where nothing was watched yet', async () => {
    await world.publish([
      eventOf('ONBOARDING_COMPLETED', 'fresh-viewer', { genreIds: ['g_western', 'g_horror', 'g_musical'] }),
    ]);
    const home = await running.home('fresh-viewer');
    const [picks] = home.rows.nodes;
    expect(picks!.headline).toBe('Picked from the genres you chose');
    const chosen = picks!.items.nodes.filter(({ title }) =>
      world.titles.get(title.id)!.genreIds.some((id) => ['g_western', 'g_horror', 'g_musical'].includes(id)),
    );
    expect(chosen.length).toBeGreaterThan(picks!.items.nodes.length / 2);
    expect(home.rows.nodes.map(({ headline }) => headline)).toContain('You chose western');
  });
});

describe('filters', () => {
  test('a narrow filter fills a page with titles that satisfy it', async () => {
    const filter = { genreIds: ['g_western'], releasedTo: 1985 };
    const home = await running.home(PERSONA, { input: { filter } });
    const there = world.catalogue.filter(
      ({ genreIds, releaseYear = 9999 }) => genreIds.includes('g_western') && releaseYear <= 1985,
    );
    const shown = titleIdsOf(home);
    expect(shown.length).toBeGreaterThan(there.length / 2);
    for (const id of shown) {
      const title = world.titles.get(id)!;
      expect(title.genreIds).toContain('g_western');
      expect(title.releaseYear).toBeLessThanOrEqual(1985);
    }
  });

  test('a filter that nothing passes gives a page without rows that says why', async () => {
    const home = await running.home(PERSONA, { input: { filter: { releasedFrom: 3000 } } });
    expect(home.rows.nodes).toEqual([]);
    expect(home.degradations).toEqual([
      {
        code: 'NO_CANDIDATES',
        step: 'FULL',
        component: 'request',
        message: "The request's filter leaves 0 titles.",
      },
    ]);
  });

  test('excluded titles are nowhere on the page', async () => {
    const shown = titleIdsOf(await running.home(PERSONA)).slice(0, 50);
    const without = titleIdsOf(await running.home(PERSONA, { input: { excludeTitleIds: shown } }));
    expect(without.filter((id) => shown.includes(id))).toEqual([]);
  });

  test('input outside its bounds is refused with the field', async () => {
    const cases: [Record<string, unknown>, string][] = [
      [
        { input: { excludeTitleIds: Array.from({ length: 1_001 }, (_, i) => `t${i}`) } },
        'input.excludeTitleIds',
      ],
      [{ input: { excludeTitleIds: ['x'.repeat(129)] } }, 'input.excludeTitleIds'],
      [{ input: { filter: { releasedFrom: -1 } } }, 'input.filter.releasedFrom'],
      [{ rows: 0 }, 'first'],
      [{ rows: 31 }, 'first'],
      [{ items: 101 }, 'first'],
    ];
    for (const [variables, field] of cases) {
      await expect(running.home(PERSONA, variables)).rejects.toThrow(`BAD_USER_INPUT: ${field}`);
    }
  });

  test('an empty catalogue gives a page without rows that says so', async () => {
    const empty = await runSubgraph(world.deps({ titles: createTitleTable() }));
    const home = await empty.home(PERSONA);
    expect(home.rows.nodes).toEqual([]);
    expect(home.degradations).toMatchObject([{ code: 'NO_CANDIDATES', component: 'catalogue' }]);
    await empty.stop();
  });
});

describe('what keeps a page short', () => {
  const small = () => world.catalogue.slice(0, 60);
  const cases: [string, string, (viewer: string, titleIds: readonly string[]) => Promise<void>][] = [
    [
      'hidden',
      'hidden',
      (viewer, ids) => world.publish(ids.map((titleId) => eventOf('TITLE_HIDDEN', viewer, { titleId }))),
    ],
    [
      'disliked',
      'disliked',
      (viewer, ids) =>
        world.publish(
          ids.map((titleId) => eventOf('REACTION_SET', viewer, { titleId, reaction: 'DISLIKE' })),
        ),
    ],
  ];
  test.each(cases)('is named: titles that are %s', async (_what, component, take) => {
    const own = await runSubgraph(world.deps({ titles: createTitleTable(small()) }));
    const ids = small().map(({ id }) => id);
    const viewer = `short-of-${component}`;
    await take(viewer, ids.slice(0, 40));
    expect((await own.home(viewer)).degradations).toMatchObject([{ code: 'FEW_CANDIDATES', component }]);
    await take(viewer, ids.slice(40));
    const home = await own.home(viewer);
    expect(home.rows.nodes).toEqual([]);
    expect(home.degradations).toMatchObject([{ code: 'NO_CANDIDATES', component }]);
    expect(home.degradations[0]!.message).toContain(component);
    const { watchNext } = await own.ask<{ watchNext: { degradations: unknown[] } }>(
      'query($id: ID!) { watchNext(titleId: $id) { degradations { code component } } }',
      { id: ids[0] },
      viewer,
    );
    expect(watchNext.degradations).toContainEqual({ code: 'NO_CANDIDATES', component });
    await own.stop();
  });

  test('is named where the client excludes everything, or nothing is available', async () => {
    const titles = createTitleTable(small());
    const own = await runSubgraph(world.deps({ titles }));
    const excludeTitleIds = small().map(({ id }) => id);
    expect((await own.home(PERSONA, { input: { excludeTitleIds } })).degradations).toMatchObject([
      { code: 'NO_CANDIDATES', component: 'excluded' },
    ]);
    titles.put(small().map((title) => ({ ...title, availability: [{ from: 0, to: 1 }] })));
    expect((await own.home(undefined, { input: { device: 'TV' } })).degradations).toMatchObject([
      { code: 'NO_CANDIDATES', component: 'unavailable' },
    ]);
    await own.stop();
  });
});

const DIVERSITY: ExperimentsSnapshot = {
  holdouts: [],
  layers: [{ key: 'home', description: 'Home page.', salt: 'home' }],
  experiments: [
    {
      key: 'diversity',
      description: 'More variety.',
      owner: 'tests',
      layerKey: 'home',
      status: 'RUNNING',
      buckets: { from: 0, to: 10_000 },
      salt: 'diversity',
      startsAt: 0,
      variants: [{ key: 'varied', description: 'More.', weight: 1, parameters: { mmrLambda: 0.5 } }],
    },
  ],
};

describe('what is reported', () => {
  test('one slate.served with the features the ranker saw, one exposure per arm and day', async () => {
    const before = await world.bus.lastSequence();
    const own = await runSubgraph(world.deps({ experiments: fixedExperiments(DIVERSITY) }));
    const home = await own.home(PERSONA);
    expect(home.degradations).toEqual([]);
    const stored = await own.home(PERSONA);
    const onWeb = await own.home(PERSONA, { input: { device: 'WEB' } });
    world.clock.advance(DAY_MS);
    const nextDay = await own.home(PERSONA);
    await own.stop();
    const slateIds = [home, stored, onWeb, nextDay].map(({ slateId }) => slateId);

    const events = [];
    for await (const batch of world.bus.replay({
      afterSequence: before,
      types: ['SLATE_SERVED', 'EXPOSURE'],
    })) {
      for (const { event } of batch)
        if (slateIds.includes(event.slateId!)) events.push(eventSchema.parse(event));
    }
    const served = events.filter((event) => event.type === 'SLATE_SERVED');
    expect(served).toHaveLength(3);
    expect(events.filter((event) => event.type === 'EXPOSURE')).toHaveLength(2);
    const [first] = served;
    expect(first).toMatchObject({
      slateId: home.slateId,
      profileId: PERSONA,
      assignments: { diversity: 'varied' },
    });
    expect(first!.modelVersion).toBe(home.modelVersions[0]!.version);
    expect(first!.payload.featureNames).toEqual(RANKING_COLUMNS);
    const placed = home.rows.nodes.flatMap((row) =>
      row.items.nodes.slice(0, 20).map(({ title }) => title.id),
    );
    expect(first!.payload.items.map(({ titleId }) => titleId)).toEqual(placed);
    const { items, featureMatrix, featureNames } = first!.payload;
    for (const features of decodeFeatureMatrix(featureMatrix, items.length, featureNames.length)) {
      expect(features).toHaveLength(RANKING_COLUMNS.length);
    }
    for (const { propensity } of items) expect(propensity).toBeGreaterThan(0);
    expect(first!.payload.items.some(({ propensity }) => propensity < 1)).toBe(true);
  });
});

describe('whoever has watched', () => {
  test('one title is ranked by the model; before that the sources say what to show', async () => {
    const viewer = 'newcomer';
    const seed = world.catalogue.find(({ genreIds }) => genreIds[0] === 'g_western')!;
    const before = await world.bus.lastSequence();
    await world.publish([
      eventOf('PROFILE_REGISTERED', viewer, { name: 'N', segment: 'adult', region: 'US' }),
    ]);
    const own = await runSubgraph(world.deps());
    const cold = await own.home(viewer);
    await world.publish([
      eventOf('PLAY_STOP', viewer, { titleId: seed.id, watchedSeconds: 3_000, positionSeconds: 3_000 }),
    ]);
    const warm = await own.home(viewer);
    // stops when what reports a page has ended
    await own.stop();

    const served = new Map<string, readonly (number | null)[]>();
    for await (const batch of world.bus.replay({ afterSequence: before, types: ['SLATE_SERVED'] })) {
      for (const { event } of batch) {
        if (event.type !== 'SLATE_SERVED') continue;
        served.set(
          event.slateId!,
          event.payload.items.map(({ probability }) => probability ?? null),
        );
      }
    }
    expect(new Set(served.get(cold.slateId))).toEqual(new Set([null]));
    const probabilities = served.get(warm.slateId)!;
    expect(probabilities.length).toBeGreaterThan(50);
    for (const probability of probabilities) {
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThan(1);
    }
  });
});

describe('ranking for offline evaluation', () => {
  test('gives the final order without random titles, watched ones or a page, and the same again', async () => {
    const { home } = running.subgraph;
    const request = { profileId: PERSONA, k: 50, now: WORLD_NOW };
    const { titleIds, degradations } = await home.rank(request);
    expect(degradations).toEqual([]);
    expect(new Set(titleIds).size).toBe(50);
    expect((await home.rank(request)).titleIds).toEqual(titleIds);
    const excluding = await home.rank({ ...request, excludeTitleIds: titleIds.slice(0, 10) });
    expect(excluding.titleIds.filter((id) => titleIds.slice(0, 10).includes(id))).toEqual([]);
  });
});
