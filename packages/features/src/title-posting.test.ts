import { sampleTitle } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTitleTable } from './title-table.ts';

const titles = (from: number, count: number, addedAt: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => sampleTitle({ id: `t${from + i}`, addedAt: addedAt(i) }));

describe('a posting', () => {
  it('is in the same order whether changes came one by one or all at once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 150, maxLength: 200 }),
        fc.nat(140),
        (times, removed) => {
          const all = titles(0, times.length, (i) => times[i]!);
          const gone = all.slice(0, removed).map((title) => title.id);
          const atOnce = createTitleTable(all);
          atOnce.newest();
          atOnce.remove(gone);
          const oneByOne = createTitleTable();
          for (const title of all) {
            oneByOne.put([title]);
            oneByOne.newest();
          }
          for (const id of gone) {
            oneByOne.remove([id]);
            oneByOne.newest();
          }
          expect(oneByOne.newest()).toEqual(atOnce.newest());
          const asRows = (table: typeof atOnce) =>
            table.newest().map((_, place) => table.newestAt(place)?.id);
          expect(asRows(oneByOne)).toEqual(atOnce.newest());
          expect(asRows(atOnce)).toEqual(atOnce.newest());
          expect(atOnce.newestAt(atOnce.size)).toBeUndefined();
          expect(oneByOne.newest()).toHaveLength(times.length - removed);
        },
      ),
      { numRuns: 20 },
    );
  });
});
