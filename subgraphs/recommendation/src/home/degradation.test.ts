import { HOUR_MS, maturityLevel } from '@marquee/domain';
import { createTitleTable } from '@marquee/features';
import { createMetrics } from '@marquee/service-kit/service';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Fault, faulty } from '../test/faults.ts';
import { type RunningSubgraph, runSubgraph, titleIdsOf } from '../test/running-subgraph.ts';
import { createTestWorld, eventOf, type TestWorld } from '../test/test-world.ts';

const PERSONA = 'persona-nineties-action';
const FAULTS: Fault[] = ['rejects', 'hangs'];
/** Hangs are waited for, so less than elsewhere. */
const PATIENCE = 3;

let world: TestWorld;
let running: RunningSubgraph;

function makeFaulty() {
  const deps = world.deps();
  return {
    store: faulty(deps.store),
    vectorIndex: faulty(deps.vectorIndex),
    modelRuntime: faulty(deps.modelRuntime),
    bus: faulty(deps.bus),
    names: faulty(deps.names),
  };
}
let parts: ReturnType<typeof makeFaulty>;
let experimentsFail = false;

beforeAll(async () => {
  world = await createTestWorld({ profiles: 120, days: 40 });
  parts = makeFaulty();
  const { experiments } = world.deps();
  running = await runSubgraph(
    world.deps({
      patience: PATIENCE,
      store: parts.store.port,
      vectorIndex: parts.vectorIndex.port,
      modelRuntime: parts.modelRuntime.port,
      bus: parts.bus.port,
      names: parts.names.port,
      experiments: {
        current: () => {
          if (experimentsFail) throw new Error('taken away by a test');
          return experiments.current();
        },
      },
    }),
  );
  // The process has served somebody: it knows what is popular.
  await running.home('somebody-else');
});
afterAll(async () => {
  await running?.stop();
  await world?.stop();
});
afterEach(() => {
  for (const part of Object.values(parts)) part.fault = 'none';
  experimentsFail = false;
  // No slate of one test answers another.
  world.clock.advance(2 * HOUR_MS);
});

describe.each(FAULTS)('a dependency that %s', (fault) => {
  test('vector index: the page is made without content similarity, and says so', async () => {
    parts.vectorIndex.fault = fault;
    const home = await running.home(PERSONA);
    const omitted = home.degradations
      .filter(({ code }) => code === 'SOURCE_OMITTED')
      .map(({ component }) => component);
    expect(omitted).toEqual(expect.arrayContaining(['content-similarity', 'similar-to-seeds']));
    expect(home.degradations.every(({ step }) => step === 'WITHOUT_SOURCE')).toBe(true);
    expect(home.rows.nodes.length).toBeGreaterThanOrEqual(8);
    expect(home.modelVersions).toHaveLength(1);
  });

  test('model runtime: titles are ordered by their sources, and the answer says so', async () => {
    parts.modelRuntime.fault = fault;
    const home = await running.home(PERSONA);
    expect(home.degradations).toMatchObject([
      { code: 'RANKER_UNAVAILABLE', step: 'WITHOUT_RANKER', component: 'ranking-model' },
    ]);
    expect(home.modelVersions).toEqual([]);
    expect(home.rows.nodes.length).toBeGreaterThanOrEqual(8);
  });

  test('store, with a page served before: the cached slate answers, without what was hidden by then', async () => {
    const before = await running.home(PERSONA);
    parts.store.fault = fault;
    const home = await running.home(PERSONA);
    expect(home.slateId).toBe(before.slateId);
    expect(home.degradations).toMatchObject([
      { code: 'PROFILE_STATE_UNAVAILABLE', step: 'CACHED_SLATE', component: 'profile-state' },
    ]);
    expect(titleIdsOf(home)).toEqual(titleIdsOf(before));
  });

  test('store, without a page served before: what is popular answers, within the strictest limit', async () => {
    parts.store.fault = fault;
    const home = await running.home(`never-served-${fault}`);
    expect(home.degradations[0]).toMatchObject({ step: 'POPULAR_IN_SEGMENT', component: 'profile-state' });
    expect(titleIdsOf(home).length).toBeGreaterThan(40);
    for (const id of titleIdsOf(home)) {
      expect(maturityLevel(world.titles.get(id)!.maturityRating)).toBeLessThanOrEqual(maturityLevel('PG'));
    }
    expect(
      (await running.home(undefined, { input: { device: 'TV' } })).rows.nodes.length,
    ).toBeGreaterThanOrEqual(8);
  });

  test('store, in a process that has never read it: the editorial page answers', async () => {
    parts.store.fault = fault;
    const cold = await runSubgraph(world.deps({ store: parts.store.port, patience: PATIENCE }));
    const home = await cold.home(PERSONA);
    expect(home.degradations[0]).toMatchObject({ step: 'STATIC_EDITORIAL', component: 'profile-state' });
    expect(home.rows.nodes.map(({ kind }) => kind)).toContain('EDITORIAL');
    expect(home.rows.nodes.length).toBeGreaterThanOrEqual(4);
    parts.store.fault = 'none';
    await cold.stop();
  });

  test('bus: the page is whole', async () => {
    parts.bus.fault = fault;
    const home = await running.home(PERSONA);
    expect(home.degradations).toEqual([]);
    expect(home.rows.nodes.length).toBeGreaterThanOrEqual(8);
  });

  test('names: genre rows keep the names last known, and the answer says so', async () => {
    parts.names.fault = fault;
    // Somebody followed whose name the process has not read yet.
    const personId = world.people[fault === 'hangs' ? 40 : 41]!.id;
    await world.publish([eventOf('PERSON_FOLLOWED', PERSONA, { personId })]);
    const home = await running.home(PERSONA);
    expect(home.degradations).toMatchObject([{ code: 'NAMES_UNAVAILABLE', component: 'names' }]);
    expect(home.rows.nodes.filter(({ kind }) => kind === 'GENRE').length).toBeGreaterThanOrEqual(1);
  });

  test('everything at once: there are rows, within the time of a request', async () => {
    for (const part of Object.values(parts)) part.fault = fault;
    experimentsFail = true;
    const startedAt = performance.now();
    const home = await running.home(`nobody-${fault}`);
    expect(performance.now() - startedAt).toBeLessThan(400 * PATIENCE + 500);
    expect(home.rows.nodes.length).toBeGreaterThanOrEqual(4);
    expect(home.degradations[0]!.step).toBe('POPULAR_IN_SEGMENT');
  });
});

