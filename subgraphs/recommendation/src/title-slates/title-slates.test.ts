import { HOUR_MS } from '@marquee/domain';
import { titleNeighboursView } from '@marquee/features';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Faulty, faulty } from '../test/faults.ts';
import { type ItemAnswer, type RunningSubgraph, runSubgraph } from '../test/running-subgraph.ts';
import { createTestWorld, eventOf, requestOf, type TestWorld } from '../test/test-world.ts';

interface SlateAnswer {
  readonly slateId: string;
  readonly degradations: { code: string; step: string; component: string }[];
  readonly items: { nodes: ItemAnswer[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

const FIELDS = `slateId degradations { code step component } items(first: $first, after: $after) {
  nodes { position title { id } reason { text titles { id } people { id } } trackingToken }
  pageInfo { hasNextPage endCursor } }`;
const WATCH_NEXT = `query($id: ID!, $first: Int = 20, $after: String) { watchNext(titleId: $id, first: 60) { ${FIELDS} } }`;
const ENTITIES = `query($representations: [_Any!]!, $first: Int = 10, $after: String) {
  _entities(representations: $representations) { ... on Title { id moreLikeThis(first: 10) { ${FIELDS} } } } }`;

const VIEWER = 'persona-horror-nights';
let world: TestWorld;
let running: RunningSubgraph;
let store: Faulty<TestWorld['store']>;
let vectorIndex: Faulty<TestWorld['vectorIndex']>;
const calls = new Map<string, number>();

/** Counts calls of the real adapter. */
function counted<T extends object>(name: string, real: T): T {
  return new Proxy(real, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const call = `${name}.${String(key)}`;
        calls.set(call, (calls.get(call) ?? 0) + 1);
        return Reflect.apply(value, target, args);
      };
    },
  });
}

beforeAll(async () => {
  world = await createTestWorld({ profiles: 100, days: 30 });
  store = faulty(counted('store', world.store));
  vectorIndex = faulty(counted('vectorIndex', world.vectorIndex));
  running = await runSubgraph(world.deps({ store: store.port, vectorIndex: vectorIndex.port }));
});
afterAll(async () => {
  await running?.stop();
  await world?.stop();
});
beforeEach(() => {
  world.clock.advance(2 * HOUR_MS);
  store.fault = 'none';
  vectorIndex.fault = 'none';
});

const watchNext = async (
  id: string,
  variables: Record<string, unknown> = {},
  viewer: string | undefined = VIEWER,
) =>
  (await running.ask<{ watchNext: SlateAnswer | null }>(WATCH_NEXT, { id, ...variables }, viewer)).watchNext;
const moreLikeThis = async (ids: readonly string[], viewer: string | undefined = VIEWER) =>
  (
    await running.ask<{ _entities: { id: string; moreLikeThis: SlateAnswer | null }[] }>(
      ENTITIES,
      { representations: ids.map((id) => ({ __typename: 'Title', id })) },
      viewer,
    )
  )._entities;

test('more like this on twenty titles costs one read of the store and one batch of searches', async () => {
  const ids = world.catalogue.slice(0, 20).map(({ id }) => id);
  calls.clear();
  const answers = await moreLikeThis(ids);
  expect(calls.get('store.getMany')).toBe(1);
  expect(calls.get('vectorIndex.search')).toBe(1);
  expect(calls.get('vectorIndex.vectors')).toBe(1);
  expect(answers.map(({ id }) => id)).toEqual(ids);
  for (const [i, { moreLikeThis: slate }] of answers.entries()) {
    expect(slate!.degradations).toEqual([]);
    expect(slate!.items.nodes).toHaveLength(10);
    const shown = slate!.items.nodes.map(({ title }) => title.id);
    expect(new Set(shown).size).toBe(10);
    expect(shown).not.toContain(ids[i]);
  }
});

test('more like this is like it: most share a genre with the title', async () => {
  const [answer] = await moreLikeThis(['t_alien-1979']);
  const genres = new Set(world.titles.get('t_alien-1979')!.genreIds);
  const alike = answer!.moreLikeThis!.items.nodes.filter(({ title }) =>
    world.titles.get(title.id)!.genreIds.some((id) => genres.has(id)),
  );
  expect(alike.length).toBeGreaterThanOrEqual(7);
});

