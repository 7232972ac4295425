import { isAvailable, MATURITY_RATINGS, type Title } from '@marquee/domain';
import { sampleTitle, sampleTitles } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHUNK_ROWS } from './title-chunk.ts';
import { TitleRows } from './title-rows.ts';
import { createTitleTable, isServable, type TitleFacts } from './title-table.ts';

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
  it('gives back the id of a title that it holds, and any other as it is', () => {
    const table = createTitleTable([sampleTitle({ id: 'a' })]);
    table.put([sampleTitle({ id: 'a', name: 'Another' })]);
    expect(table.idOf('a')).toBe('a');
    expect(table.idOf('unknown')).toBe('unknown');
    table.remove(['a']);
    expect(table.idOf('a')).toBe('a');
  });

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

const instant = fc.integer({ min: 0, max: 4 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const window = fc.record(
  { from: instant, to: instant, regions: fc.subarray(['DE', 'FR']) },
  { requiredKeys: ['from'] },
);
const anyTitle = fc
  .record({
    name: fc.string({ unit: 'grapheme', maxLength: 200 }),
    kind: fc.constantFrom('MOVIE', 'SERIES'),
    maturityRating: fc.constantFrom(...MATURITY_RATINGS),
    addedAt: fc.integer({ min: 0, max: 2 ** 45 }),
    releaseYear: optional(fc.integer({ min: 1890, max: 2100 })),
    runtimeMinutes: optional(fc.integer({ min: 0, max: 900 })),
    averageScore: optional(fc.double({ min: 0, max: 10, noNaN: true })),
    scoreCount: optional(fc.nat()),
    artworkVariants: optional(fc.integer({ min: 2, max: 8 })),
    studio: optional(fc.string()),
    genreIds: fc.uniqueArray(fc.string(), { maxLength: 4 }),
    directorIds: fc.uniqueArray(fc.stringMatching(/^d[0-9]$/), { maxLength: 3 }),
    castIds: fc.uniqueArray(fc.stringMatching(/^c[0-9]$/), { maxLength: 9 }),
    availability: fc.array(window, { maxLength: 3 }),
  })
  .map((fields) => fields as Partial<Title>);

function expectFactsOf(facts: TitleFacts, title: Title): void {
  for (const field of [
    'id',
    'name',
    'kind',
    'maturityRating',
    'addedAt',
    'releaseYear',
    'runtimeMinutes',
    'averageScore',
    'scoreCount',
    'artworkVariants',
    'studio',
    'genreIds',
    'directorIds',
    'availability',
  ] as const) {
    expect(facts[field], field).toEqual(title[field]);
  }
  expect(facts.personIds).toEqual([...title.directorIds, ...title.castIds]);
}

describe('the facts of a title', () => {
  it('are what was put in, known or unknown, whatever else is in the table', () => {
    fc.assert(
      fc.property(fc.array(anyTitle, { minLength: 1, maxLength: 8 }), instant, (all, now) => {
        const titles = all.map((fields, i) => sampleTitle({ ...fields, id: `t${i}` }));
        const table = createTitleTable(titles);
        for (const title of titles) {
          const facts = table.get(title.id)!;
          expectFactsOf(facts, title);
          for (const region of [undefined, 'DE', 'JP']) {
            expect(isServable(facts, { now, ...(region && { region }) })).toBe(
              isAvailable(title.availability, now, region),
            );
          }
        }
      }),
    );
  });

  it('stay what they were when they were asked for, however often the title changes or goes', () => {
    const others = sampleTitles(500);
    const table = createTitleTable(others);
    const before = sampleTitle({ id: 'x', name: 'First', releaseYear: 1950, castIds: ['c'] });
    table.put([before]);
    const held = table.get('x')!;
    for (let round = 0; round < 3 * CHUNK_ROWS; round++) {
      table.put([sampleTitle({ id: 'x', name: `Later ${round}`, releaseYear: 2000, castIds: [] })]);
    }
    expectFactsOf(held, before);
    expect(table.get('x')?.name).toBe(`Later ${3 * CHUNK_ROWS - 1}`);
    table.remove(['x']);
    expectFactsOf(held, before);
    expect(table.get('x')).toBeUndefined();
    for (const title of others) expectFactsOf(table.get(title.id)!, title);
    expect(table.size).toBe(500);
    expect(new Set(table.newest())).toEqual(new Set(others.map(({ id }) => id)));
  });
});

describe('the rows of all titles', () => {
  it('take room for what is in use, not for what ever was', () => {
    const rows = new TitleRows();
    const facts = createTitleTable([sampleTitle({ id: 'x' })]).get('x')!;
    // One row in a thousand lasts: no chunk ever empties by itself.
    const lasting: number[] = [];
    let last: number | undefined;
    for (let i = 0; i < 100 * CHUNK_ROWS; i++) {
      const row = rows.append(facts);
      if (i % 1_000 === 0) lasting.push(row);
      else {
        if (last !== undefined) rows.retire(last);
        last = row;
      }
      for (let moving = rows.toMove(); moving.length > 0; moving = rows.toMove()) {
        for (const old of moving) {
          const place = lasting.indexOf(old);
          if (place >= 0) lasting[place] = rows.append(facts);
          else last = rows.append(facts);
          rows.retire(old);
        }
      }
    }
    expect(lasting).toHaveLength(410);
    for (const row of lasting) expect(rows.idOf(row)).toBe('x');
    expect(rows.chunks).toBeLessThanOrEqual(5);
  });
});
