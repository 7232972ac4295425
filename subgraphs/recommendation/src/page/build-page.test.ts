import { emptyProfileState } from '@marquee/features';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_PER_GENRE, primaryGenre } from '../home/genre-cap.ts';
import { SOURCE } from '../home/source-names.ts';
import { candidateOf, factsOf, NOW, queryOf, rankedLists } from '../test/candidates.ts';
import { buildPage, MAX_ROWS } from './build-page.ts';
import { genreInHeadline } from './genre-in-headline.ts';
import type { PageInput } from './page-input.ts';

function inputOf(ranked: PageInput['ranked'], parts: Parameters<typeof queryOf>[0] = {}): PageInput {
  return {
    ranked,
    query: queryOf({
      seeds: [0, 1, 2, 3, 4].map((i) => ({ titleId: `seed${i}`, how: 'watched', at: NOW - i })),
      ...parts,
    }),
    genreIds: ['drama', 'comedy', 'western', 'film-noir', 'horror'],
    titleOf: (id) => factsOf(id),
    standings: { of: () => ({ known: 0.5, liked: 0.7 }) },
    editorial: { headline: 'Critically acclaimed' },
  };
}

describe('page construction', () => {
  test('no title stands twice, except in continue-watching; only ranked titles are placed', () => {
    fc.assert(
      fc.property(rankedLists, (ranked) => {
        const { rows, placed } = buildPage(inputOf(ranked));
        const known = new Set(ranked.map(({ id }) => id));
        const seen = new Set<string>();
        for (const row of rows) {
          const own = new Set<string>();
          for (const { titleId } of row.items) {
            expect(known.has(titleId)).toBe(true);
            expect(placed.has(titleId)).toBe(true);
            expect(own.has(titleId)).toBe(false);
            own.add(titleId);
            if (row.kind === 'CONTINUE_WATCHING') continue;
            expect(seen.has(titleId)).toBe(false);
            seen.add(titleId);
          }
        }
      }),
    );
  });

  test('rows have their minimum, ids of their own, and there are not too many', () => {
    fc.assert(
      fc.property(rankedLists, (ranked) => {
        const { rows } = buildPage(inputOf(ranked));
        expect(rows.length).toBeLessThanOrEqual(MAX_ROWS);
        expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
        const small = ['TOP_PICKS', 'CONTINUE_WATCHING', 'MY_LIST', 'FOLLOWED_PEOPLE'];
        const minimum = ranked.length >= 80 ? 10 : 3;
        for (const { kind, items } of rows) {
          expect(items.length).toBeGreaterThanOrEqual(small.includes(kind) ? 1 : minimum);
          expect(items.length).toBeLessThanOrEqual(40);
        }
      }),
    );
  });

  test('the same list gives the same page', () => {
    fc.assert(
      fc.property(rankedLists, (ranked) => {
        expect(buildPage(inputOf(ranked)).rows).toEqual(buildPage(inputOf(ranked)).rows);
      }),
    );
  });

  test('every because-you-watched row names its own seed', () => {
    fc.assert(
      fc.property(rankedLists, (ranked) => {
        const because = buildPage(inputOf(ranked)).rows.filter(({ kind }) => kind === 'BECAUSE_YOU_WATCHED');
        expect(because.length).toBeLessThanOrEqual(3);
        const seeds = because.map(({ reason }) => reason?.titleIds[0]);
        expect(new Set(seeds).size).toBe(because.length);
        for (const { headline, reason, items } of because) {
          expect(headline).toBe(`Because you watched Title ${reason?.titleIds[0]}`);
          for (const item of items) expect(item.reason).toEqual(reason);
        }
      }),
    );
  });

  test('the genre cap holds in the first ten of the top picks where it can', () => {
    const ranked = Array.from({ length: 300 }, (_, i) =>
      candidateOf(`t${i}`, [{}], {
        score: 1 - i / 300,
        facts: factsOf(`t${i}`, { genreIds: [i < 100 ? 'western' : `genre${i % 7}`] }),
      }),
    );
    const { rows, placed } = buildPage(inputOf(ranked));
    const counts = new Map<string, number>();
    for (const { titleId } of rows.find(({ kind }) => kind === 'TOP_PICKS')!.items.slice(0, 10)) {
      const genre = primaryGenre(placed.get(titleId)!);
      counts.set(genre, (counts.get(genre) ?? 0) + 1);
    }
    // The row's forty hold four genres at least: three westerns and seven of other kinds.
    expect(counts.get('western')).toBeLessThanOrEqual(MAX_PER_GENRE);
  });

  test('a scarce row is filled before those that could show anything', () => {
    const ranked = Array.from({ length: 200 }, (_, i) =>
      candidateOf(`t${i}`, i < 12 ? [{ source: SOURCE.followedPeople, because: ['person1'] }] : [{}], {
        score: 1 - i / 200,
      }),
    );
    const state = { ...emptyProfileState(), followedPersonIds: ['person1'] };
    const { rows } = buildPage(inputOf(ranked, { state }));
    const row = rows.find(({ kind }) => kind === 'FOLLOWED_PEOPLE')!;
    expect(row.items).toHaveLength(12);
    expect(row.headline).toBe('More from person1');
    expect(row.items[0]!.reason).toEqual({
      text: 'With person1, whom you follow',
      titleIds: [],
      personIds: ['person1'],
    });
  });

  test('the first picks are the best there are, also where a list of the popular would have them, but for what is saved', () => {
    const ranked = Array.from({ length: 200 }, (_, i) =>
      candidateOf(`t${i}`, i === 1 ? [{}, { source: SOURCE.myList }] : [{}], {
        score: 1 - i / 200,
        facts: factsOf(`t${i}`, { genreIds: [`genre${i % 7}`] }),
      }),
    );
    const popular = ranked.slice(0, 60).map(({ id }, i) => ({ titleId: id, score: 60 - i }));
    const lists = { popular, popularInSegment: popular, trending: [], trendingInSegment: [], genresNow: [] };
    const state = { ...emptyProfileState(), myList: [{ titleId: 't1', at: 1 }] };
    const { rows } = buildPage(inputOf(ranked, { lists, state }));
    const idsOf = (kind: string) =>
      rows.find((row) => row.kind === kind)!.items.map(({ titleId }) => titleId);
    expect(idsOf('MY_LIST')).toEqual(['t1']);
    expect(idsOf('TOP_PICKS').slice(0, 6)).toEqual(['t0', 't2', 't3', 't4', 't5', 't6']);
    expect(idsOf('TOP_TEN')[0]).toBe('t7');
  });

  test('three titles are a page of one row; none are a page without rows', () => {
    const three = [0, 1, 2].map((i) => candidateOf(`t${i}`));
    expect(buildPage(inputOf(three)).rows.map(({ items }) => items.length)).toEqual([3]);
    expect(buildPage(inputOf([])).rows).toEqual([]);
  });
});

test.each([
  ['Film Noir', 'film noir'],
  ['Thriller/Suspense', 'thriller/suspense'],
  ['Sci-Fi', 'Sci-Fi'],
  ['IMAX', 'IMAX'],
  ["Children's", "children's"],
])('the genre %s reads %s in a headline', (name, text) => {
  expect(genreInHeadline(name)).toBe(text);
});
