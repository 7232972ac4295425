import { SAMPLE_INSTANT, sampleTitles } from '@marquee/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTitleTable, type TitleFacts } from '../title-table.ts';
import { emptyProfileState } from '../views/profile-state.view.ts';
import { prepareProfile } from './ranking-features.ts';
import { viewerTraits } from './viewer-traits.ts';

const PEOPLE = Array.from({ length: 12 }, (_, i) => `p${i}`);
const GENRES = ['drama', 'comedy', 'western'];

const people = fc.uniqueArray(fc.constantFrom(...PEOPLE), { maxLength: 5 });
const genres = fc.uniqueArray(fc.constantFrom(...GENRES), { maxLength: 3 });
const titles = fc.array(fc.record({ directorIds: people, castIds: people, genreIds: genres }), {
  minLength: 1,
  maxLength: 12,
});
// Somebody who is in no title of the table is known to have been liked all the same. Nothing is −0, which is as good as 0.
const sums = (keys: readonly string[]) =>
  fc.dictionary(
    fc.constantFrom(...keys, 'elsewhere'),
    fc.integer({ min: -3_000, max: 9_000 }).map((value) => value / 1_000),
  );

test('rows of the table say what the lists of ids say, to the last bit', () => {
  fc.assert(
    fc.property(
      titles,
      sums(PEOPLE),
      sums(GENRES),
      people,
      genres,
      (made, liked, tastes, followed, chosen) => {
        const table = createTitleTable(sampleTitles(made.length, (i) => ({ id: `t${i}`, ...made[i]! })));
        const empty = emptyProfileState();
        const state = {
          ...empty,
          taste: { ...empty.taste, total: 5, updatedAt: SAMPLE_INSTANT, people: liked, genres: tastes },
          followedPersonIds: followed,
          onboardingGenreIds: chosen,
        };
        const prepared = prepareProfile(state, { now: SAMPLE_INSTANT }, table);
        const traits = viewerTraits(prepared);
        for (const id of table.newest()) {
          const row = table.get(id)!;
          const copy: TitleFacts = { ...copied(row) };
          const affinities = row.personIds.map((person) => prepared.personAffinity.get(person) ?? 0);
          expect(traits.ofPeople(row)).toBe(affinities.length === 0 ? 0 : Math.max(...affinities));
          expect(traits.ofPeople(row)).toBe(traits.ofPeople(copy));
          expect(traits.largestOfDirectors(row)).toBe(traits.largestOfDirectors(copy));
          expect(traits.meanOfDirectors(row)).toBe(traits.meanOfDirectors(copy));
          expect(traits.hasFollowed(row)).toBe(row.personIds.some((person) => followed.includes(person)));
          expect(traits.hasFollowed(row)).toBe(traits.hasFollowed(copy));
          expect(traits.ofGenres(row.genreIds)).toEqual(traits.ofGenres([...row.genreIds]));
          expect(traits.ofGenres(row.genreIds).chosen).toBe(row.genreIds.some((id) => chosen.includes(id)));
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('a viewer meets titles of two tables, whose numbers for people are not the same', () => {
  const state = { ...emptyProfileState(), followedPersonIds: ['p1'] };
  const prepared = prepareProfile(state, { now: SAMPLE_INSTANT }, new Map());
  const traits = viewerTraits(prepared);
  const tableOf = (...castIds: string[]) =>
    createTitleTable(sampleTitles(1, () => ({ id: 't', directorIds: [], castIds })));
  for (const [table, followed] of [
    [tableOf('p0', 'p1'), true],
    [tableOf('p2', 'p3'), false],
    [tableOf('p1'), true],
  ] as const) {
    expect(traits.hasFollowed(table.get('t')!)).toBe(followed);
  }
});

/** A row's fields are getters. */
function copied({ id, name, kind, genreIds, personIds, directorIds, addedAt, maturityRating }: TitleFacts) {
  return { id, name, kind, genreIds, personIds, directorIds, addedAt, maturityRating, availability: [] };
}
