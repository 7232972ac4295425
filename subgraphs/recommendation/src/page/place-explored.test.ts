import { DEFAULT_EXPLORATION, type ExplorationSettings, POLICY_NAMES } from '@marquee/exploration';
import { emptyProfileState, titlePopularityView } from '@marquee/features';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HomeCandidate } from '../home/home-candidate.ts';
import { SOURCE } from '../home/source-names.ts';
import { candidateOf, factsOf, NOW, queryOf, rankedLists } from '../test/candidates.ts';
import { buildPage } from './build-page.ts';
import { explorable } from './explorable.ts';
import { createExplorer } from './explorer.ts';

const DAY_MS = 86_400_000;

function pageOf(
  ranked: readonly HomeCandidate[],
  pool: readonly HomeCandidate[],
  { settings = DEFAULT_EXPLORATION, seed = 1, segment = 'young-adult' } = {},
) {
  const query = queryOf({
    explorationSettings: settings,
    state: { ...emptyProfileState(), segment },
    seeds: [],
  });
  const { rows, placed } = buildPage({
    ranked,
    query,
    genreIds: ['drama', 'comedy', 'western', 'film-noir', 'horror'],
    titleOf: (id) => factsOf(id),
    standings: { of: () => ({ known: 0.5, liked: 0.7 }) },
    editorial: { headline: 'Critically acclaimed' },
    explorer: createExplorer({ pool, query, seed }),
  });
  const items = rows.flatMap((row, rowIndex) =>
    row.items.map((item, position) => ({ ...item, row: rowIndex, kind: row.kind, position })),
  );
  return { items, explored: items.filter(({ titleId }) => placed.get(titleId)?.slot === 'explored') };
}

function countsOf(impressions: number, watches: number): Float32Array {
  const row = new Float32Array(titlePopularityView.fields.length);
  row[titlePopularityView.index('impressions_7d')] = impressions;
  row[titlePopularityView.index('impressions_total')] = impressions;
  row[titlePopularityView.index('watches_7d')] = watches;
  row[titlePopularityView.index('updated_day')] = (NOW - Date.UTC(2020, 0, 1)) / DAY_MS;
  return row;
}

function poolOf(size: number, parts: (i: number) => Partial<HomeCandidate> = () => ({})): HomeCandidate[] {
  return Array.from({ length: size }, (_, i) =>
    candidateOf(`pool${i}`, [{ source: SOURCE.exploration }], {
      slot: 'reserve',
      facts: factsOf(`pool${i}`, { addedAt: 0, genreIds: [i % 4 === 0 ? 'drama' : 'western'] }),
      ...parts(i),
    }),
  );
}

const known = Array.from({ length: 200 }, (_, i) =>
  candidateOf(`t${i}`, [{}], {
    score: 1 - i / 200,
    facts: factsOf(`t${i}`, { genreIds: [['drama', 'comedy', 'western', 'horror'][i % 4]!] }),
  }),
);
const policies = POLICY_NAMES.map((policy): ExplorationSettings => ({ ...DEFAULT_EXPLORATION, policy }));

describe.each(policies)('exploration by $policy', (settings) => {
  test('gives away between five and ten per cent of the places, none where people look first', () => {
    const pool = poolOf(80);
    for (let seed = 0; seed < 12; seed++) {
      const { items, explored } = pageOf(known, pool, { settings, seed });
      for (const { row, kind, position, propensity } of explored) {
        expect(row).toBeGreaterThan(0);
        expect(kind).not.toBe('CONTINUE_WATCHING');
        expect(position).toBeGreaterThanOrEqual(5);
        expect(propensity).toBeGreaterThan(0);
        expect(propensity).toBeLessThanOrEqual(1);
      }
      expect(explored.length / items.length).toBeGreaterThanOrEqual(0.05);
      expect(explored.length / items.length).toBeLessThanOrEqual(0.1);
      expect(items.filter(({ propensity }) => propensity !== 1).length).toBeLessThanOrEqual(explored.length);
    }
  });

  test('what is owed an impression has the share of the first slot that goes to such', () => {
    const pool = poolOf(6, (i) => ({
      facts: factsOf(`pool${i}`, {
        addedAt: i === 0 ? NOW - DAY_MS : 0,
        genreIds: ['drama', 'western', 'comedy'],
      }),
      popularity: countsOf(60 + i, i * 2),
      inSegment: countsOf(20, i),
    }));
    const firsts = Array.from(
      { length: 40 },
      (_, seed) => pageOf(known, pool, { settings, seed }).explored[0]!,
    );
    const owed = firsts.filter(({ titleId }) => titleId === 'pool0');
    expect(owed.length).toBeGreaterThanOrEqual(30);
    for (const { propensity } of owed) expect(propensity).toBeGreaterThan(0.9 - 1e-9);
  });

  test('the same inputs give the same page, in whatever order the pool comes', () => {
    fc.assert(
      fc.property(rankedLists, fc.integer(), (list, seed) => {
        const pool = list.filter(({ provenance }) =>
          provenance.every(({ source }) => source === SOURCE.exploration),
        );
        const reserve = pool.map((candidate) => ({ ...candidate, slot: 'reserve' as const }));
        const ranked = list.filter((candidate) => !pool.includes(candidate));
        const once = pageOf([...ranked, ...reserve], reserve, { settings, seed });
        expect(pageOf([...ranked, ...reserve], reserve.toReversed(), { settings, seed })).toEqual(once);
      }),
      { numRuns: 30 },
    );
  });
});