test('an unknown title has no slate, and that is no error', async () => {
  expect((await moreLikeThis(['no-such-title']))[0]!.moreLikeThis).toBeNull();
  expect(await watchNext('no-such-title')).toBeNull();
});

test('what is next is said to be watched by the same people where it is, and more of the same elsewhere', async () => {
  const ids = world.catalogue.slice(0, 400).map(({ id }) => id);
  const blobs = await world.store.getMany(ids.map((id) => titleNeighboursView.key(id)));
  const neighbours = new Map(
    ids.map((id, i) => [
      id,
      titleNeighboursView.decode(blobs[i])?.neighbours.map(({ titleId }) => titleId) ?? [],
    ]),
  );
  const byCount = ids.toSorted((one, other) => neighbours.get(one)!.length - neighbours.get(other)!.length);
  const said = new Set<string>();
  for (const id of [byCount[0]!, byCount.at(-1)!]) {
    const { name } = world.titles.get(id)!;
    for (const { title, reason } of (await watchNext(id, { first: 40 }))!.items.nodes) {
      const together = neighbours.get(id)!.includes(title.id);
      expect(reason!.text).toBe(together ? `Watched by people who watched ${name}` : `More like ${name}`);
      expect(reason!.titles).toEqual([{ id }]);
      said.add(reason!.text.split(' ')[0]!);
    }
  }
  expect([...said].sort()).toEqual(['More', 'Watched']);
});

