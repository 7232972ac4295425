import { eventOf } from '@marquee/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningSubgraph, runSubgraph } from './test/running-subgraph.ts';

let running: RunningSubgraph;
let viewers = 0;
/** A viewer nobody has heard of before, for each test. */
let ada: string;

beforeAll(async () => {
  running = await runSubgraph();
});
afterAll(() => running[Symbol.asyncDispose]());
beforeEach(() => {
  ada = `ada-${++viewers}`;
  running.reads.clear();
});

describe('lists', () => {
  const LIST = `query ($first: Int, $after: String) {
    viewer { myList(first: $first, after: $after) {
      nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }
  }`;
  const page = async (variables: Record<string, unknown>) => {
    const { data, errors } = await running.ask(LIST, { as: ada, variables });
    expect(errors).toEqual([]);
    return data.viewer.myList;
  };
  const save = async (count: number) =>
    running.happened(
      ...Array.from({ length: count }, (_, index) =>
        eventOf(
          'LIST_SAVED',
          { titleId: `title-${index + 1}` },
          { profileId: ada, occurredAt: 1_000 + index },
        ),
      ),
    );

  it('are paged newest first', async () => {
    await save(25);
    const first = await page({});
    expect(first.nodes).toHaveLength(20);
    expect(first.nodes[0]).toEqual({ id: 'title-25' });
    expect(first.edges.map((edge: { node: unknown }) => edge.node)).toEqual(first.nodes);
    expect(first.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: first.edges[0].cursor,
      endCursor: first.edges[19].cursor,
    });
    const second = await page({ after: first.pageInfo.endCursor });
    expect(second.nodes.map((node: { id: string }) => node.id)).toEqual(
      [5, 4, 3, 2, 1].map((n) => `title-${n}`),
    );
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('survive titles that leave the catalogue, on full pages, also when a whole page of them leaves', async () => {
    await save(6);
    for (const id of ['title-6', 'title-5', 'title-2']) running.titleIds.delete(id);
    try {
      const first = await page({ first: 2 });
      expect(first.nodes).toEqual([{ id: 'title-4' }, { id: 'title-3' }]);
      expect(first.pageInfo.hasNextPage).toBe(true);
      const rest = await page({ first: 10, after: first.pageInfo.endCursor });
      expect(rest.nodes).toEqual([{ id: 'title-1' }]);
      expect(rest.pageInfo.hasNextPage).toBe(false);
    } finally {
      for (const id of ['title-6', 'title-5', 'title-2']) running.titleIds.add(id);
    }
  });

  it("leave out what is above the viewer's limit, and what is left fills the pages", async () => {
    await running.happened(
      eventOf(
        'PROFILE_REGISTERED',
        { name: 'Ada', segment: 'family', maturityLimit: 'PG_13' },
        { profileId: ada },
      ),
    );
    await save(12);
    await running.happened(
      ...Array.from({ length: 12 }, (_, index) =>
        eventOf(
          'PLAY_STOP',
          { titleId: `title-${index + 1}`, watchedSeconds: 90 },
          { profileId: ada, occurredAt: 5_000 + index },
        ),
      ),
    );
    for (const n of [12, 11, 10, 8, 7, 2]) running.ratings.set(`title-${n}`, n === 8 ? 'NOT_RATED' : 'R');
    const visible = [9, 6, 5, 4, 3, 1].map((n) => `title-${n}`);
    try {
      for (const list of ['myList', 'history']) {
        const node = list === 'myList' ? 'id' : 'title { id }';
        const query = `query ($after: String) {
          viewer { list: ${list}(first: 2, after: $after) { nodes { ${node} } pageInfo { hasNextPage endCursor } } }
        }`;
        const seen: string[] = [];
        for (let after: string | null = null, more = true; more; ) {
          const { data, errors } = await running.ask(query, { as: ada, variables: { after } });
          expect(errors).toEqual([]);
          const { nodes, pageInfo } = data.viewer.list;
          expect(nodes).toHaveLength(2);
          seen.push(...nodes.map((one: { id?: string; title?: { id: string } }) => one.id ?? one.title?.id));
          after = pageInfo.endCursor;
          more = pageInfo.hasNextPage;
        }
        expect(seen).toEqual(visible);
      }
    } finally {
      running.ratings.clear();
    }
  });

  it('are read a bounded number of times, however many entries are left out', async () => {
    await save(60);
    const gone = [...running.titleIds];
    running.titleIds.clear();
    try {
      running.reads.clear();
      const first = await page({ first: 1 });
      expect(first.nodes).toEqual([]);
      expect(first.pageInfo.hasNextPage).toBe(false);
      expect(running.reads.get('myList')).toBe(2);
    } finally {
      for (const id of gone) running.titleIds.add(id);
    }
  });

  it.each([0, -1, 101])('refuse a page of %d', async (first) => {
    for (const list of ['myList', 'history', 'followedPeople']) {
      const selection = list === 'followedPeople' ? '{ id }' : '{ pageInfo { hasNextPage } }';
      const query = `query ($first: Int) { viewer { ${list}(first: $first) ${selection} } }`;
      const { data, errors } = await running.ask(query, { as: ada, variables: { first } });
      expect(errors).toMatchObject([{ code: 'BAD_USER_INPUT', field: 'first' }]);
      expect(data.viewer).toBeNull();
    }
  });

  it("refuse a cursor that is not theirs, another profile's too", async () => {
    await save(2);
    const { pageInfo } = await page({ first: 1 });
    for (const after of ['nonsense', 'x'.repeat(5_000)]) {
      const { errors } = await running.ask(LIST, { as: ada, variables: { after } });
      expect(errors).toMatchObject([{ code: 'CURSOR_INVALID', field: 'after' }]);
    }
    const stolen = await running.ask(LIST, { as: 'bob', variables: { after: pageInfo.endCursor } });
    expect(stolen.errors).toMatchObject([{ code: 'CURSOR_INVALID' }]);
  });

  it('show the history with progress', async () => {
    await running.happened(
      eventOf('PLAY_STOP', { titleId: 'title-3', watchedSeconds: 90 }, { profileId: ada, occurredAt: 5_000 }),
      eventOf('PLAY_STOP', { titleId: 'title-4', watchedSeconds: 30 }, { profileId: ada, occurredAt: 6_000 }),
    );
    const { data } = await running.ask(
      '{ viewer { history(first: 1) { nodes { title { id } progress { watchedSeconds } } edges { cursor node { title { id } } } pageInfo { hasNextPage } } } }',
      { as: ada },
    );
    expect(data.viewer.history).toMatchObject({
      nodes: [{ title: { id: 'title-4' }, progress: { watchedSeconds: 30 } }],
      edges: [{ node: { title: { id: 'title-4' } } }],
      pageInfo: { hasNextPage: true },
    });
  });
});
