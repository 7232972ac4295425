/** The whole way round: a page is seen, what was seen is counted by rows, and the next pages' rows stand accordingly. */
import { DAY_MS, type EventOf, HOUR_MS, type RowKind } from '@marquee/domain';
import { DEFAULT_EXPLORATION } from '@marquee/exploration';
import { pageRowId, pageRowInSegmentView, pageRowView, readPopularity } from '@marquee/features';
import { waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSubgraph, runSubgraph } from '../test/running-subgraph.ts';
import { createTestWorld, eventOf, type TestWorld } from '../test/test-world.ts';

const VIEWER = 'persona-deep-space';
const RECORD = `mutation($events: [EventInput!]!) { recordEvents(input: { events: $events }) { accepted } }`;

let world: TestWorld;
let running: RunningSubgraph;
beforeAll(async () => {
  world = await createTestWorld({ profiles: 60, days: 30 });
  const rowOrder = { share: 0, holdout: 0 };
  running = await runSubgraph(world.deps({ exploration: { ...DEFAULT_EXPLORATION, rowOrder } }));
});
afterAll(async () => {
  await running?.stop();
  await world?.stop();
});

/** Slates are reported after the answer. */
async function rowOrderOf(slateId: string) {
  return (await servedAs(slateId)).payload.rowOrder;
}

function servedAs(slateId: string) {
  return waitUntil(
    async () => {
      for await (const batch of world.bus.replay({ types: ['SLATE_SERVED'], afterSequence: 0 })) {
        const found = batch.find(({ event }) => event.slateId === slateId);
        if (found !== undefined) return found.event as EventOf<'SLATE_SERVED'>;
      }
      return undefined;
    },
    { deadlineMs: 10_000 },
  );
}

async function countsOf(kind: RowKind, row: number) {
  const values = new Float32Array(pageRowView.fields.length);
  const [blob] = await world.store.getMany([pageRowView.key(pageRowId(kind, row))]);
  pageRowView.decodeInto(blob, values, 0);
  const { impressions7d, watches7d } = readPopularity(values, 0, world.clock.now());
  return { impressions7d, watches7d };
}

test('a look at a row and a watch that began in it count for its kind at its place, and for nothing else', async () => {
  const home = await running.home(VIEWER);
  const row = 3;
  const { kind, items } = home.rows.nodes[row]!;
  const before = await countsOf(kind as RowKind, row);
  const occurredAt = new Date(world.clock.now()).toISOString();
  const event = (type: string, place: number, more: object = {}) => ({
    eventId: `${type}-${place}`,
    type,
    occurredAt,
    titleId: items.nodes[place]!.title.id,
    trackingToken: items.nodes[place]!.trackingToken,
    ...more,
  });
  const events = [
    ...[0, 1, 2, 3].map((place) => event('IMPRESSION', place)),
    event('PLAY_START', 2, { watchedSeconds: 0 }),
    event('PLAY_PROGRESS', 2, { watchedSeconds: 1_200 }),
    event('PLAY_STOP', 2, { watchedSeconds: 3_000 }),
    // No place on a page led to it.
    { ...event('PLAY_STOP', 1, { watchedSeconds: 3_000 }), trackingToken: undefined },
  ];
  await running.ask(RECORD, { events }, VIEWER);
  const after = await countsOf(kind as RowKind, row);
  expect(after.impressions7d - before.impressions7d).toBeCloseTo(1, 3);
  expect(after.watches7d - before.watches7d).toBeCloseTo(1, 3);
  const all: string[] = [];
  for await (const keys of world.store.scan('page_row')) all.push(...keys);
  expect(all.sort()).toEqual([
    pageRowView.key(pageRowId(kind, row)),
    expect.stringContaining(pageRowInSegmentView.key(`${pageRowId(kind, row)}|`)),
  ]);
});

test('rows that are watched from go up for all that are not held out, and the log says with which probability', async () => {
  world.clock.advance(2 * HOUR_MS);
  const before = await running.home(VIEWER);
  const order = await rowOrderOf(before.slateId);
  expect(order).toMatchObject({ holdout: false });
  const open = order!.places[0]!;
  expect(before.rows.nodes[open.row]!.kind).toBe(open.rowKind);
  const last = open.options.at(-1)!.rowKind as RowKind;
  expect(last).not.toBe(open.rowKind);

  // A week of others: whoever had that kind there watched from it, whoever had another hardly did.
  const events = Array.from({ length: 400 }, (_, i) => {
    const rowKind = i % 2 === 0 ? last : open.rowKind;
    const titleId = world.catalogue[i % 50]!.id;
    const at = world.clock.now() - DAY_MS + i;
    const place = { row: open.row, position: 0 };
    const seen = eventOf('IMPRESSION', `passer-by-${i}`, { titleId, rowKind }, at);
    const watched = rowKind === last && i % 4 === 0;
    const play = { titleId, rowKind, watchedSeconds: watched ? 3_600 : 30 };
    return [
      { ...seen, ...place },
      { ...eventOf('PLAY_STOP', `passer-by-${i}`, play, at + 1), ...place },
    ];
  });
  await world.publish(events.flat());
  world.clock.advance(2 * HOUR_MS);
  const after = await running.home(VIEWER);
  expect(after.rows.nodes[open.row]!.kind).toBe(last);

  // A page that is kept would answer.
  world.clock.advance(2 * HOUR_MS);
  const heldOut = await runSubgraph(
    world.deps({ exploration: { ...DEFAULT_EXPLORATION, rowOrder: { share: 0, holdout: 1 } } }),
  );
  const byRules = await heldOut.home(VIEWER);
  const ruled = (await rowOrderOf(byRules.slateId))!;
  expect(ruled).toMatchObject({ holdout: true, places: order!.places.map(({ row }) => ({ row })) });
  // Each the one of greatest value; what others watched may have changed which one that is, but not to the least.
  for (const { row, rowKind, propensity, options } of ruled.places) {
    expect({ rowKind, propensity }).toEqual({ rowKind: options[0]!.rowKind, propensity: 1 });
    expect(byRules.rows.nodes[row]!.kind).toBe(rowKind);
  }
  expect(ruled.places[0]!.rowKind).not.toBe(last);
  await heldOut.stop();
});

test('a page of who explores nothing has no title, row or picture that was drawn', async () => {
  const off = await runSubgraph(world.deps({ exploration: { ...DEFAULT_EXPLORATION, explores: false } }));
  try {
    const itemsOf = async (subgraph: RunningSubgraph) => {
      // A page that is kept would answer.
      world.clock.advance(2 * HOUR_MS);
      const { slateId } = await subgraph.home(VIEWER);
      const served = await servedAs(slateId);
      return served.payload;
    };
    const [plain, explored] = [await itemsOf(off), await itemsOf(running)];
    expect(explored.items.some(({ propensity }) => propensity < 1)).toBe(true);
    expect(plain.items.every(({ propensity }) => propensity === 1)).toBe(true);
    expect(plain.items.flatMap(({ sources }) => sources)).not.toContain('exploration');
    expect(plain.rowOrder).toBeUndefined();
  } finally {
    await off.stop();
  }
});
