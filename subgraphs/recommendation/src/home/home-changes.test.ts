/** `homeChanged`: a viewer hears of the page that his own feedback has made, once, and of nothing else. */
import type { SubgraphEvents } from '@marquee/service-kit/subgraph';
import { waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HomeAnswer, type RunningSubgraph, runSubgraph, titleIdsOf } from '../test/running-subgraph.ts';
import { createTestWorld, eventOf, requestOf, type TestWorld } from '../test/test-world.ts';

const PERSONA = 'persona-nineties-action';
const OTHER = 'persona-classic-drama';
const CHANGED = `subscription { homeChanged {
  slateId generatedAt rows(first: 30) { nodes { headline items(first: 40) { nodes { title { id } } } } }
} }`;

let world: TestWorld;
let running: RunningSubgraph;
beforeAll(async () => {
  world = await createTestWorld({ profiles: 60, days: 20 });
  running = await runSubgraph(world.deps());
});
afterAll(async () => {
  await running?.stop();
  await world?.stop();
});

async function subscribe(profileId?: string, lastEventId?: string, from = running) {
  const context = { ...requestOf(profileId), ...(lastEventId === undefined ? {} : { lastEventId }) };
  const begun = await from.subgraph.execute.subscribe!({ query: CHANGED, context });
  if (!('next' in begun)) return { refusal: begun.errors?.[0]?.extensions.code, end: async () => undefined };
  const pages: HomeAnswer[] = [];
  const ids = [begun.eventId];
  const taken = take(begun, pages, ids);
  const end = async (): Promise<void> => {
    await begun.return?.();
    await taken;
  };
  return { pages, ids, end };
}

async function take(events: SubgraphEvents, into: HomeAnswer[], ids: (string | undefined)[]): Promise<void> {
  for (;;) {
    const { done, value } = await events.next();
    if (done || value === undefined) return;
    ids.push(value.eventId);
    into.push((JSON.parse(JSON.stringify(value.data)) as { homeChanged: HomeAnswer }).homeChanged);
  }
}

describe('homeChanged', () => {
  test('brings the page without what was hidden, and the same that the next request gets', async () => {
    const mine = await subscribe(PERSONA);
    const others = await subscribe(OTHER);
    const before = await running.home(PERSONA);
    const [hidden] = titleIdsOf(before).slice(-1);
    await world.publish([eventOf('TITLE_HIDDEN', PERSONA, { titleId: hidden! })]);
    await waitUntil(() => mine.pages?.length === 1, { deadlineMs: 10_000 });
    const [page] = mine.pages!;
    expect(titleIdsOf(page!)).not.toContain(hidden);
    expect((await running.home(PERSONA)).slateId).toBe(page!.slateId);
    expect(others.pages).toEqual([]);
    await mine.end();
    await others.end();
  });

  test('says nothing of what changes no page', async () => {
    const mine = await subscribe(OTHER);
    await running.home(OTHER);
    const shown = titleIdsOf(await running.home(OTHER));
    const unseen = [...world.catalogue].map(({ id }) => id).filter((id) => !shown.includes(id));
    await world.publish([eventOf('TITLE_UNHIDDEN', OTHER, { titleId: unseen[0]! })]);
    // Comes after it, and is told: so the one before was looked at.
    await world.publish([eventOf('TITLE_HIDDEN', OTHER, { titleId: shown.at(-1)! })]);
    await waitUntil(() => (mine.pages?.length ?? 0) > 0, { deadlineMs: 10_000 });
    for (const page of mine.pages!) expect(titleIdsOf(page)).not.toEqual(shown);
    await mine.end();
  });

  test('goes on in another process from the last page told, and tells there what was missed, once', async () => {
    const other = await runSubgraph(world.deps());
    const mine = await subscribe(PERSONA);
    await mine.end();
    const [before] = mine.ids!;
    const unchanged = await subscribe(PERSONA, before, other);
    const hidden = titleIdsOf(await running.home(PERSONA)).at(-1)!;
    await world.publish([eventOf('TITLE_HIDDEN', PERSONA, { titleId: hidden })]);
    const late = await subscribe(PERSONA, before, other);
    for (const { pages } of [unchanged, late]) {
      await waitUntil(() => pages?.length === 1, { deadlineMs: 10_000 });
      expect(titleIdsOf(pages![0]!)).not.toContain(hidden);
    }
    expect(late.ids!.at(-1)).toBe(unchanged.ids!.at(-1));
    const upToDate = await subscribe(PERSONA, late.ids!.at(-1), other);
    const next = titleIdsOf(await running.home(PERSONA)).at(-1)!;
    await world.publish([eventOf('TITLE_HIDDEN', PERSONA, { titleId: next })]);
    await waitUntil(() => upToDate.pages?.length === 1, { deadlineMs: 10_000 });
    expect(titleIdsOf(upToDate.pages![0]!)).not.toContain(next);
    for (const each of [unchanged, late, upToDate]) await each.end();
    await other.stop();
  });

  test('is for somebody, and at most five times at once', async () => {
    expect((await subscribe()).refusal).toBe('UNAUTHENTICATED');
    const open = await Promise.all(Array.from({ length: 5 }, () => subscribe(PERSONA)));
    expect((await subscribe(PERSONA)).refusal).toBe('RATE_LIMITED');
    await open[0]!.end();
    const again = await subscribe(PERSONA);
    expect(again.refusal).toBeUndefined();
    for (const each of [...open, again]) await each.end();
  });
});

describe('a page asked for in two lists of rows', () => {
  test('has every row once', async () => {
    const { home } = await running.ask<{
      home: Record<'all' | 'first' | 'later', { nodes: { id: string }[] }>;
    }>(
      `{ home { all: rows(first: 30) { nodes { id } } first: rows(first: 3) { nodes { id } }
         later: rows(first: 27, skip: 3) { nodes { id } } } }`,
      {},
      PERSONA,
    );
    expect(home.first.nodes).toHaveLength(3);
    expect([...home.first.nodes, ...home.later.nodes]).toEqual(home.all.nodes);
  });
});