test('watch next pages inside one slate, leaves out what was watched, and takes its tokens back', async () => {
  const first = await watchNext('t_scream-1996', { first: 5 });
  const second = await watchNext('t_scream-1996', { first: 5, after: first!.items.pageInfo.endCursor });
  const nodes = [...first!.items.nodes, ...second!.items.nodes];
  expect(nodes.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(new Set(nodes.map(({ title }) => title.id)).size).toBe(10);
  const RECORD = `mutation($events: [EventInput!]!) { recordEvents(input: { events: $events }) { accepted } }`;
  const [item] = nodes;
  const answer = await running.ask<{ recordEvents: { accepted: number } }>(
    RECORD,
    {
      events: [
        {
          eventId: 'after-scream',
          type: 'PLAY_STOP',
          occurredAt: new Date(world.clock.now()).toISOString(),
          titleId: item!.title.id,
          trackingToken: item!.trackingToken,
          watchedSeconds: 6_000,
        },
      ],
    },
    VIEWER,
  );
  expect(answer.recordEvents.accepted).toBe(1);
  const again = await watchNext('t_scream-1996', { first: 60 });
  expect(again!.items.nodes.map(({ title }) => title.id)).not.toContain(item!.title.id);
});

test('paging ends with the slate as it was asked for, not with all that is kept of it', async () => {
  const shown: string[] = [];
  let after: string | null = null;
  do {
    const page: SlateAnswer = (await watchNext('t_scream-1996', { first: 25, after }))!;
    shown.push(...page.items.nodes.map(({ title }) => title.id));
    after = page.items.pageInfo.hasNextPage ? page.items.pageInfo.endCursor : null;
  } while (after !== null);
  expect(shown).toHaveLength(60);
  expect(new Set(shown).size).toBe(60);
});

test('a cursor goes on in its own list alone: not in that of another surface, title or viewer, nor on a page', async () => {
  const after = (await watchNext('t_saw-2004', { first: 5 }))!.items.pageInfo.endCursor;
  const similar = (
    await running.ask<{ _entities: { moreLikeThis: SlateAnswer }[] }>(
      ENTITIES,
      { representations: [{ __typename: 'Title', id: 't_saw-2004' }], first: 5 },
      VIEWER,
    )
  )._entities[0]!.moreLikeThis.items.pageInfo.endCursor;
  const home = await running.home(VIEWER, { rows: 1, items: 5 });
  const pageCursor = home.rows.nodes[0]!.items.pageInfo.endCursor;
  const ofTitle = (id: string, cursor: string | null) => ({
    representations: [{ __typename: 'Title', id }],
    first: 5,
    after: cursor,
  });
  const cases: [string, Record<string, unknown>, string | undefined][] = [
    [WATCH_NEXT, { id: 't_scream-1996', after }, VIEWER],
    [WATCH_NEXT, { id: 't_saw-2004', after }, 'persona-classic-drama'],
    [WATCH_NEXT, { id: 't_saw-2004', after }, undefined],
    [WATCH_NEXT, { id: 't_saw-2004', after: similar }, VIEWER],
    [WATCH_NEXT, { id: 't_saw-2004', after: pageCursor }, VIEWER],
    [ENTITIES, ofTitle('t_saw-2004', after), VIEWER],
    [ENTITIES, ofTitle('t_scream-1996', similar), VIEWER],
    [
      'query($after: String) { home { rows { nodes { items(after: $after) { nodes { position } } } } } }',
      { after },
      VIEWER,
    ],
  ];
  for (const [query, variables, viewer] of cases) {
    expect(await running.refusal(query, variables, viewer)).toBe('CURSOR_INVALID');
  }
  expect(await running.refusal(ENTITIES, ofTitle('t_saw-2004', similar), VIEWER)).toBeUndefined();
});

test('a series that the viewer is in the middle of goes on first', async () => {
  const series = {
    ...world.catalogue[3]!,
    id: 'a-series',
    name: 'A Series',
    kind: 'SERIES' as const,
    runtimeMinutes: 600,
  };
  world.titles.put([series]);
  await world.publish([
    eventOf(
      'PLAY_STOP',
      VIEWER,
      { titleId: 'a-series', watchedSeconds: 2_400, positionSeconds: 2_400 },
      world.clock.now(),
    ),
  ]);
  const [first] = (await watchNext('a-series'))!.items.nodes;
  expect(first!.title.id).toBe('a-series');
  expect(first!.reason!.text).toBe('Continue A Series');
  world.titles.remove(['a-series']);
});

test('hidden titles stay away, also from a slate made before', async () => {
  const before = await watchNext('t_saw-2004', { first: 5 });
  const victim = (await watchNext('t_saw-2004', { first: 10 }))!.items.nodes[7]!.title.id;
  await world.publish([eventOf('TITLE_HIDDEN', VIEWER, { titleId: victim })]);
  const rest = await watchNext('t_saw-2004', { first: 60, after: before!.items.pageInfo.endCursor });
  const fresh = await watchNext('t_saw-2004', { first: 60 });
  for (const slate of [rest, fresh])
    expect(slate!.items.nodes.map(({ title }) => title.id)).not.toContain(victim);
});

test.each(['rejects', 'hangs'] as const)(
  'without store or vectors (%s) there is still a list, and it says what is missing',
  async (fault) => {
    vectorIndex.fault = fault;
    const withoutVectors = await watchNext('t_saw-2004');
    expect(withoutVectors!.degradations).toEqual([
      { code: 'SOURCE_OMITTED', step: 'WITHOUT_SOURCE', component: 'content-similarity' },
    ]);
    store.fault = fault;
    const withoutBoth = await watchNext('t_saw-2004');
    expect(withoutBoth!.degradations.map(({ component }) => component)).toEqual([
      'co-watch',
      'content-similarity',
    ]);
    for (const slate of [withoutVectors, withoutBoth]) expect(slate!.items.nodes.length).toBeGreaterThan(5);
  },
);

test('arguments outside their bounds are refused', async () => {
  const execute = (query: string) => running.subgraph.execute({ query, context: requestOf(VIEWER) });
  for (const query of [
    '{ watchNext(titleId: "t_saw-2004", first: 0) { slateId } }',
    '{ watchNext(titleId: "t_saw-2004", first: 101) { slateId } }',
    `{ watchNext(titleId: "${'x'.repeat(129)}") { slateId } }`,
  ]) {
    const { data, errors } = await execute(query);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    expect(data?.watchNext).toBeNull();
  }
});
