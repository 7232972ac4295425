import { ROW_KINDS, type RowKind } from '@marquee/domain';
import { DEFAULT_EXPLORATION, POLICY_NAMES, type RowOrderSettings } from '@marquee/exploration';
import { emptyProfileState, POPULARITY_EPOCH_MS, titlePopularityView } from '@marquee/features';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OPEN_ROWS, type RowCounts } from '../home/row-counts.ts';
import { SOURCE } from '../home/source-names.ts';
import { candidateOf, factsOf, NOW, queryOf, rankedLists } from '../test/candidates.ts';
import { buildPage } from './build-page.ts';
import type { PageInput } from './page-input.ts';
import { createRowOrderer } from './row-orderer.ts';

const WIDTH = titlePopularityView.fields.length;
const FIELDS = ['impressions_7d', 'watches_7d', 'updated_day'].map((name) => titlePopularityView.index(name));

/** @param rateOf watches per impression, of so many impressions */
function countsOf(rateOf: (kind: RowKind, row: number) => number, impressions = 2_000): RowCounts {
  const values = new Float32Array(OPEN_ROWS * ROW_KINDS.length * WIDTH);
  const [shown, watched, day] = FIELDS as [number, number, number];
  for (let row = 0; row < OPEN_ROWS; row++) {
    for (const [i, kind] of ROW_KINDS.entries()) {
      const at = (row * ROW_KINDS.length + i) * WIDTH;
      values[at + shown] = impressions;
      values[at + watched] = impressions * rateOf(kind, row);
      values[at + day] = (NOW - POPULARITY_EPOCH_MS) / 86_400_000;
    }
  }
  return { everybody: values, inSegment: values };
}

const NOTHING = countsOf(() => 0, 0);

interface Parts {
  readonly rowCounts?: RowCounts | undefined;
  readonly rowOrder?: Partial<RowOrderSettings>;
  readonly seed?: number;
  readonly policy?: (typeof POLICY_NAMES)[number];
  readonly query?: Parameters<typeof queryOf>[0];
}

function pageOf(ranked: PageInput['ranked'], parts: Parts = {}) {
  const { rowOrder, seed = 1, policy = 'thompson' } = parts;
  const query = queryOf({
    seeds: [0, 1, 2, 3, 4].map((i) => ({ titleId: `seed${i}`, how: 'watched', at: NOW - i })),
    rowCounts: 'rowCounts' in parts ? parts.rowCounts : NOTHING,
    explorationSettings: {
      ...DEFAULT_EXPLORATION,
      policy,
      rowOrder: { ...DEFAULT_EXPLORATION.rowOrder, holdout: 0, ...rowOrder },
    },
    ...parts.query,
  });
  const rowOrderer = createRowOrderer({ query, seed });
  const page = buildPage({
    ranked,
    query,
    rowOrderer,
    genreIds: ['drama', 'comedy', 'western', 'film-noir', 'horror'],
    titleOf: (id) => factsOf(id),
    standings: { of: () => ({ known: 0.5, liked: 0.7 }) },
    editorial: { headline: 'Critically acclaimed' },
  });
  return { kinds: page.rows.map(({ kind }) => kind), rows: page.rows, order: rowOrderer?.order };
}

/** A page of many kinds of rows, on which "trending" is worth little by rules. */
const VARIED = Array.from({ length: 240 }, (_, i) => {
  const sources = [SOURCE.trending, SOURCE.newReleases, SOURCE.becauseYouWatched, SOURCE.editorial];
  const source = sources[i % sources.length]!;
  return candidateOf(`t${i}`, [{ source, rank: i, because: [`seed${i % 3}`] }], {
    score: source === SOURCE.trending ? 0.3 - i / 2_000 : 0.9 - i / 1_000,
    facts: factsOf(`t${i}`, { genreIds: [['drama', 'comedy', 'western', 'horror'][i % 4]!] }),
  });
});

