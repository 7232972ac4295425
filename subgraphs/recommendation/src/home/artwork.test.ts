/** The whole way round: a picture is chosen, what was seen and begun with it is counted, and the next day is chosen by it. */
import { DAY_MS, type EventOf, HOUR_MS } from '@marquee/domain';
import { artworkEntity, artworkView, createMaterialiser, readPopularity } from '@marquee/features';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSubgraph, runSubgraph } from '../test/running-subgraph.ts';
import { createTestWorld, type TestWorld } from '../test/test-world.ts';

const VIEWER = 'persona-deep-space';
const PAGE = `{ home { slateId rows(first: 12) { nodes { items(first: 20) { nodes {
  position trackingToken title { id } artwork(width: 200) { id } } } } } } }`;
const RECORD = `mutation($events: [EventInput!]!) { recordEvents(input: { events: $events }) {
  accepted rejected { code field message } } }`;

interface Item {
  readonly trackingToken: string;
  readonly title: { readonly id: string };
  readonly artwork: { readonly id: string } | null;
}

let world: TestWorld;
let running: RunningSubgraph;
beforeAll(async () => {
  world = await createTestWorld({ profiles: 60, days: 30 });
  running = await runSubgraph(world.deps());
});
afterAll(async () => {
  await running?.stop();
  await world?.stop();
});

async function itemsOf(viewer?: string): Promise<readonly Item[]> {
  const { home } = await running.ask<{ home: { rows: { nodes: { items: { nodes: Item[] } }[] } } }>(
    PAGE,
    {},
    viewer,
  );
  return home.rows.nodes.flatMap(({ items }) => items.nodes);
}

async function counted(titleId: string, variant: number) {
  const values = new Float32Array(artworkView.fields.length);
  const [blob] = await world.store.getMany([artworkView.key(artworkEntity(titleId, variant))]);
  artworkView.decodeInto(blob, values, 0);
  const { impressionsTotal, watchesTotal } = readPopularity(values, 0, world.clock.now());
  return [impressionsTotal, watchesTotal];
}

const variantOf = ({ artwork }: Item): number => Number(artwork!.id.split('.')[0]);

test('titles with several pictures have one chosen for the viewer, the others and those of nobody their own', async () => {
  const items = await itemsOf(VIEWER);
  for (const { title, artwork } of items) {
    const { artworkVariants = 1 } = world.titles.get(title.id)!;
    expect(artwork === null).toBe(artworkVariants === 1);
    if (artwork !== null)
      expect(artwork.id).toMatch(new RegExp(`^[0-${artworkVariants - 1}]\\.200\\.${title.id}$`));
  }
  expect(new Set(items.filter(({ artwork }) => artwork !== null).map(variantOf)).size).toBe(3);
  expect((await itemsOf()).every(({ artwork }) => artwork === null)).toBe(true);
});

test('a title keeps its picture over pages, until the next day', async () => {
  const pictures = async () =>
    new Map((await itemsOf(VIEWER)).map(({ title, artwork }) => [title.id, artwork?.id]));
  const before = await pictures();
  world.clock.advance(2 * HOUR_MS);
  const after = await pictures();
  const both = [...before.keys()].filter((id) => after.has(id));
  expect(both.length).toBeGreaterThan(50);
  for (const id of both) expect(after.get(id)).toBe(before.get(id));
});

test('what was seen and begun with the chosen picture counts for it; another picture is refused, the own one teaches nothing', async () => {
  // Far down: what was begun stands in the first row.
  const item = (await itemsOf(VIEWER)).findLast((each) => each.artwork !== null && variantOf(each) > 0)!;
  const variant = variantOf(item);
  const titleId = item.title.id;
  const event = (eventId: string, type: string, artworkId: string | undefined, more: object = {}) => ({
    ...{ eventId, type, titleId, trackingToken: item.trackingToken, artworkId, ...more },
    occurredAt: new Date(world.clock.now()).toISOString(),
  });
  const other = artworkOf(titleId, variant === 1 ? 2 : 1);
  const { recordEvents } = await running.ask<{
    recordEvents: { accepted: number; rejected: { code: string; field: string }[] };
  }>(
    RECORD,
    {
      events: [
        event('seen', 'IMPRESSION', item.artwork!.id),
        event('watched', 'PLAY_STOP', item.artwork!.id, { watchedSeconds: 1_000 }),
        event('own', 'IMPRESSION', artworkOf(titleId, 0)),
        event('untold', 'IMPRESSION', undefined),
        event('other', 'IMPRESSION', other),
        event('stranger', 'IMPRESSION', artworkOf('t_alien-1979', variant)),
        event('nonsense', 'IMPRESSION', 'nonsense'),
      ],
    },
    VIEWER,
  );
  expect(recordEvents.accepted).toBe(4);
  expect(recordEvents.rejected.map(({ code, field }) => [code, field])).toEqual(
    Array.from({ length: 3 }, () => ['BAD_USER_INPUT', 'artworkId']),
  );
  expect(await counted(titleId, variant)).toEqual([1, 1]);
  expect(await counted(titleId, 0)).toEqual([0, 0]);

  // The day after, whoever chooses knows.
  world.clock.advance(DAY_MS);
  await createMaterialiser({ store: world.store, titles: world.titles }).refreshLists(world.clock.now());
  await itemsOf(VIEWER);
  const slates: EventOf<'SLATE_SERVED'>[] = [];
  for await (const batch of world.bus.replay({ types: ['SLATE_SERVED'], afterSequence: 0 })) {
    slates.push(...batch.map(({ event: each }) => each as EventOf<'SLATE_SERVED'>));
  }
  const logged = slates
    .flatMap(({ payload }) => payload.items)
    .filter(({ artwork }) => artwork !== undefined);
  expect(logged.length).toBeGreaterThan(100);
  for (const { artwork } of logged) {
    expect(artwork!.probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
    expect(artwork!.probabilities[artwork!.variant]).toBeGreaterThan(0);
  }
});

function artworkOf(titleId: string, variant: number): string {
  return `${variant}.200.${titleId}`;
}
