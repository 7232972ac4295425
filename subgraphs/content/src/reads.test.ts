import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContentFixture, contentFixture, GENRES, PEOPLE, title } from './test/content-fixture.ts';

const TITLES = Array.from({ length: 1_200 }, (_, i) =>
  title(`t_${i}`, {
    genreIds: [GENRES[i % 4]!.id, GENRES[(i + 1) % 4]!.id],
    directorIds: [PEOPLE[i % 40]!.id],
    castIds: [PEOPLE[40 + (i % 40)]!.id, PEOPLE[100 + (i % 40)]!.id],
  }),
);
const FIELDS =
  'name genres { name } directors { name } cast { name } artwork(width: 300) { url } isAvailable';
const ENTITIES = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Title { ${FIELDS} } } }`;

describe('reads of the catalogue', () => {
  let content: ContentFixture;
  beforeAll(async () => {
    content = await contentFixture({ genres: GENRES, people: PEOPLE, titles: TITLES });
  });
  afterAll(() => content.stop());

  const representations = (count: number) =>
    TITLES.slice(0, count).map(({ id }) => ({ __typename: 'Title', id }));

  it('are one per kind for 240 entities with genres, people and artwork', async () => {
    const { data, errors } = await content.run(ENTITIES, { r: representations(240) });
    expect(errors).toBeUndefined();
    expect(data._entities).toHaveLength(240);
    expect(data._entities[239]).toMatchObject({ name: 'Title t_239', directors: [{ name: 'Person 39' }] });
    expect(content.reads).toEqual({ titlesByIds: 1, peopleByIds: 1, genresByIds: 1 });
  });

  it('are chunked when more entities are asked for than one read may bring', async () => {
    const { data, errors } = await content.run(ENTITIES, { r: representations(1_200) });
    expect(errors).toBeUndefined();
    expect(data._entities.every((entity: unknown) => entity !== null)).toBe(true);
    expect(content.reads.titlesByIds).toBe(2);
  });

  it('are one per kind for a list and its people, genres and artwork', async () => {
    const { data, errors } = await content.run(`{ titles(first: 100) { nodes { ${FIELDS} } } }`);
    expect(errors).toBeUndefined();
    expect(data.titles.nodes).toHaveLength(100);
    expect(content.reads).toEqual({ findTitles: 1, peopleByIds: 1, genresByIds: 1 });
  });

  it('are one for the filmographies of everybody in a list', async () => {
    const { data, errors } = await content.run(
      '{ titles(first: 100) { nodes { directors { titles(first: 2) { nodes { name genres { name } } } } } } }',
    );
    expect(errors).toBeUndefined();
    expect(data.titles.nodes[0].directors[0].titles.nodes).toHaveLength(2);
    expect(content.reads).toEqual({ findTitles: 1, peopleByIds: 1, titlesByPeople: 1, genresByIds: 1 });
  });

  it('are not repeated for a title that is asked for twice', async () => {
    await content.run('{ a: title(id: "t_1") { name } b: title(id: "t_1") { cast { name } } }');
    expect(content.reads).toEqual({ titlesByIds: 1, peopleByIds: 1 });
  });

  it('are made anew in the next request', async () => {
    await content.run('{ title(id: "t_1") { name } }');
    await content.catalogue.put({ titles: [{ ...TITLES[1]!, name: 'Renamed' }] });
    const { data } = await content.run('{ title(id: "t_1") { name } }');
    expect(data.title.name).toBe('Renamed');
  });
});
