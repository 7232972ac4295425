import { DAY_MS, HOUR_MS } from '@marquee/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContentFixture, contentFixture, GENRES, NOW, PEOPLE, title } from './test/content-fixture.ts';

const TITLES = [
  title('t_alien', {
    name: 'Alien',
    synopsis: 'In space.',
    releaseYear: 1979,
    maturityRating: 'R',
    genreIds: ['g_horror', 'g_drama'],
    directorIds: ['p_1'],
    castIds: ['p_2', 'p_1'],
    studio: 'Fox',
    averageScore: 8.5,
    scoreCount: 100,
  }),
  title('t_amelie', { name: 'Amélie', releaseYear: 2001, genreIds: ['g_comedy'], maturityRating: 'R' }),
  title('t_babe', {
    name: 'Babe',
    releaseYear: 1995,
    genreIds: ['g_comedy'],
    maturityRating: 'G',
    runtimeMinutes: 92,
  }),
  title('t_series', { name: 'Castle', kind: 'SERIES', directorIds: ['p_1'] }),
  title('t_gone', { name: 'Gone', availability: [{ from: 0, to: NOW }] }),
  title('t_soon', { name: 'Soon', availability: [{ from: NOW + HOUR_MS }] }),
  title('t_unrated', { name: 'Unrated', maturityRating: 'NOT_RATED' }),
];

const LIST = /* GraphQL */ `
  query List($filter: TitleFilter, $search: String, $first: Int, $after: String) {
    titles(filter: $filter, search: $search, first: $first, after: $after) {
      edges { cursor node { id } }
      nodes { id }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`;

