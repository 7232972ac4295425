import { DAY_MS, DEVICES } from '@marquee/domain';
import { SAMPLE_INSTANT, sampleTitle } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyToProfile } from '../materialiser/materialiser.ts';
import { count, emptyRow, NO_EFFECT } from '../materialiser/title-counters.ts';
import { arbitraryLog, titleTable } from '../test/arbitrary-log.ts';
import { createTitleTable } from '../title-table.ts';
import { emptyProfileState, type ProfileState } from '../views/profile-state.view.ts';
import { titlePopularityView } from '../views/title-popularity.view.ts';
import { PopularityCursor, readPopularity } from './popularity-now.ts';
import {
  fillRankingRow,
  prepareProfile,
  RANKING_COLUMNS,
  type RetrievalSignals,
} from './ranking-features.ts';

const now = SAMPLE_INSTANT;
const width = titlePopularityView.fields.length;

function row(
  options: {
    state?: ProfileState;
    title?: Parameters<typeof sampleTitle>[0];
    popularity?: Float32Array;
    signals?: Partial<RetrievalSignals>;
    at?: number;
    device?: (typeof DEVICES)[number];
  } = {},
): Record<string, number> {
  const { state = emptyProfileState(), at = now, device } = options;
  const title = createTitleTable([sampleTitle({ id: 't', ...options.title })]).get('t')!;
  const target = new Float32Array(RANKING_COLUMNS.length + 2).fill(-77);
  const prepared = prepareProfile(state, { now: at, ...(device && { device }) }, titleTable());
  const signals = { contentSimilarity: 0, coWatch: 0, collaborative: 0, ...options.signals };
  fillRankingRow(target, 1, prepared, title, options.popularity ?? new Float32Array(width), 0, signals);
  expect([target[0], target.at(-1)]).toEqual([-77, -77]);
  return Object.fromEntries(RANKING_COLUMNS.map((name, i) => [name, target[i + 1]!]));
}

describe('fillRankingRow', () => {
  it('writes finite values whatever it is given', () => {
    const anything = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1e300));
    const titles = titleTable();
    fc.assert(
      fc.property(
        arbitraryLog(25),
        fc.array(fc.float(), { minLength: width, maxLength: width }),
        fc.record({ contentSimilarity: anything, coWatch: anything, collaborative: anything }),
        fc.record({
          averageScore: anything,
          scoreCount: anything,
          runtimeMinutes: anything,
          addedAt: anything,
          releaseYear: anything,
        }),
        fc.option(fc.constantFrom(...DEVICES), { nil: undefined }),
        (log, counts, signals, title, device) => {
          const state = log.reduce(
            (s, delivered) => applyToProfile(s, delivered, titles),
            emptyProfileState(),
          );
          const values = row({
            state,
            title,
            popularity: Float32Array.from(counts),
            signals,
            ...(device && { device }),
          });
          for (const [name, value] of Object.entries(values)) expect(value, name).toSatisfy(Number.isFinite);
        },
      ),
    );
  });

  it('reads popularity as it has decayed by the instant of the request', () => {
    const popularity = emptyRow();
    for (let i = 0; i < 64; i++) count(popularity, { ...NO_EFFECT, watches: 1 }, now);
    expect(row({ popularity }).popularity_1d).toBeCloseTo(Math.log1p(64), 4);
    const later = row({ popularity, at: now + 7 * DAY_MS });
    expect(later.popularity_1d).toBeCloseTo(Math.log1p(64 / 2 ** 7), 3);
    expect(later.popularity_7d).toBeCloseTo(Math.log1p(32), 3);
    expect(later.popularity_total).toBeCloseTo(Math.log1p(64), 4);
  });

  it('tells a crowd of the last minutes from a single watch', () => {
    const trend = (watches: number, at = now) => {
      const popularity = emptyRow();
      // Three a day for two months.
      for (let i = 0; i < 180; i++)
        count(popularity, { ...NO_EFFECT, watches: 1 }, now - (60 - i / 3) * DAY_MS);
      for (let i = 0; i < watches; i++) count(popularity, { ...NO_EFFECT, watches: 1 }, now);
      return row({ popularity, at }).trend_now!;
    };
    expect(trend(0)).toBeCloseTo(0, 0);
    expect(trend(1) - trend(0)).toBeLessThan(0.5);
    expect(trend(50)).toBeGreaterThan(3);
    // Six hours later they are a part of the day.
    expect(trend(50, now + DAY_MS / 4)).toBeLessThan(trend(50) - 1);
  });

  it('draws a score of few votes towards the middle', () => {
    const few = row({ title: { averageScore: 9.5, scoreCount: 2 } }).average_score!;
    const many = row({ title: { averageScore: 9.5, scoreCount: 5_000 } }).average_score!;
    expect(few).toBeLessThan(0.2);
    expect(many).toBeGreaterThan(2.9);
    expect(row().average_score).toBe(0);
  });

  it('knows the viewer: genres, people, list, onboarding, device', () => {
    const state: ProfileState = {
      ...emptyProfileState(),
      taste: {
        genres: { drama: 3, comedy: -1 },
        people: { 'person-1': 2 },
        eras: { '2010': 3 },
        studios: {},
        total: 4,
        updatedAt: now,
      },
      onboardingGenreIds: ['drama'],
      followedPersonIds: ['person-1'],
      myList: [{ titleId: 't', at: now }],
      impressions: { t: { count: 3, lastAt: now } },
    };
    const values = row({ state, title: { genreIds: ['drama', 'comedy'] }, device: 'TV' });
    // (3 + 1 for the quiz) and -1, over 4 + 2 of prior + 1 of quiz.
    expect(values.genre_affinity_max).toBeCloseTo(4 / 7, 5);
    expect(values.genre_affinity_mean).toBeCloseTo(3 / 14, 5);
    expect(values.director_affinity).toBeCloseTo(2 / 3, 5);
    expect(values.era_affinity).toBeCloseTo(3 / 7, 5);
    expect(values.seen_without_play).toBeCloseTo(Math.log1p(3), 5);
    expect(values).toMatchObject({
      onboarding_match: 1,
      followed_person: 1,
      in_my_list: 1,
      device_tv: 1,
      device_mobile: 0,
    });
  });
});

describe('readPopularity', () => {
  it('takes a row of nothing, or of nonsense, as zeros', () => {
    const row = new Float32Array(width).fill(Number.NaN);
    expect(Object.values(readPopularity(row, 0, now)).every((value) => value === 0)).toBe(true);
    expect(Object.values(readPopularity(emptyRow(), 0, now)).every((value) => value === 0)).toBe(true);
  });
});

describe('PopularityCursor', () => {
  it('says of one row after the other what readPopularity says, to the last bit', () => {
    const cell = fc.float({ noDefaultInfinity: true });
    const rows = fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 6 });
    fc.assert(
      fc.property(rows, (cells) => {
        const matrix = Float32Array.from(cells.flat());
        const cursor = new PopularityCursor(now);
        for (let i = 0; i < cells.length; i++) {
          const expected = readPopularity(matrix, i * width, now);
          const moved = cursor.at(matrix, i * width);
          for (const name of Object.keys(expected) as (keyof typeof expected)[]) {
            expect(moved[name], name).toBe(expected[name]);
          }
        }
      }),
    );
  });
});
