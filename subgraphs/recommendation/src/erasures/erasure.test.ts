import { DAY_MS, HOUR_MS } from '@marquee/domain';
import { waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Faulty, faulty } from '../test/faults.ts';
import { type ItemAnswer, type RunningSubgraph, runSubgraph, titleIdsOf } from '../test/running-subgraph.ts';
import { createTestWorld, eventOf, type TestWorld } from '../test/test-world.ts';

const ROW = 'query($id: ID!) { row(id: $id) { id } }';
const WATCH_NEXT = `query($id: ID!, $after: String) { watchNext(titleId: $id) { slateId items(first: 5, after: $after) {
  nodes { trackingToken title { id } } pageInfo { endCursor } } } }`;
const MORE_LIKE_THIS = `query($id: ID!, $after: String) { _entities(representations: [{ __typename: "Title", id: $id }]) {
  ... on Title { moreLikeThis { slateId items(first: 5, after: $after) { pageInfo { endCursor } } } } } }`;
const RECORD = `mutation($events: [EventInput!]!) { recordEvents(input: { events: $events }) {
  accepted rejected { code field } } }`;
const TITLE = 't_alien-1979';

interface SlateAnswer {
  slateId: string;
  items: { nodes: ItemAnswer[]; pageInfo: { endCursor: string } };
}

let world: TestWorld;
let running: RunningSubgraph;
/** Another process of the installation: it shares the log and the store, and nothing else. */
let other: RunningSubgraph;
let store: Faulty<TestWorld['store']>;

beforeAll(async () => {
  world = await createTestWorld({ profiles: 60, days: 30 });
  store = faulty(world.store);
  running = await runSubgraph(world.deps({ store: store.port }));
  other = await runSubgraph(world.deps());
});
afterAll(async () => {
  await other?.stop();
  await running?.stop();
  await world?.stop();
});
beforeEach(() => {
  world.clock.advance(2 * HOUR_MS);
  store.fault = 'none';
});

const erase = (profileId: string) =>
  world.publish([eventOf('PROFILE_ERASED', profileId, {}, world.clock.now())]);
const like = (profileId: string) =>
  world.publish([
    eventOf('REACTION_SET', profileId, { titleId: TITLE, reaction: 'LIKE' }, world.clock.now()),
  ]);

/** Everything of a viewer that can be reached again: a page, its rows and cursors, slates about a title. */
async function browse(viewer: string) {
  const home = await running.home(viewer, { rows: 3, items: 5 });
  const { watchNext } = await running.ask<{ watchNext: SlateAnswer }>(WATCH_NEXT, { id: TITLE }, viewer);
  const { _entities } = await running.ask<{ _entities: { moreLikeThis: SlateAnswer }[] }>(
    MORE_LIKE_THIS,
    { id: TITLE },
    viewer,
  );
  const slateIds = [home.slateId, watchNext.slateId, _entities[0]!.moreLikeThis.slateId];
  await waitUntil(async () => {
    const stored = await world.store.getMany(slateIds.map((id) => `slate:${id}`));
    return stored.every((blob) => blob !== undefined);
  });
  const rows = { query: ROW, variables: { id: home.rows.nodes[1]!.id } };
  const watchNextPage = {
    query: WATCH_NEXT,
    variables: { id: TITLE, after: watchNext.items.pageInfo.endCursor },
  };
  const moreLikeThisPage = {
    query: MORE_LIKE_THIS,
    variables: { id: TITLE, after: _entities[0]!.moreLikeThis.items.pageInfo.endCursor },
  };
  const homePage = {
    query: 'query($after: String) { home { rows(after: $after) { nodes { id } } } }',
    variables: { after: home.rows.pageInfo.endCursor },
  };
  return {
    home,
    item: home.rows.nodes[1]!.items.nodes[0]!,
    pages: [rows, watchNextPage, moreLikeThisPage, homePage],
  };
}

const refusals = (
  subgraph: RunningSubgraph,
  pages: Awaited<ReturnType<typeof browse>>['pages'],
  viewer: string,
) => Promise.all(pages.map(({ query, variables }) => subgraph.refusal(query, variables, viewer)));