describe('rows in a learned order', () => {
  test('are rows of the rules: the same first ones, none lost, none invented, under every policy and whatever was counted', () => {
    const rates = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(
        rankedLists,
        rates,
        fc.nat(),
        fc.constantFrom(...POLICY_NAMES),
        (ranked, byKind, seed, policy) => {
          const rowCounts = countsOf((kind, row) => byKind[(ROW_KINDS.indexOf(kind) + row) % 12]!);
          const learned = pageOf(ranked, { rowCounts, seed, policy, rowOrder: { share: 0.5 } });
          const byRules = pageOf(ranked, { rowCounts: undefined });
          expect(learned.rows.map(({ id }) => id).sort()).toEqual(byRules.rows.map(({ id }) => id).sort());
          const first = ['CONTINUE_WATCHING', 'TOP_PICKS'].filter((kind) =>
            byRules.kinds.includes(kind as RowKind),
          );
          expect(learned.kinds.slice(0, first.length)).toEqual(first);
          for (const kind of ['MY_LIST', 'FOLLOWED_PEOPLE'] as const) {
            expect(learned.kinds.indexOf(kind)).toBeLessThan(12);
          }
          for (const { row, rowKind, propensity, options } of learned.order!.places) {
            expect(row).toBeLessThan(OPEN_ROWS);
            expect(learned.kinds[row]).toBe(rowKind);
            expect(options.find((option) => option.rowKind === rowKind)!.probability).toBe(propensity);
            expect(new Set(options.map((option) => option.rowKind)).size).toBe(options.length);
            expect(options.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('stand by rules where nothing was counted, nothing is read, or the page was filtered', () => {
    const byRules = pageOf(VARIED, { rowCounts: undefined });
    expect(byRules.order).toBeUndefined();
    const unknown = pageOf(VARIED, { rowOrder: { share: 0 } });
    expect(unknown.kinds).toEqual(byRules.kinds);
    expect(unknown.order!.places.length).toBeGreaterThan(0);
    expect(unknown.order!.places.every(({ propensity }) => propensity === 1)).toBe(true);
    const trending = countsOf((kind) => (kind === 'TRENDING' ? 0.9 : 0.01));
    const filtered = pageOf(VARIED, { rowCounts: trending, query: { filter: { genreIds: ['drama'] } } });
    expect(filtered).toEqual(byRules);
  });

  test('go up when they are watched more where they stand, and not for who is held out', () => {
    const rowCounts = countsOf((kind) => (kind === 'TRENDING' ? 0.3 : 0.05));
    const byRules = pageOf(VARIED, { rowCounts: undefined });
    const learned = pageOf(VARIED, { rowCounts, rowOrder: { share: 0 } });
    const first = learned.order!.places[0]!.row;
    expect(learned.kinds[first]).toBe('TRENDING');
    expect(byRules.kinds.indexOf('TRENDING')).toBeGreaterThan(first);
    // What would stand there by rules comes first of what could.
    expect(learned.order!.places[0]!.options[0]!.rowKind).toBe(byRules.kinds[first]);
    const heldOut = pageOf(VARIED, { rowCounts, rowOrder: { holdout: 1 } });
    expect(heldOut.kinds).toEqual(byRules.kinds);
    expect(heldOut.order!.holdout).toBe(true);
    expect(heldOut.order!.places.every(({ propensity }) => propensity === 1)).toBe(true);
  });

  test('of two kinds that are watched alike, the one that is worth more to this viewer stands higher', () => {
    const rowCounts = countsOf(() => 0.1);
    expect(pageOf(VARIED, { rowCounts, rowOrder: { share: 0 } }).kinds).toEqual(
      pageOf(VARIED, { rowCounts: undefined }).kinds,
    );
  });

  test('are the same for the same seed, tried on a share of the pages, and never on nobody in particular', () => {
    const rowCounts = countsOf(() => 0.1, 100);
    const best = pageOf(VARIED, { rowCounts, rowOrder: { share: 0 } }).kinds.join();
    const seeds = Array.from({ length: 400 }, (_, seed) => seed);
    const other = seeds.filter((seed) => pageOf(VARIED, { rowCounts, seed }).kinds.join() !== best);
    expect(other.length / seeds.length).toBeGreaterThan(0.1);
    expect(other.length / seeds.length).toBeLessThan(0.27);
    for (const seed of other.slice(0, 5)) {
      expect(pageOf(VARIED, { rowCounts, seed })).toEqual(pageOf(VARIED, { rowCounts, seed }));
      const nobody = pageOf(VARIED, { rowCounts, seed, query: { profileId: undefined } });
      expect(nobody.kinds.join()).toBe(best);
    }
  });

  test('keep what the viewer has put on the page in sight', () => {
    const ranked = VARIED.map((candidate, i) =>
      i === 239
        ? { ...candidate, provenance: [{ ...candidate.provenance[0]!, source: SOURCE.myList }] }
        : candidate,
    );
    const state = { ...emptyProfileState(), myList: [{ titleId: 't239', at: 1 }] };
    const rowCounts = countsOf((kind) => (kind === 'MY_LIST' ? 0 : 0.2));
    expect(pageOf(ranked, { rowCounts, query: { state } }).kinds.indexOf('MY_LIST')).toBeGreaterThan(0);
  });
});
