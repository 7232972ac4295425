import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleTitle } from './sample-titles.ts';
import type { Subject } from './subject.ts';

export function describeSearch({ catalogue, put, idsOf, allIds }: Subject): void {
  describe('search', () => {
    it('looks in name, people, genres and synopsis, best in the name', async () => {
      await put(
        sampleTitle('in-synopsis', { name: 'A', synopsis: 'A long way round about a comedy of manners' }),
        sampleTitle('in-name', { name: 'Comedy' }),
        sampleTitle('in-genre', { name: 'B', genreIds: ['comedy'] }),
        sampleTitle('of-person', { name: 'C', castIds: ['p0'] }),
        ...Array.from({ length: 20 }, (_, i) => sampleTitle(`x${i}`, { name: 'Something else' })),
      );
      expect(await idsOf({ search: 'comedy' })).toEqual(['in-name', 'in-genre', 'in-synopsis']);
      expect(await idsOf({ search: 'ada' })).toEqual(['of-person']);
      expect(await idsOf({ search: 'comedy round' })).toEqual(['in-synopsis']);
    });

    it('takes the last word as a prefix and the others whole, without regard to case and accents', async () => {
      await put(sampleTitle('a', { name: 'Amélie Poulain' }), sampleTitle('b', { name: 'The Amelia Story' }));
      expect(await idsOf({ search: 'AMELI' })).toHaveLength(2);
      expect(await idsOf({ search: 'amelie po' })).toEqual(['a']);
      expect(await idsOf({ search: 'amel poulain' })).toEqual([]);
      expect(await idsOf({ search: '  story   améLIA ' })).toEqual(['b']);
    });

    it('puts the title that more people have judged first among equals', async () => {
      await put(
        sampleTitle('a', { name: 'Twins', scoreCount: 10 }),
        sampleTitle('b', { name: 'Twins', scoreCount: 900 }),
        sampleTitle('c', { name: 'Twins' }),
        ...Array.from({ length: 10 }, (_, i) => sampleTitle(`x${i}`, { name: 'Something else' })),
      );
      expect(await allIds({ search: 'twins' }, 1)).toEqual(['b', 'a', 'c']);
    });

    it('lists everything for a blank search and nothing for one without any word', async () => {
      await put(sampleTitle('a'), sampleTitle('b'));
      expect(await idsOf({ search: ' \t' })).toEqual(['a', 'b']);
      expect(await idsOf({ search: '!?* "' })).toEqual([]);
    });

    it('takes nothing that is typed for search syntax', async () => {
      await put(sampleTitle('t1', { name: 'zebra' }), sampleTitle('t2', { name: 'b' }));
      const searches = [
        '"',
        '""',
        '"a',
        "'",
        'title:a',
        'name : a',
        'NOT',
        'a OR b',
        'a AND',
        'NEAR(a b)',
        '(',
        ')',
        '*',
        'a*',
        '^a',
        '{name} : a',
        '-a',
        '+a',
        'a + b',
        'a\0b',
        '\\',
        '%',
        ';--',
        'a" OR "b',
        '🎬',
        '\ud800',
        '日本',
        'ﬁlm',
      ];
      for (const search of searches) expect(await idsOf({ search }), search).toEqual([]);
    });

    it('never fails, whatever is typed', async () => {
      await put(sampleTitle('t1'));
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (search) => {
          await catalogue().findTitles({ search, first: 5 });
        }),
        { numRuns: 200 },
      );
    });

    it('follows a renamed person and genre', async () => {
      await put(sampleTitle('a', { directorIds: ['p1'], genreIds: ['drama'] }), sampleTitle('b'));
      await catalogue().put({
        people: [{ id: 'p1', name: 'Grace Hopper' }],
        genres: [{ id: 'drama', name: 'Tragedy' }],
      });
      expect(await idsOf({ search: 'hopper' })).toEqual(['a']);
      expect(await idsOf({ search: 'tragedy' })).toEqual(['a']);
      expect(await idsOf({ search: 'drama' })).toEqual([]);
    });
  });
}