describe('after an erasure', () => {
  test.each([
    ['nothing', false],
    ['the first action of a new life', true],
  ])('slates from before it are gone at once, in every process, also after %s', async (_what, lives) => {
    const viewer = lives ? 'persona-deep-space' : 'persona-horror-nights';
    const { home, pages } = await browse(viewer);
    for (const subgraph of [running, other]) {
      expect(await refusals(subgraph, pages, viewer)).toEqual([undefined, undefined, undefined, undefined]);
    }
    await erase(viewer);
    if (lives) await like(viewer);
    const late = await runSubgraph(world.deps());
    for (const subgraph of [running, other, late]) {
      expect(await refusals(subgraph, pages, viewer)).toEqual(Array(4).fill('SLATE_EXPIRED'));
      expect((await subgraph.home(viewer)).slateId).not.toBe(home.slateId);
    }
    await late.stop();
  });

  test('pages of the new life can be paged in, also after further actions', async () => {
    const viewer = 'persona-classic-drama';
    await erase(viewer);
    const { pages } = await browse(viewer);
    await like(viewer);
    for (const subgraph of [running, other]) {
      expect(await refusals(subgraph, pages, viewer)).toEqual([undefined, undefined, undefined, undefined]);
    }
  });

  test("somebody else's slates stay", async () => {
    const { pages } = await browse('persona-nineties-action');
    await erase('somebody-else');
    expect(await refusals(running, pages, 'persona-nineties-action')).toEqual(Array(4).fill(undefined));
  });

  test('the page from before it is not what the ladder falls back to', async () => {
    const viewer = 'persona-family-night';
    const before = await running.home(viewer);
    expect(before.degradations).toEqual([]);
    await erase(viewer);
    store.fault = 'rejects';
    await waitUntil(async () => (await running.home(viewer)).slateId !== before.slateId);
    const after = await running.home(viewer);
    expect(after.degradations[0]!.step).toBe('POPULAR_IN_SEGMENT');
    expect(titleIdsOf(after)).not.toEqual(titleIdsOf(before));
  });

  test('events from before it, and tokens of its pages, are refused and not in the log', async () => {
    const viewer = 'persona-art-house';
    const { item } = await browse(viewer);
    const before = world.clock.now();
    world.clock.advance(60_000);
    await erase(viewer);
    const last = await world.bus.lastSequence();
    const event = (eventId: string, parts: Record<string, unknown>) => ({
      eventId,
      type: 'PLAY_PROGRESS',
      occurredAt: new Date(world.clock.now()).toISOString(),
      titleId: item.title.id,
      watchedSeconds: 600,
      ...parts,
    });
    for (const subgraph of [running, other]) {
      const { recordEvents } = await subgraph.ask<{ recordEvents: unknown }>(
        RECORD,
        {
          events: [
            event('late', { occurredAt: new Date(before).toISOString() }),
            event('a-millisecond-late', { occurredAt: new Date(world.clock.now() - 1).toISOString() }),
            event('with-a-token', { trackingToken: item.trackingToken }),
          ],
        },
        viewer,
      );
      expect(recordEvents).toEqual({
        accepted: 0,
        rejected: [
          { code: 'BEFORE_ERASURE', field: 'occurredAt' },
          { code: 'BEFORE_ERASURE', field: 'occurredAt' },
          { code: 'SLATE_EXPIRED', field: 'trackingToken' },
        ],
      });
    }
    for await (const batch of world.bus.replay({ afterSequence: last })) {
      expect(
        batch.filter(({ event: { profileId, type } }) => profileId === viewer && type.startsWith('PLAY')),
      ).toEqual([]);
    }
    const { recordEvents } = await running.ask<{ recordEvents: unknown }>(
      RECORD,
      {
        events: [
          event('now', {}),
          event('later', {
            trackingToken: (await browse(viewer)).item.trackingToken,
            titleId: (await browse(viewer)).item.title.id,
          }),
        ],
      },
      viewer,
    );
    expect(recordEvents).toEqual({ accepted: 2, rejected: [] });
  });

  test('the barrier outlives the processes that saw it', async () => {
    const viewer = 'persona-western';
    await erase(viewer);
    const at = world.clock.now();
    await waitUntil(async () => (await world.store.checkpoint('recommendation-erasures')) > 0);
    world.clock.advance(3 * DAY_MS);
    const next = await runSubgraph(world.deps());
    const { recordEvents } = await next.ask<{ recordEvents: unknown }>(
      RECORD,
      {
        events: [
          {
            eventId: 'from-a-drawer',
            type: 'PLAY_STOP',
            occurredAt: new Date(at - 1).toISOString(),
            titleId: TITLE,
            watchedSeconds: 900,
          },
        ],
      },
      viewer,
    );
    expect(recordEvents).toMatchObject({ accepted: 0, rejected: [{ code: 'BEFORE_ERASURE' }] });
    await next.stop();
  });
});
