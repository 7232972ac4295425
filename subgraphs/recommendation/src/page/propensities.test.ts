/**
 * Whether the logged propensities are the frequencies with which pages do what they say: one viewer's page, drawn hour after hour as
 * `HomePageMaker` draws it. Every draw is looked at given all that was drawn before it on the page, which is what its propensity is
 * conditional on; the order of rows and the slots share a seed and must not know of each other. Then a policy whose value is known is
 * estimated from these logs.
 */
import { createRandom, DAY_MS, HOUR_MS, ROW_KINDS } from '@marquee/domain';
import { DEFAULT_EXPLORATION, POLICY_NAMES, type PolicyName } from '@marquee/exploration';
import { emptyProfileState, POPULARITY_EPOCH_MS, titlePopularityView } from '@marquee/features';
import { estimatePolicy } from '@marquee/training';
import { describe, expect, test } from 'vitest';
import type { ArtworkCounts } from '../home/artwork-counts.ts';
import { pageSeed } from '../home/page-seed.ts';
import { OPEN_ROWS, type RowCounts } from '../home/row-counts.ts';
import { SOURCE } from '../home/source-names.ts';
import { candidateOf, factsOf, NOW, queryOf } from '../test/candidates.ts';
import { buildPage } from './build-page.ts';
import { createArtworkChooser } from './choose-artwork.ts';
import { createExplorer } from './explorer.ts';
import { createRowOrderer } from './row-orderer.ts';

const WIDTH = titlePopularityView.fields.length;
const PAGES = 3_000;

function countsInto(row: Float32Array, at: number, impressions: number, watches: number): void {
  row[at + titlePopularityView.index('impressions_7d')] = impressions;
  row[at + titlePopularityView.index('impressions_total')] = impressions;
  row[at + titlePopularityView.index('watches_7d')] = watches;
  row[at + titlePopularityView.index('updated_day')] = (NOW - POPULARITY_EPOCH_MS) / DAY_MS;
}

function countsOf(impressions: number, watches: number): Float32Array {
  const row = new Float32Array(WIDTH);
  countsInto(row, 0, impressions, watches);
  return row;
}

const GENRES = ['drama', 'comedy', 'western', 'horror'];

/** Enough for rows of several kinds, some of which have slots. */
const RANKED = Array.from({ length: 160 }, (_, i) => {
  const sources = [SOURCE.trending, SOURCE.newReleases, SOURCE.contentSimilarity, SOURCE.editorial];
  return candidateOf(`t${i}`, [{ source: sources[i % 4]!, rank: i }], {
    score: 1 - i / 160,
    facts: factsOf(`t${i}`, { genreIds: [GENRES[(i + Math.floor(i / 4)) % 4]!] }),
  });
});

/** Half of them new and known to few, which rows of all kinds accept; half for one genre's row alone. The first is owed impressions. */
const POOL = Array.from({ length: 6 }, (_, i) =>
  candidateOf(`pool${i}`, [{ source: SOURCE.exploration }], {
    slot: 'reserve',
    score: 0.1 * i,
    facts: factsOf(`pool${i}`, {
      addedAt: i < 3 ? NOW - 30 * DAY_MS : 0,
      genreIds: i < 3 ? ['film-noir', 'drama'] : ['drama'],
    }),
    popularity: countsOf(i === 0 ? 3 : 300 + i, i * 12),
    inSegment: countsOf(i === 0 ? 1 : 80, i * 3),
  }),
);

const FOR_ONE_GENRE = new Set(POOL.slice(3).map(({ id }) => id));

const ROW_COUNTS: RowCounts = (() => {
  const values = new Float32Array(OPEN_ROWS * ROW_KINDS.length * WIDTH);
  for (let i = 0; i < OPEN_ROWS * ROW_KINDS.length; i++) {
    countsInto(values, i * WIDTH, 300, 6 + ((7 * i) % ROW_KINDS.length));
  }
  return { everybody: values, inSegment: values };
})();

/** What was drawn on a page, in the order in which it was. */
interface Draw {
  readonly where: 'row' | 'slot';
  readonly at: string;
  readonly chosen: string;
  readonly propensity: number;
}

function drawsOf(policy: PolicyName, hour: number): readonly Draw[] {
  const query = queryOf({
    rowCounts: ROW_COUNTS,
    state: { ...emptyProfileState(), segment: 'young-adult' },
    explorationSettings: {
      ...DEFAULT_EXPLORATION,
      policy,
      rowOrder: { share: 0.6, holdout: 0 },
      guarantee: { ...DEFAULT_EXPLORATION.guarantee, share: 0.5 },
    },
  });
  const seed = pageSeed('a viewer on a device', hour * HOUR_MS);
  const rowOrderer = createRowOrderer({ query, seed })!;
  const { rows, placed } = buildPage({
    ranked: [...RANKED, ...POOL],
    query,
    genreIds: ['drama', 'comedy'],
    titleOf: (id) => factsOf(id),
    standings: { of: ({ id }) => ({ known: FOR_ONE_GENRE.has(id) ? 0.9 : 0.5, liked: 0.7 }) },
    editorial: { headline: 'Critically acclaimed' },
    explorer: createExplorer({ pool: POOL, query, seed }),
    rowOrderer,
  });
  const order = rowOrderer.order.places.map(
    ({ row, rowKind, propensity }): Draw => ({ where: 'row', at: `${row}`, chosen: rowKind, propensity }),
  );
  const slots = rows.flatMap((row, r) =>
    row.items.flatMap(({ titleId, propensity }, place): Draw[] =>
      placed.get(titleId)!.slot === 'explored'
        ? [{ where: 'slot', at: `${r}:${place}`, chosen: titleId, propensity }]
        : [],
    ),
  );
  return [...order, ...slots];
}

