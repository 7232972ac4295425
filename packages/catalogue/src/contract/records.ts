import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_IDS } from '../index.ts';
import { PEOPLE, titles as randomTitles, sampleTitle } from './sample-titles.ts';
import { collect, type Subject } from './subject.ts';

export function describeRecords({ catalogue, put, idsOf }: Subject): void {
  describe('writing and reading by ids', () => {
    it('gives back what was put, whatever is and is not known about a title', async () => {
      await fc.assert(
        fc.asyncProperty(randomTitles, async (titles) => {
          await put(...titles);
          expect(await catalogue().titlesByIds(titles.map(({ id }) => id))).toEqual(titles);
          await catalogue().remove(titles.map(({ id }) => id));
          expect(await catalogue().count()).toBe(0);
        }),
        { numRuns: 25 },
      );
    });

    it('keeps the order of the ids, with undefined for unknown ones and repeats as asked', async () => {
      await put(sampleTitle('a'), sampleTitle('b'), sampleTitle('c'));
      const found = await catalogue().titlesByIds(['c', 'nope', 'a', 'c']);
      expect(found.map((title) => title?.id)).toEqual(['c', undefined, 'a', 'c']);
      expect(await catalogue().peopleByIds(['p2', 'nope', 'p0'])).toEqual([PEOPLE[2], undefined, PEOPLE[0]]);
      expect(await catalogue().genresByIds(['drama', 'nope', 'action'])).toEqual([
        { id: 'drama', name: 'Drama' },
        undefined,
        { id: 'action', name: 'Action' },
      ]);
    });

    it('takes MAX_IDS ids and refuses more', async () => {
      const ids = Array.from({ length: MAX_IDS + 1 }, (_, i) => `t${i}`);
      expect(await catalogue().titlesByIds(ids.slice(1))).toHaveLength(MAX_IDS);
      await expect(catalogue().titlesByIds(ids)).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'ids',
      });
    });

    it('replaces a title wholly', async () => {
      await put(sampleTitle('a', { synopsis: 'old', genreIds: ['drama', 'action'], castIds: ['p1'] }));
      const next = sampleTitle('a', { name: 'New', genreIds: ['comedy'], availability: [] });
      await put(next);
      expect(await catalogue().titlesByIds(['a'])).toEqual([next]);
      expect(await catalogue().count()).toBe(1);
      expect(await idsOf({ search: 'old' })).toEqual([]);
      expect(await idsOf({ search: 'new' })).toEqual(['a']);
    });

    it('keeps the last of several titles with one id in a batch, and one of a repeated reference', async () => {
      await put(
        sampleTitle('a', { name: 'First' }),
        sampleTitle('a', { name: 'Second', genreIds: ['drama', 'drama'] }),
      );
      const [title] = await catalogue().titlesByIds(['a']);
      expect(title).toMatchObject({ name: 'Second', genreIds: ['drama'] });
    });

    it.each([
      ['genre', { genreIds: ['drama', 'nope'] }],
      ['person', { directorIds: ['nope'] }],
      ['person', { castIds: ['p1', 'nope'] }],
    ])('refuses a title with an unknown %s by name, and the whole batch with it', async (what, change) => {
      const batch = {
        titles: [sampleTitle('good'), sampleTitle('bad', change)],
        genres: [{ id: 'new', name: 'New' }],
      };
      await expect(catalogue().put(batch)).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringMatching(new RegExp(`"bad".*${what} "nope"`)),
      });
      expect(await catalogue().count()).toBe(0);
      expect(await catalogue().genresByIds(['new'])).toEqual([undefined]);
    });

    it('refuses what is no title, naming the field', async () => {
      const titles = [sampleTitle('good'), sampleTitle('bad', { runtimeMinutes: -3 })];
      await expect(catalogue().put({ titles })).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        field: 'title.runtimeMinutes',
      });
      expect(await catalogue().count()).toBe(0);
    });

    it('lets titles refer to people and genres of the same batch', async () => {
      await catalogue().put({
        titles: [sampleTitle('a', { genreIds: ['new'], directorIds: ['newcomer'] })],
        people: [{ id: 'newcomer', name: 'New Comer' }],
        genres: [{ id: 'new', name: 'New' }],
      });
      expect(await idsOf({ search: 'comer' })).toEqual(['a']);
    });

    it('forgets removed titles everywhere, and ignores unknown ids', async () => {
      await put(sampleTitle('a', { name: 'Alpha', directorIds: ['p1'] }), sampleTitle('b', { name: 'Beta' }));
      await catalogue().remove(['a', 'nope']);
      expect(await catalogue().titlesByIds(['a', 'b'])).toMatchObject([undefined, { id: 'b' }]);
      expect(await idsOf({ search: 'alpha' })).toEqual([]);
      expect(await idsOf({ personId: 'p1' })).toEqual([]);
      expect(await idsOf({})).toEqual(['b']);
    });

    it('lists genres by name', async () => {
      expect((await catalogue().genres()).map(({ name }) => name)).toEqual([
        'Action',
        'Comedy',
        'Drama',
        'Élan',
      ]);
    });

    it('scans every title once, in id order and in batches', async () => {
      const titles = Array.from({ length: 25 }, (_, i) => sampleTitle(`t${String(i).padStart(2, '0')}`));
      await put(...[...titles].reverse());
      const batches = await collect(catalogue().scan({ batchSize: 10 }));
      expect(batches.map((batch) => batch.length)).toEqual([10, 10, 5]);
      expect(batches.flat()).toEqual(titles);
    });

    it('stores text that looks like SQL as text', async () => {
      const id = `'); drop table titles; --`;
      await put(sampleTitle(id, { name: `O'Neill "quoted" \\ \u2028 🎬` }));
      expect(await catalogue().titlesByIds([id])).toMatchObject([{ name: `O'Neill "quoted" \\ \u2028 🎬` }]);
      expect(await idsOf({ filter: { genreIds: [`') or 1=1 --`] } })).toEqual([]);
    });
  });
}
