/** Filters, orders, availability and paging. */
import { isAvailable, MATURITY_RATINGS, type Title, type TitleFilter, withinMaturity } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PEOPLE_PER_PAGE, type TitleQuery } from '../index.ts';
import { NOW, titles as randomTitles, sampleTitle, titleFilters } from './sample-titles.ts';
import type { Subject } from './subject.ts';

export function describeLists({ catalogue, put, idsOf, allIds }: Subject): void {
  describe('lists', () => {
    it('filters like the naive reading of a filter, on every page size', async () => {
      await fc.assert(
        fc.asyncProperty(
          randomTitles,
          titleFilters,
          fc.integer({ min: 1, max: 7 }),
          async (titles, filter, first) => {
            await put(...titles);
            const found = await allIds({ filter, availableAt: NOW }, first);
            const expected = titles.filter(
              (title) => isAvailable(title.availability, NOW) && passes(title, filter),
            );
            expect(found).toHaveLength(new Set(found).size);
            expect([...found].sort()).toEqual(expected.map(({ id }) => id).sort());
            await catalogue().remove(titles.map(({ id }) => id));
          },
        ),
        { numRuns: 60 },
      );
    });

    it('finds the titles whose words match, combined with a filter', async () => {
      await fc.assert(
        fc.asyncProperty(
          randomTitles,
          titleFilters,
          fc.integer({ min: 1, max: 7 }),
          async (titles, filter, first) => {
            await put(...titles);
            const found = await allIds({ filter, search: 'night st', availableAt: NOW }, first);
            const expected = titles.filter(
              (title) =>
                isAvailable(title.availability, NOW) &&
                passes(title, filter) &&
                wordsOf(title).includes('night') &&
                wordsOf(title).some((word) => word.startsWith('st')),
            );
            expect(found).toHaveLength(new Set(found).size);
            expect([...found].sort()).toEqual(expected.map(({ id }) => id).sort());
            await catalogue().remove(titles.map(({ id }) => id));
          },
        ),
        { numRuns: 40 },
      );
    });

    it("keeps what is above the viewer's limit out of every list, whatever the filter says, on full pages", async () => {
      const limits = fc.option(fc.constantFrom(...MATURITY_RATINGS), { nil: undefined });
      await fc.assert(
        fc.asyncProperty(
          randomTitles,
          titleFilters,
          limits,
          fc.integer({ min: 1, max: 7 }),
          async (titles, filter, maturityLimit, first) => {
            await put(...titles);
            const within = titles.filter((title) => withinMaturity(title.maturityRating, maturityLimit));
            const found = await allIds({ filter, maturityLimit }, first);
            expect([...found].sort()).toEqual(idsWhere(within, (title) => passes(title, filter)));
            const page = await idsOf({ filter, maturityLimit, first });
            expect(page).toHaveLength(Math.min(first, found.length));

            const [ofPerson] = await catalogue().titlesByPeople(['p1'], { first, maturityLimit });
            const ofP1 = idsWhere(within, ({ directorIds, castIds }) =>
              [...directorIds, ...castIds].includes('p1'),
            );
            expect(ofPerson?.titles).toHaveLength(Math.min(first, ofP1.length));
            expect((await allIds({ personId: 'p1', maturityLimit }, first)).toSorted()).toEqual(ofP1);
            await catalogue().remove(titles.map(({ id }) => id));
          },
        ),
        { numRuns: 40 },
      );
    });

    it('goes on after a cursor when the limit of the viewer has changed', async () => {
      await put(
        ...['a', 'b', 'c', 'd'].map((id, i) =>
          sampleTitle(id, { name: id, maturityRating: i % 2 === 0 ? 'G' : 'R' }),
        ),
      );
      const page = await catalogue().findTitles({ first: 2 });
      expect(await idsOf({ after: page.titles.at(-1)?.cursor, maturityLimit: 'PG' })).toEqual(['c']);
    });

    it('orders by name, whatever the case and accents, and by id among equals', async () => {
      await put(
        sampleTitle('4', { name: 'zebra' }),
        sampleTitle('3', { name: 'Émile' }),
        sampleTitle('2', { name: 'Same' }),
        sampleTitle('1', { name: 'same' }),
        sampleTitle('5', { name: 'Elite' }),
        sampleTitle('6', { name: 'apple' }),
      );
      expect(await allIds({}, 2)).toEqual(['6', '5', '3', '1', '2', '4']);
    });

    it('orders the titles of one person newest first, unknown years last', async () => {
      await put(
        sampleTitle('a', { directorIds: ['p1'], releaseYear: 1990 }),
        sampleTitle('b', { castIds: ['p1'] }),
        sampleTitle('c', { directorIds: ['p1'], castIds: ['p1'], releaseYear: 2005 }),
        sampleTitle('d', { directorIds: ['p2'], releaseYear: 2020 }),
        sampleTitle('e', { castIds: ['p1'], releaseYear: 2005, availability: [] }),
      );
      expect(await allIds({ personId: 'p1', availableAt: NOW }, 1)).toEqual(['c', 'a', 'b']);
      const [of2, none, of1] = await catalogue().titlesByPeople(['p2', 'nope', 'p1'], {
        first: 2,
        availableAt: NOW,
      });
      expect(of2).toMatchObject({ titles: [{ title: { id: 'd' } }], hasNextPage: false });
      expect(none).toEqual({ titles: [], hasNextPage: false });
      expect(of1).toMatchObject({
        titles: [{ title: { id: 'c' } }, { title: { id: 'a' } }],
        hasNextPage: true,
      });
      const after = of1?.titles.at(-1)?.cursor;
      expect(await idsOf({ personId: 'p1', availableAt: NOW, after })).toEqual(['b']);
      const tooMany = Array.from({ length: MAX_PEOPLE_PER_PAGE + 1 }, (_, i) => `p${i}`);
      await expect(catalogue().titlesByPeople(tooMany, { first: 1 })).rejects.toMatchObject({ field: 'ids' });
    });

    it('respects the ends of availability windows and leaves regional ones out', async () => {
      await put(
        sampleTitle('starts-now', { availability: [{ from: NOW }] }),
        sampleTitle('ends-now', { availability: [{ from: 0, to: NOW }] }),
        sampleTitle('between', {
          availability: [
            { from: 0, to: 5 },
            { from: NOW - 1, to: NOW + 1 },
          ],
        }),
        sampleTitle('regional', { availability: [{ from: 0, regions: ['SE'] }] }),
        sampleTitle('never', { availability: [] }),
      );
      expect(await idsOf({ availableAt: NOW })).toEqual(['between', 'starts-now']);
      expect(await idsOf({})).toHaveLength(5);
    });

    it('continues after the last title seen, also when titles come and go between pages', async () => {
      await put(...['a', 'c', 'e', 'g'].map((id) => sampleTitle(id, { name: id })));
      const page = await catalogue().findTitles({ first: 2 });
      await catalogue().remove(['c']);
      await put(sampleTitle('b', { name: 'b' }), sampleTitle('d', { name: 'd' }));
      expect(await idsOf({ after: page.titles.at(-1)?.cursor })).toEqual(['d', 'e', 'g']);
    });

    it('refuses cursors of other lists and whatever is no cursor', async () => {
      await put(sampleTitle('a'), sampleTitle('b'));
      const cursor = (await catalogue().findTitles({ first: 1 })).titles[0]?.cursor as string;
      expect(await idsOf({ after: cursor, availableAt: NOW })).toEqual(['b']);
      const attempts: Omit<TitleQuery, 'first'>[] = [
        { after: cursor, filter: { kinds: ['MOVIE'] } },
        { after: cursor, search: 'title' },
        { after: cursor, personId: 'p1' },
        { after: '' },
        { after: 'nonsense' },
        { after: `${cursor}x`.slice(2) },
        { after: Buffer.from('[1,["a","b"]]').toString('base64url') },
        { after: Buffer.from('{"a":1}').toString('base64url') },
        { after: 'a'.repeat(100_000) },
      ];
      for (const query of attempts) {
        await expect(catalogue().findTitles({ first: 1, ...query })).rejects.toMatchObject({
          code: 'CURSOR_INVALID',
          field: 'after',
        });
      }
    });

    it('refuses pages that are empty, too large or no whole number', async () => {
      for (const first of [0, -1, 101, 1.5, Number.NaN]) {
        await expect(catalogue().findTitles({ first })).rejects.toMatchObject({
          code: 'BAD_USER_INPUT',
          field: 'first',
        });
      }
    });
  });
}

/** The filter's meaning, read as plainly as possible: the oracle of the property tests. */
function passes(title: Title, filter: TitleFilter): boolean {
  const { genreIds, kinds, releasedFrom, releasedTo, maxRuntimeMinutes, maxMaturity } = filter;
  if (genreIds !== undefined && !title.genreIds.some((id) => genreIds.includes(id))) return false;
  if (kinds !== undefined && !kinds.includes(title.kind)) return false;
  if (releasedFrom !== undefined && !((title.releaseYear ?? Number.NaN) >= releasedFrom)) return false;
  if (releasedTo !== undefined && !((title.releaseYear ?? Number.NaN) <= releasedTo)) return false;
  if (maxRuntimeMinutes !== undefined && !((title.runtimeMinutes ?? Number.NaN) <= maxRuntimeMinutes))
    return false;
  return withinMaturity(title.maturityRating, maxMaturity);
}

function idsWhere(titles: readonly Title[], holds: (title: Title) => boolean): readonly string[] {
  return titles
    .filter(holds)
    .map(({ id }) => id)
    .sort();
}

function wordsOf(title: Title): readonly string[] {
  return `${title.name} ${title.synopsis ?? ''}`.toLowerCase().split(/\W+/);
}