test('a title that hardly anybody was shown moves up within its row or comes from outside, and nothing stands twice', () => {
  const tried = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const hardlyShown = known.map((candidate, i) => ({
      ...candidate,
      popularity: countsOf(i % 3 === 0 ? 0.2 : 900, 0),
      facts: { ...candidate.facts, addedAt: 0 },
    }));
    const query = queryOf({ seeds: [] });
    const pool = explorable([...hardlyShown, ...poolOf(10)], query);
    expect(pool.length).toBeLessThanOrEqual(150 + 10);
    const { items, explored } = pageOf(hardlyShown, pool, { seed });
    const ids = items.filter(({ kind }) => kind !== 'CONTINUE_WATCHING').map(({ titleId }) => titleId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { titleId, row, position } of explored) {
      tried.add(titleId);
      expect(row).toBeGreaterThan(0);
      expect(position).toBeGreaterThanOrEqual(5);
      // Of the ranked ones, only those that are owed.
      if (titleId.startsWith('t')) expect(Number(titleId.slice(1)) % 3).toBe(0);
    }
  }
  expect([...tried].some((id) => id.startsWith('pool'))).toBe(true);
  expect([...tried].some((id) => id.startsWith('t'))).toBe(true);
});

test('the better a title should suit, the sooner it is tried', () => {
  const pool = poolOf(30, (i) => ({
    score: i / 30,
    facts: factsOf(`pool${i}`, { addedAt: 0, genreIds: ['drama'] }),
  }));
  const runs = 200;
  let better = 0;
  for (let seed = 0; seed < runs; seed++) {
    const first = pageOf(known, pool, { seed }).explored[0]!.titleId;
    if (Number(first.slice(4)) >= 15) better++;
  }
  expect(better / runs).toBeGreaterThan(0.75);
});

test('what a segment watches is explored more in that segment', () => {
  const shares = ['liked', 'ignored'].map((segment) => {
    const pool = poolOf(8, (i) => ({
      // Whatever row has the first slot accepts any of them.
      facts: factsOf(`pool${i}`, {
        addedAt: 0,
        genreIds: ['film-noir', 'drama', 'western', 'comedy', 'horror'],
      }),
      popularity: countsOf(800, 40),
      inSegment: segment === 'liked' && i === 0 ? countsOf(300, 60) : countsOf(300, 6),
    }));
    const settings = { ...DEFAULT_EXPLORATION, policy: 'thompson' as const };
    const seeds = Array.from({ length: 60 }, (_, seed) => seed);
    return seeds.filter(
      (seed) => pageOf(known, pool, { settings, seed, segment }).explored[0]?.titleId === 'pool0',
    ).length;
  });
  expect(shares[0]).toBeGreaterThan(40);
  expect(shares[1]).toBeLessThan(25);
});

test('a page without an explorer has no exploring place', () => {
  const { rows } = buildPage({
    ranked: [...known, ...poolOf(20)],
    query: queryOf(),
    genreIds: ['drama'],
    titleOf: (id) => factsOf(id),
    standings: { of: () => undefined },
    editorial: { headline: 'Critically acclaimed' },
  });
  for (const { items } of rows) for (const { propensity } of items) expect(propensity).toBe(1);
});
