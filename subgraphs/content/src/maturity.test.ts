/** What a profile with a maturity limit can see of the catalogue: what is within it, by every way. */
import { MATURITY_RATINGS } from '@marquee/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContentFixture, contentFixture, GENRES, PEOPLE, title } from './test/content-fixture.ts';

/** Every rating several times, mixed, all with the same director and a word to search for. */
const TITLES = Array.from({ length: 36 }, (_, i) =>
  title(`t_${String(i).padStart(2, '0')}`, {
    name: `Night ${String(i).padStart(2, '0')}`,
    maturityRating: MATURITY_RATINGS[(i * 5) % 6]!,
    directorIds: ['p_1'],
  }),
);
const withRating = (...ratings: readonly string[]) =>
  TITLES.filter((one) => ratings.includes(one.maturityRating)).map(({ id }) => id);
const SUITABLE = withRating('G', 'PG');
const ADULT = withRating('R')[0]!;
const UNRATED = withRating('NOT_RATED')[0]!;

const LIST = `query ($filter: TitleFilter, $search: String, $first: Int = 4, $after: String) {
  titles(filter: $filter, search: $search, first: $first, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } }
}`;
const FILMOGRAPHY = `query ($first: Int = 4, $after: String) {
  person(id: "p_1") { titles(first: $first, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }
}`;

describe("a child's profile", () => {
  let content: ContentFixture;
  beforeAll(async () => {
    content = await contentFixture({ genres: GENRES, people: PEOPLE, titles: TITLES });
    content.limits.set('child', 'PG').set('teen', 'R').set('unreadable', undefined);
  });
  afterAll(() => content.stop());

  /** All pages, each of which must be full but the last. */
  async function everyPage(query: string, variables: Record<string, unknown>, as: string): Promise<string[]> {
    const ids: string[] = [];
    for (let after: string | null = null; ; ) {
      const { data, errors } = await content.run(query, { ...variables, after }, as);
      expect(errors).toBeUndefined();
      const { nodes, pageInfo } = data.titles ?? data.person.titles;
      ids.push(...nodes.map(({ id }: { id: string }) => id));
      if (!pageInfo.hasNextPage) return ids;
      expect(nodes).toHaveLength(4);
      after = pageInfo.endCursor;
    }
  }

  it.each([
    ['browsing', LIST, {}],
    ['searching', LIST, { search: 'night' }],
    ['a genre', LIST, { filter: { genreIds: ['g_drama'] } }],
    ['asking for more by the filter', LIST, { filter: { maxMaturity: 'NC_17' } }],
    ['a filmography', FILMOGRAPHY, {}],
  ])('finds what is within its limit, and nothing else, on full pages: %s', async (_, query, variables) => {
    expect((await everyPage(query, variables, 'child')).sort()).toEqual(SUITABLE);
    expect((await everyPage(query, variables, 'grown-up')).length).toBe(TITLES.length);
  });

  it('can ask for less than its limit allows', async () => {
    const found = await everyPage(LIST, { filter: { maxMaturity: 'G' } }, 'child');
    expect(found.sort()).toEqual(withRating('G'));
  });

  it('is told of a title above its limit exactly what it is told of an unknown one', async () => {
    const query = 'query ($id: ID!) { title(id: $id) { id name } }';
    const unknown = await content.run(query, { id: 'nope' }, 'child');
    for (const id of [ADULT, UNRATED, ...withRating('NC_17', 'PG_13')]) {
      expect(await content.run(query, { id }, 'child')).toEqual(unknown);
      expect((await content.run(query, { id })).data.title.id).toBe(id);
    }
    expect((await content.run(query, { id: SUITABLE[0] }, 'child')).data.title.id).toBe(SUITABLE[0]);
  });

  it('may see what nobody rated when its limit is R', async () => {
    const { data } = await content.run(`{ title(id: "${UNRATED}") { id } }`, {}, 'teen');
    expect(data.title).toEqual({ id: UNRATED });
    expect((await everyPage(LIST, {}, 'teen')).sort()).toEqual(
      withRating('G', 'PG', 'PG_13', 'R', 'NOT_RATED'),
    );
  });

  it('meets the same limit in the filmographies of a list, which are read with one read each', async () => {
    const { data } = await content.run(
      `{ titles(first: 30) { nodes { directors { titles(first: 100) { nodes { id } } } } }
         one: title(id: "${SUITABLE[0]}") { id } }`,
      {},
      'child',
    );
    for (const node of data.titles.nodes) {
      expect(node.directors[0].titles.nodes.map(({ id }: { id: string }) => id).sort()).toEqual(SUITABLE);
    }
    expect(content.reads).toMatchObject({ findTitles: 1, titlesByPeople: 1, maturityLimitOf: 1 });
  });

  it('costs no read of the limit where none is needed', async () => {
    await content.run('{ genres { id } person(id: "p_1") { name } }', {}, 'child');
    expect(content.reads.maturityLimitOf).toBeUndefined();
    await content.run(LIST);
    expect(content.reads.maturityLimitOf).toBeUndefined();
  });

  it('is shown nothing rather than everything when its limit cannot be read', async () => {
    for (const query of [LIST, FILMOGRAPHY, `{ title(id: "${SUITABLE[0]}") { id } }`]) {
      const { data, errors } = await content.run(query, {}, 'unreadable');
      expect(errors?.[0]?.extensions?.code).toBe('DEPENDENCY_UNAVAILABLE');
      expect(JSON.stringify(data ?? null)).not.toContain('t_');
    }
  });

  it('keeps lists of other subgraphs whole: they apply the limit themselves', async () => {
    const { data, errors } = await content.run(
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Title { id } } }',
      { r: [ADULT, SUITABLE[0]].map((id) => ({ __typename: 'Title', id })) },
      'unreadable',
    );
    expect(errors).toBeUndefined();
    expect(data._entities).toEqual([{ id: ADULT }, { id: SUITABLE[0] }]);
  });
});
