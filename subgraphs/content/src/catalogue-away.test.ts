import { waitUntil } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contentFixture, GENRES, PEOPLE, title } from './test/content-fixture.ts';

const TITLES = Array.from({ length: 1_300 }, (_, i) =>
  title(`t_${i}`, { genreIds: [GENRES[i % 4]!.id], directorIds: [PEOPLE[i % 40]!.id] }),
);
const CARDS = `query ($r: [_Any!]!) {
  _entities(representations: $r) { ... on Title { name genres { name } directors { name } } }
}`;
const cards = (...ids: string[]) => ({ r: ids.map((id) => ({ __typename: 'Title', id })) });

async function fixture(outlivesCatalogue = true) {
  const content = await contentFixture(
    { genres: GENRES, people: PEOPLE, titles: TITLES },
    { outlivesCatalogue },
  );
  onTestFinished(() => content.stop());
  // Read ahead, up to the last title.
  if (outlivesCatalogue) await waitUntil(() => (content.reads.peopleByIds ?? 0) >= 3);
  return content;
}

describe.each(['away', 'silent'] as const)('a catalogue that is %s', (state) => {
  it('leaves the titles of a page as they were last known, also those that nobody has asked for', async () => {
    const content = await fixture();
    content.catalogueIs = state;
    const startedAt = performance.now();
    const { data, errors } = await content.run(CARDS, cards('t_3', 't_1299'));
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(errors).toBeUndefined();
    expect(data._entities).toEqual([
      { name: 'Title t_3', genres: [{ name: 'Horror' }], directors: [{ name: 'Person 3' }] },
      { name: 'Title t_1299', genres: [{ name: 'Horror' }], directors: [{ name: 'Person 19' }] },
    ]);
  });
});

describe('a catalogue that is away', () => {
  it('makes no answer of what is not known: an error for it, and the other titles', async () => {
    const content = await fixture();
    content.catalogueIs = 'away';
    const { data, errors } = await content.run(CARDS, cards('t_new', 't_1'));
    expect(data._entities).toEqual([null, expect.objectContaining({ name: 'Title t_1' })]);
    expect(errors).toMatchObject([{ path: ['_entities', 0] }]);
  });

  it('does not bring back a title that was removed, and serves a change that was read', async () => {
    const content = await fixture();
    await content.catalogue.remove(['t_1']);
    await content.catalogue.put({ titles: [{ ...TITLES[2]!, name: 'Renamed' }] });
    await content.run(CARDS, cards('t_1', 't_2'));
    content.catalogueIs = 'away';
    const { data } = await content.run(CARDS, cards('t_1', 't_2'));
    expect(data._entities).toEqual([null, expect.objectContaining({ name: 'Renamed' })]);
    content.catalogueIs = 'there';
    await content.catalogue.put({ titles: [{ ...TITLES[2]!, name: 'Renamed again' }] });
    expect((await content.run(CARDS, cards('t_2'))).data._entities[0].name).toBe('Renamed again');
  });

  it('is an error for every title where nothing is kept', async () => {
    const content = await fixture(false);
    await content.run(CARDS, cards('t_1'));
    content.catalogueIs = 'away';
    expect((await content.run(CARDS, cards('t_1'))).data._entities).toEqual([null]);
  });
});