describe('the content subgraph', () => {
  let content: ContentFixture;
  beforeAll(async () => {
    content = await contentFixture({ genres: GENRES, people: PEOPLE, titles: TITLES });
  });
  afterAll(() => content.stop());

  const listed = async (variables: Record<string, unknown>): Promise<string[]> => {
    const { data, errors } = await content.run(LIST, variables);
    expect(errors).toBeUndefined();
    return data.titles.nodes.map(({ id }: { id: string }) => id);
  };
  const refused = async (query: string, variables?: Record<string, unknown>) => {
    const { errors } = await content.run(query, variables);
    expect(errors).toHaveLength(1);
    return { message: errors?.[0]?.message, ...errors?.[0]?.extensions };
  };

  it('tells everything about one title', async () => {
    const { data, errors } = await content.run(/* GraphQL */ `
      { title(id: "t_alien") {
        id name kind synopsis releaseYear addedAt runtimeMinutes maturityRating studio averageScore scoreCount
        genres { id name } directors { id name } cast { name } isAvailable availableUntil
      } }
    `);
    expect(errors).toBeUndefined();
    expect(data.title).toEqual({
      id: 't_alien',
      name: 'Alien',
      kind: 'MOVIE',
      synopsis: 'In space.',
      releaseYear: 1979,
      addedAt: '2026-02-28T12:00:00.000Z',
      runtimeMinutes: 100,
      maturityRating: 'R',
      studio: 'Fox',
      averageScore: 8.5,
      scoreCount: 100,
      genres: [
        { id: 'g_horror', name: 'Horror' },
        { id: 'g_drama', name: 'Drama' },
      ],
      directors: [{ id: 'p_1', name: 'Person 1' }],
      cast: [{ name: 'Person 2' }, { name: 'Person 1' }],
      isAvailable: true,
      availableUntil: null,
    });
  });

  it('answers null without an error for what does not exist', async () => {
    const { data, errors } = await content.run('{ title(id: "nope") { id } person(id: "nope") { id } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ title: null, person: null });
  });

  it('answers null for unknown entities and keeps the others in their places', async () => {
    const { data, errors } = await content.run(
      `query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on Title { name } ... on Genre { name } ... on Person { name } } }`,
      {
        r: [
          { __typename: 'Title', id: 'nope' },
          { __typename: 'Title', id: 't_babe' },
          { __typename: 'Title', id: 'x'.repeat(5_000) },
          { __typename: 'Title', id: '' },
          { __typename: 'Genre', id: 'g_drama' },
          { __typename: 'Genre', id: 'nope' },
          { __typename: 'Person', id: 'nope' },
          { __typename: 'Person', id: 'p_3' },
        ],
      },
    );
    expect(errors).toBeUndefined();
    expect(data._entities).toEqual([
      null,
      { __typename: 'Title', name: 'Babe' },
      null,
      null,
      { __typename: 'Genre', name: 'Drama' },
      null,
      null,
      { __typename: 'Person', name: 'Person 3' },
    ]);
  });

  it('lists what is available now, by name, and says so of each title', async () => {
    expect(await listed({})).toEqual(['t_alien', 't_amelie', 't_babe', 't_series', 't_unrated']);
    const { data } = await content.run(
      '{ gone: title(id: "t_gone") { isAvailable availableUntil } soon: title(id: "t_soon") { isAvailable } }',
    );
    expect(data).toEqual({
      gone: { isAvailable: false, availableUntil: null },
      soon: { isAvailable: false },
    });
  });

  it('lists a title from the moment it becomes available until it ends', async () => {
    content.clock.advance(HOUR_MS);
    expect(await listed({ search: 'soon' })).toEqual(['t_soon']);
    content.clock.set(NOW - 1);
    expect(await listed({ search: 'gone' })).toEqual(['t_gone']);
    const { data } = await content.run('{ title(id: "t_gone") { isAvailable availableUntil } }');
    expect(data.title).toEqual({ isAvailable: true, availableUntil: new Date(NOW).toISOString() });
    content.clock.set(NOW);
  });

  it('combines search and filters; null and empty conditions are none', async () => {
    expect(await listed({ search: 'ame' })).toEqual(['t_amelie']);
    expect(await listed({ filter: { genreIds: ['g_comedy'] } })).toEqual(['t_amelie', 't_babe']);
    expect(await listed({ filter: { genreIds: ['g_comedy'], maxMaturity: 'PG' } })).toEqual(['t_babe']);
    expect(await listed({ filter: { kinds: ['SERIES'] } })).toEqual(['t_series']);
    expect(await listed({ filter: { releasedFrom: 1990, releasedTo: 1996 }, search: 'comedy' })).toEqual([
      't_babe',
    ]);
    expect(await listed({ filter: { maxRuntimeMinutes: 95 } })).toEqual(['t_babe']);
    expect(
      await listed({ filter: { genreIds: [], kinds: [], maxMaturity: null }, search: '', first: null }),
    ).toHaveLength(5);
    expect(await listed({ filter: { genreIds: ['nope'] } })).toEqual([]);
  });

  it('treats what nobody rated as R where a limit applies', async () => {
    expect(await listed({ filter: { maxMaturity: 'PG_13' } })).toEqual(['t_babe', 't_series']);
    expect(await listed({ filter: { maxMaturity: 'R' } })).toContain('t_unrated');
  });

  it('pages with cursors', async () => {
    const first = (await content.run(LIST, { first: 2 })).data.titles;
    expect(first.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: first.edges[0].cursor,
      endCursor: first.edges[1].cursor,
    });
    const rest = (await content.run(LIST, { first: 3, after: first.pageInfo.endCursor })).data.titles;
    expect(rest.nodes.map(({ id }: { id: string }) => id)).toEqual(['t_babe', 't_series', 't_unrated']);
    expect(rest.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('lists the available titles of a person, newest first', async () => {
    const { data, errors } = await content.run(
      '{ person(id: "p_1") { name titles(first: 1) { nodes { id } pageInfo { endCursor hasNextPage } } } }',
    );
    expect(errors).toBeUndefined();
    expect(data.person.titles.nodes).toEqual([{ id: 't_series' }]);
    const next = await content.run(
      'query ($after: String) { person(id: "p_1") { titles(after: $after) { nodes { id } } } }',
      { after: data.person.titles.pageInfo.endCursor },
    );
    expect(next.data.person.titles.nodes).toEqual([{ id: 't_alien' }]);
  });

  it('lists genres by name', async () => {
    const { data } = await content.run('{ genres { name } }');
    expect(data.genres.map(({ name }: { name: string }) => name)).toEqual([
      'Action',
      'Comedy',
      'Drama',
      'Horror',
    ]);
  });

  it.each([
    ['first', { first: 0 }],
    ['first', { first: -1 }],
    ['first', { first: 101 }],
    ['search', { search: 'x'.repeat(201) }],
    ['filter.genreIds', { filter: { genreIds: Array.from({ length: 51 }, (_, i) => `g${i}`) } }],
    ['filter.genreIds', { filter: { genreIds: ['x'.repeat(129)] } }],
    ['filter.maxRuntimeMinutes', { filter: { maxRuntimeMinutes: -1 } }],
    ['filter.releasedFrom', { filter: { releasedFrom: -5 } }],
    ['filter.releasedTo', { filter: { releasedTo: 10_000 } }],
  ])('refuses what is out of bounds by the name of the field: %s', async (field, variables) => {
    expect(await refused(LIST, variables)).toMatchObject({ code: 'BAD_USER_INPUT', field });
    expect(content.reads).toEqual({});
  });

  it('takes the longest allowed search', async () => {
    expect(await listed({ search: 'x'.repeat(200) })).toEqual([]);
  });

  it('refuses over-long ids and widths out of range', async () => {
    expect(await refused(`{ title(id: "${'x'.repeat(129)}") { id } }`)).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'id',
    });
    for (const width of [39, 1_201, -1]) {
      expect(await refused(`{ title(id: "t_babe") { artwork(width: ${width}) { url } } }`)).toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'width',
      });
    }
  });

  it('refuses values that an enum does not have', async () => {
    expect((await refused(LIST, { filter: { kinds: ['PODCAST'] } })).message).toMatch(
      /"PODCAST" does not exist in "TitleKind"/,
    );
    expect((await refused('{ titles(filter: { maxMaturity: X }) { nodes { id } } }')).message).toMatch(
      /MaturityRating/,
    );
  });

  it('refuses cursors of other lists and what is no cursor', async () => {
    const cursor = (await content.run(LIST, { first: 1 })).data.titles.pageInfo.endCursor;
    for (const variables of [
      { after: 'nonsense' },
      { after: '' },
      { after: cursor, search: 'a' },
      { after: cursor, filter: { kinds: ['MOVIE'] } },
    ]) {
      expect(await refused(LIST, variables)).toMatchObject({ code: 'CURSOR_INVALID', field: 'after' });
    }
  });

  it('shows the end of the availability that has no gap', async () => {
    await content.catalogue.put({
      titles: [
        title('t_windows', {
          name: 'Windows',
          availability: [
            { from: NOW - 5, to: NOW + DAY_MS },
            { from: NOW + DAY_MS, to: NOW + 3 * DAY_MS },
            { from: NOW + 4 * DAY_MS },
          ],
        }),
      ],
    });
    const { data } = await content.run('{ title(id: "t_windows") { availableUntil } }');
    expect(data.title.availableUntil).toBe(new Date(NOW + 3 * DAY_MS).toISOString());
    await content.catalogue.remove(['t_windows']);
  });
});

it('answers with empty lists when the catalogue is empty', async () => {
  const content = await contentFixture();
  const { data, errors } = await content.run(
    '{ titles { nodes { id } edges { cursor } pageInfo { hasNextPage startCursor } } found: titles(search: "x") { nodes { id } } genres { id } title(id: "a") { id } }',
  );
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    titles: { nodes: [], edges: [], pageInfo: { hasNextPage: false, startCursor: null } },
    found: { nodes: [] },
    genres: [],
    title: null,
  });
  await content.stop();
});