/** How often each thing was drawn in each context, next to how often it should have been. */
class Frequencies {
  readonly #contexts = new Map<string, Map<string, { times: number; propensity: number }>>();

  add(context: string, chosen: string, propensity: number): void {
    const outcomes = this.#contexts.get(context) ?? new Map();
    this.#contexts.set(context, outcomes);
    const outcome = outcomes.get(chosen) ?? { times: 0, propensity };
    expect(outcome.propensity).toBeCloseTo(propensity, 12);
    outcome.times++;
    outcomes.set(chosen, outcome);
  }

  /**
   * Squared deviations in units of their variance, in the mean 1, of all that should have come about at least ten times.
   * @returns that mean, its standard error, and how many there were
   */
  deviation(): { mean: number; error: number; compared: number } {
    let [sum, compared] = [0, 0];
    for (const outcomes of this.#contexts.values()) {
      const draws = outcomes.values().reduce((total, { times }) => total + times, 0);
      expect(outcomes.values().reduce((total, { propensity }) => total + propensity, 0)).toBeLessThan(
        1 + 1e-9,
      );
      for (const { times, propensity } of outcomes.values()) {
        const expected = draws * propensity;
        if (propensity === 1) expect(times).toBe(draws);
        if (Math.min(expected, draws - expected) < 10) continue;
        sum += (times - expected) ** 2 / (expected * (1 - propensity));
        compared++;
      }
    }
    return { mean: sum / compared, error: Math.sqrt(2 / compared), compared };
  }
}

/** @param least how many outcomes there have to be to compare */
function expectAsLogged(frequencies: Frequencies, least: number): void {
  const { mean, error, compared } = frequencies.deviation();
  expect(compared).toBeGreaterThanOrEqual(least);
  if (compared > 0) expect(mean).toBeLessThan(1 + 4 * error);
}

describe.each(POLICY_NAMES)('by %s', (policy) => {
  const pages = Array.from({ length: PAGES }, (_, hour) => drawsOf(policy, hour));

  test('rows and titles are drawn as often as is logged, given what was drawn above', () => {
    const drawn = { row: new Frequencies(), slot: new Frequencies() };
    for (const draws of pages) {
      let above = '';
      for (const { where, at, chosen, propensity } of draws) {
        drawn[where].add(`${above} ${at}`, chosen, propensity);
        above += ` ${at} ${chosen}`;
      }
    }
    // What greedy leaves to chance is who is owed an impression.
    expectAsLogged(drawn.row, policy === 'greedy' ? 0 : 5);
    expectAsLogged(drawn.slot, policy === 'greedy' ? 2 : 5);
  });

  // Of the first learned place all pages have the same options; hidden gems accept what is known to few.
  test.each<readonly [Draw['where'], readonly string[]]>([
    ['slot', POOL.slice(0, 3).map(({ id }) => id)],
    ['row', ['EDITORIAL', 'GENRE', 'HIDDEN_GEMS', 'NEW_RELEASES', 'TRENDING']],
  ])('what a uniform draw of the first %s would have earned is estimated from them', (where, options) => {
    const rateOf = (option: number): number => 0.1 + (0.8 * option) / options.length;
    const truth = options.reduce((sum, _, option) => sum + rateOf(option), 0) / options.length;
    const random = createRandom(3);
    const first = pages
      .filter(([row]) => where === 'row' || row!.chosen === 'HIDDEN_GEMS')
      .map((draws) => draws.find((draw) => draw.where === where)!);
    const action = Uint32Array.from(first, ({ chosen }) => options.indexOf(chosen));
    const { values, missing } = estimatePolicy(
      {
        ...{ actions: options.length, positions: 1, action, position: new Uint8Array(first.length) },
        reward: Float64Array.from(action, (option) => Number(random.next() < rateOf(option))),
        propensity: Float64Array.from(first, ({ propensity }) => propensity),
      },
      (_, into) => into.fill(1 / options.length),
      { seed: 1, resamples: 200 },
    );
    if (policy === 'greedy') {
      expect(missing.join('; ')).toMatch(/never logged/);
      return;
    }
    expect(missing).toEqual([]);
    for (const name of ['ips', 'snips', 'doubly-robust'] as const) {
      const { value, lower, upper } = values![name];
      expect(Math.abs(value - truth)).toBeLessThan(upper - lower);
    }
  });

  test('pictures are chosen as often as is logged, given that of another title and that of the day before', () => {
    const counts: ArtworkCounts['everybody']['counts'] = {
      a: [
        [400, 20],
        [300, 30],
      ],
      b: [
        [40, 2],
        [40, 4],
        [0, 0],
      ],
    };
    const drawn = new Frequencies();
    for (let viewer = 0; viewer < 60; viewer++) {
      let before: number | undefined;
      for (let day = 20_000; day < 20_050; day++) {
        const choose = createArtworkChooser(
          queryOf({
            profileId: `viewer-${viewer}`,
            artworkCounts: { everybody: { day, counts }, inSegment: { day, counts }, blobs: [] },
            explorationSettings: { ...DEFAULT_EXPLORATION, policy },
          }),
        )!;
        const a = choose(factsOf('a', { artworkVariants: 2 }))!;
        const b = choose(factsOf('b', { artworkVariants: 3 }))!;
        drawn.add(`a after ${before}`, `${a.variant}`, a.probabilities[a.variant]!);
        drawn.add(`b beside ${a.variant}`, `${b.variant}`, b.probabilities[b.variant]!);
        before = a.variant;
      }
    }
    expectAsLogged(drawn, policy === 'greedy' ? 0 : 5);
  });
});
