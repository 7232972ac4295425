import type { Title } from '@marquee/domain';
import { sampleTitle, sampleTitles } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTitleTable } from './title-table.ts';

const title = fc.record({
  id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  addedAt: fc.integer({ min: 0, max: 3 }),
  releaseYear: fc.option(fc.integer({ min: 2000, max: 2003 }), { nil: undefined }),
  genreIds: fc.subarray(['g1', 'g2', 'g3']),
  directorIds: fc.subarray(['p1', 'p2']),
  castIds: fc.subarray(['p2', 'p3']),
});
const step = fc.oneof(
  fc
    .array(title, { maxLength: 4 })
    .map((titles) => ({ put: titles.map((fields) => sampleTitle(fields as Partial<Title>)) })),
  fc.subarray(['a', 'b', 'c', 'd', 'e']).map((ids) => ({ remove: ids })),
  // Reading in between is what makes lists exist that later changes must keep in order.
  fc.constant({ read: true }),
);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

describe('createTitleTable', () => {
  it('shows after any puts, removals and reads what a table built afresh shows', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const table = createTitleTable();
        const model = new Map<string, Title>();
        for (const s of steps) {
          if ('put' in s) {
            table.put(s.put);
            for (const t of s.put) model.set(t.id, t);
          } else if ('remove' in s) {
            table.remove(s.remove);
            for (const id of s.remove) model.delete(id);
          } else {
            table.newest();
            table.titlesOfGenre('g1');
            table.titlesOfPerson('p2');
          }
        }
        const all = [...model.values()];
        const byAdded = (titles: Title[]) =>
          titles.sort((a, b) => b.addedAt - a.addedAt || compare(a.id, b.id)).map((t) => t.id);
        expect(table.size).toBe(all.length);
        expect(table.newest()).toEqual(byAdded([...all]));
        expect(table.genreIds()).toEqual([...new Set(all.flatMap((t) => t.genreIds))].sort());
        for (const genre of ['g1', 'g2', 'g3']) {
          expect(table.titlesOfGenre(genre)).toEqual(byAdded(all.filter((t) => t.genreIds.includes(genre))));
        }
        for (const person of ['p1', 'p2', 'p3']) {
          const titles = all.filter((t) => t.directorIds.includes(person) || t.castIds.includes(person));
          titles.sort((a, b) => (b.releaseYear ?? -1) - (a.releaseYear ?? -1) || compare(a.id, b.id));
          expect(table.titlesOfPerson(person)).toEqual(titles.map((t) => t.id));
        }
      }),
    );
  });

  it('names each person once, directors first', () => {
    const table = createTitleTable([
      sampleTitle({ id: 'x', directorIds: ['d', 'both'], castIds: ['both', 'c'] }),
    ]);
    expect(table.get('x')?.personIds).toEqual(['d', 'both', 'c']);
    expect(table.titlesOfPerson('both')).toEqual(['x']);
    expect(table.get('y')).toBeUndefined();
    expect(table.titlesOfGenre('none')).toEqual([]);
  });

  it('gives the same list until something changes, so that callers may compare it', () => {
    const table = createTitleTable(sampleTitles(5));
    const before = table.newest();
    expect(table.newest()).toBe(before);
    table.remove(['title-1']);
    expect(table.newest()).not.toBe(before);
    expect(before).toContain('title-1');
  });
});
