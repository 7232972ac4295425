import { HOUR_MS } from '@marquee/domain';
import { waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningSubgraph, runSubgraph, titleIdsOf } from '../test/running-subgraph.ts';
import { createTestWorld, eventOf, requestOf, type TestWorld } from '../test/test-world.ts';

let world: TestWorld;
let running: RunningSubgraph;

beforeAll(async () => {
  world = await createTestWorld({ profiles: 100, days: 40 });
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

describe('a stored slate', () => {
  test('answers again while nothing has changed, and not after an own action', async () => {
    const first = await running.home('persona-deep-space');
    world.clock.advance(30 * 60_000);
    expect((await running.home('persona-deep-space')).slateId).toBe(first.slateId);
    const [liked] = titleIdsOf(first).slice(30);
    await world.publish([
      eventOf('REACTION_SET', 'persona-deep-space', { titleId: liked!, reaction: 'LIKE' }),
    ]);
    const second = await running.home('persona-deep-space');
    expect(second.degradations).toEqual([]);
    expect(second.slateId).not.toBe(first.slateId);
    const name = world.titles.get(liked!)!.name;
    expect(second.rows.nodes.map(({ headline }) => headline)).toContain(`Because you liked ${name}`);
  });

  test('is another one for another device, filter or exclusion, and for an hour at most', async () => {
    const first = await running.home(OTHER);
    const other = await running.home(OTHER, { input: { device: 'MOBILE' } });
    expect(other.slateId).not.toBe(first.slateId);
    const excludeTitleIds = titleIdsOf(first).slice(0, 3);
    const excluding = await running.home(OTHER, { input: { excludeTitleIds } });
    expect(excluding.slateId).not.toBe(first.slateId);
    const again = await running.home(OTHER, { input: { excludeTitleIds: excludeTitleIds.toReversed() } });
    expect(again.slateId).toBe(excluding.slateId);
    world.clock.advance(HOUR_MS);
    expect((await running.home(OTHER)).slateId).not.toBe(first.slateId);
  });

  test('serves another process of the installation', async () => {
    const first = await running.home(OTHER);
    await waitUntil(async () => (await world.store.getMany([`slate:${first.slateId}`]))[0] !== undefined);
    const second = await runSubgraph(world.deps());
    expect((await second.home(OTHER)).slateId).toBe(first.slateId);
    const id = first.rows.nodes[1]!.id;
    const { row } = await second.ask<{ row: { headline: string } }>(
      'query($id: ID!) { row(id: $id) { headline } }',
      { id },
      OTHER,
    );
    expect(row.headline).toBe(first.rows.nodes[1]!.headline);
    await second.stop();
  });

  test('equal requests that come together get one slate', async () => {
    const input = { input: { device: 'TABLET' } };
    const homes = await Promise.all(Array.from({ length: 8 }, () => running.home(OTHER, input)));
    expect(new Set(homes.map(({ slateId }) => slateId)).size).toBe(1);
  });

  test('hidden titles never come back, also from the cache and inside paging', async () => {
    const viewer = 'persona-horror-nights';
    const before = await running.home(viewer, { rows: 3, items: 5 });
    const whole = await running.home(viewer);
    const victims = [
      whole.rows.nodes[0]!.items.nodes[0]!,
      whole.rows.nodes[1]!.items.nodes[7]!,
      whole.rows.nodes[4]!.items.nodes[0]!,
    ].map(({ title }) => title.id);
    await world.publish(victims.map((titleId) => eventOf('TITLE_HIDDEN', viewer, { titleId })));

    const nextRows = await running.home(viewer, { afterRow: before.rows.pageInfo.endCursor });
    expect(nextRows.slateId).toBe(before.slateId);
    const nextItems = await running.home(viewer, {
      afterItem: before.rows.nodes[1]!.items.pageInfo.endCursor,
    });
    expect(nextItems.slateId).toBe(before.slateId);
    const fresh = await running.home(viewer);
    expect(fresh.slateId).not.toBe(before.slateId);
    for (const home of [nextRows, nextItems, fresh]) {
      expect(titleIdsOf(home).filter((id) => victims.includes(id))).toEqual([]);
    }
  });

  test('paging stays inside the slate: pages put together are the whole, with nothing twice', async () => {
    const whole = await running.home(OTHER);
    const rows: string[] = [];
    let after: string | null = null;
    do {
      const page = await running.home(OTHER, { rows: 3, afterRow: after });
      expect(page.slateId).toBe(whole.slateId);
      rows.push(...page.rows.nodes.map(({ id }) => id));
      after = page.rows.pageInfo.hasNextPage ? page.rows.pageInfo.endCursor : null;
    } while (after !== null);
    expect(rows).toEqual(whole.rows.nodes.map(({ id }) => id));

    const ROW = `query($id: ID!, $after: String) { row(id: $id) { items(first: 7, after: $after) {
      nodes { position title { id } } pageInfo { hasNextPage endCursor } } } }`;
    const row = whole.rows.nodes[1]!;
    const items: string[] = [];
    let cursor: string | null = null;
    do {
      const answer: { row: { items: typeof row.items } } = await running.ask(
        ROW,
        { id: row.id, after: cursor },
        OTHER,
      );
      items.push(...answer.row.items.nodes.map(({ title }) => title.id));
      cursor = answer.row.items.pageInfo.hasNextPage ? answer.row.items.pageInfo.endCursor : null;
    } while (cursor !== null);
    expect(items).toEqual(row.items.nodes.map(({ title }) => title.id));
  });

  test('expired cursors, those of another viewer and nonsense are refused by code', async () => {
    const home = await running.home(OTHER, { rows: 2 });
    const afterRow = home.rows.pageInfo.endCursor;
    const { id } = home.rows.nodes[0]!;
    const ROW = 'query($id: ID!) { row(id: $id) { id } }';
    await expect(running.home(PERSONA, { afterRow })).rejects.toThrow('FORBIDDEN');
    await expect(running.home(undefined, { afterRow })).rejects.toThrow('FORBIDDEN');
    expect(await running.refusal(ROW, { id }, PERSONA)).toBe('FORBIDDEN');
    for (const cursor of ['', 'nonsense', 'x'.repeat(5_000), home.rows.nodes[0]!.items.pageInfo.endCursor]) {
      await expect(running.home(OTHER, { afterRow: cursor })).rejects.toThrow('CURSOR_INVALID');
    }
    expect(await running.refusal(ROW, { id: 'nonsense' }, OTHER)).toBeUndefined();
    for (const tooLong of ['x'.repeat(129), 'x'.repeat(5_000), '']) {
      const { data, errors } = await running.subgraph.execute({
        query: ROW,
        variables: { id: tooLong },
        context: requestOf(OTHER),
      });
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'id' });
      expect(data?.row).toBeNull();
    }
    world.clock.advance(HOUR_MS);
    await expect(running.home(OTHER, { afterRow })).rejects.toThrow('SLATE_EXPIRED');
    expect(await running.refusal(ROW, { id }, OTHER)).toBe('SLATE_EXPIRED');
  });
});