test('experiments that cannot be read leave the page without them, and the answer says so', async () => {
  experimentsFail = true;
  const home = await running.home(PERSONA);
  expect(home.degradations).toMatchObject([
    { code: 'EXPERIMENTS_UNAVAILABLE', component: 'experiment-assignment' },
  ]);
  expect(home.rows.nodes.length).toBeGreaterThanOrEqual(8);
});

test('every page is counted by the step of the ladder that served it, and a rehearsal is none', async () => {
  const metrics = createMetrics('test');
  const own = await runSubgraph(
    world.deps({
      store: parts.store.port,
      vectorIndex: parts.vectorIndex.port,
      modelRuntime: parts.modelRuntime.port,
      patience: PATIENCE,
      metrics,
    }),
  );
  await own.home(PERSONA);
  await own.home(PERSONA);
  parts.vectorIndex.fault = 'rejects';
  await own.home(PERSONA, { input: { device: 'WEB' } });
  parts.modelRuntime.fault = 'rejects';
  await own.home(PERSONA, { input: { device: 'TV' } });
  parts.store.fault = 'rejects';
  await own.home(PERSONA);
  await own.home('never-served');
  const { body } = await metrics.exposition();
  const counts = [...body.matchAll(/^marquee_home_pages_total\{step="(\w+)",service="test"\} (\d+)$/gm)];
  expect(counts.map(([, step, count]) => `${step} ${count}`)).toEqual([
    'full 2',
    'without_source 1',
    'without_ranker 1',
    'cached_slate 1',
    'popular_in_segment 1',
  ]);
  parts.store.fault = 'none';
  await own.stop();
});

test('a page made without some part is not kept for the next request', async () => {
  parts.modelRuntime.fault = 'rejects';
  const without = await running.home(PERSONA);
  parts.modelRuntime.fault = 'none';
  const whole = await running.home(PERSONA);
  expect(whole.slateId).not.toBe(without.slateId);
  expect(whole.degradations).toEqual([]);
});

test('a title hidden while the store was well stays away from the page served when it is not', async () => {
  const [victim] = titleIdsOf(await running.home('persona-horror-nights')).slice(20);
  await world.publish([eventOf('TITLE_HIDDEN', 'persona-horror-nights', { titleId: victim! })]);
  await running.home('persona-horror-nights', { input: { device: 'WEB' } });
  parts.store.fault = 'rejects';
  for (const input of [{ device: 'WEB' }, { device: 'MOBILE' }, {}]) {
    expect(titleIdsOf(await running.home('persona-horror-nights', { input }))).not.toContain(victim);
  }
});

test('a title hidden a moment ago, through another process, stays away from the page of a store that is slow', async () => {
  const viewer = 'persona-horror-nights';
  const [first, second] = titleIdsOf(await running.home(viewer));
  await world.publish([eventOf('TITLE_HIDDEN', viewer, { titleId: first! })]);
  parts.store.fault = 'late';
  expect(titleIdsOf(await running.home(viewer))).not.toContain(first);
  await world.publish([eventOf('TITLE_HIDDEN', viewer, { titleId: second! })]);
  expect(titleIdsOf(await running.home(viewer))).not.toContain(second);
});

test('a catalogue without ratings still gives rows when nothing is known about the viewer', async () => {
  const unrated = createTitleTable(
    world.catalogue.map((title) => ({ ...title, maturityRating: 'NOT_RATED' })),
  );
  const own = await runSubgraph(world.deps({ titles: unrated, store: parts.store.port }));
  parts.store.fault = 'rejects';
  expect((await own.home(PERSONA)).rows.nodes.length).toBeGreaterThanOrEqual(4);
  parts.store.fault = 'none';
  await own.stop();
});

test('a bug in a stage does not empty the page: the next step of the ladder answers', async () => {
  const before = await running.home(PERSONA);
  const own = await runSubgraph(
    world.deps({
      names: {
        genreNames: () => Promise.reject(new TypeError('a bug')),
        personNames: () => Promise.reject(new TypeError('a bug')),
      },
      store: parts.store.port,
    }),
  );
  const home = await own.home(PERSONA, { input: { device: 'WEB' } });
  expect(home.degradations[0]).toMatchObject({ code: 'PIPELINE_FAILED', component: 'names' });
  expect(home.rows.nodes.length).toBeGreaterThanOrEqual(3);
  expect(before.degradations).toEqual([]);
  await own.stop();
});
