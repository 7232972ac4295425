import { DAY_MS } from '@marquee/domain';
import { SAMPLE_INSTANT, sampleTitle } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTENT_DIMENSIONS, embedTitle, tasteVector } from './content-vector.ts';
import { contentWords } from './content-words.ts';
import { emptyProfileState, type ProfileState, type WatchEntry } from './views/profile-state.view.ts';

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const bare = { synopsis: undefined, studio: undefined, directorIds: [], castIds: [] };

describe('embedTitle', () => {
  it('has length one for any title', () => {
    const ids = fc.array(fc.string({ maxLength: 6 }), { maxLength: 6 });
    fc.assert(
      fc.property(
        ids,
        ids,
        ids,
        fc.string(),
        fc.option(fc.integer({ min: -500, max: 9999 }), { nil: undefined }),
        (g, d, c, name, year) => {
          const vector = embedTitle(
            sampleTitle({ genreIds: g, directorIds: d, castIds: c, name, releaseYear: year } as object),
          );
          expect(vector).toHaveLength(CONTENT_DIMENSIONS);
          expect(dot(vector, vector)).toBeCloseTo(1, 4);
        },
      ),
    );
  });

  it('is the same for the same title in every process: raise CONTENT_VECTOR_VERSION when this changes', () => {
    const vector = embedTitle(
      sampleTitle({ id: 'fixed', name: 'The Long Voyage', synopsis: 'A ship is lost.' }),
    );
    expect([...vector.slice(0, 4)].map((x) => x.toFixed(4))).toMatchInlineSnapshot(`
      [
        "-0.0598",
        "-0.1336",
        "-0.0637",
        "0.0490",
      ]
    `);
  });

  it('puts titles nearer the more they share, on average over many titles', () => {
    const mean = (change: (i: number) => object): number => {
      let sum = 0;
      for (let i = 0; i < 200; i++) {
        const genres = [`genre-${i}`, `other-${i}`];
        const a = sampleTitle({
          id: `a${i}`,
          name: `x${i}`,
          ...bare,
          directorIds: [`d${i}`],
          genreIds: genres,
          releaseYear: 1994,
        } as object);
        const b = sampleTitle({ ...a, name: `y${i}`, ...change(i) });
        sum += dot(embedTitle(a), embedTitle(b));
      }
      return sum / 200;
    };
    const all = mean(() => ({}));
    const noDirector = mean((i) => ({ directorIds: [`e${i}`] }));
    const oneGenre = mean((i) => ({ directorIds: [`e${i}`], genreIds: [`genre-${i}`, `new-${i}`] }));
    const nothing = mean((i) => ({
      directorIds: [`e${i}`],
      genreIds: [`new-${i}`],
      releaseYear: 1930,
      kind: 'SERIES',
    }));
    expect(all).toBeGreaterThan(0.9);
    expect(noDirector).toBeLessThan(all - 0.1);
    expect(oneGenre).toBeLessThan(noDirector - 0.1);
    expect(Math.abs(nothing)).toBeLessThan(0.05);
  });

  it('lets neighbouring years of two decades be near and distant years not', () => {
    const of = (releaseYear: number) =>
      embedTitle(sampleTitle({ ...bare, name: '', genreIds: [], releaseYear } as object));
    expect(dot(of(1989), of(1990))).toBeGreaterThan(0.95);
    expect(dot(of(1989), of(1999))).toBeLessThan(0.85);
    expect(dot(of(1955), of(2015))).toBeLessThan(0.5);
  });

  it('reads words without accents, numbers and function words', () => {
    expect(contentWords('The Café of 1999', 'A cafe, and the Sea')).toEqual(['cafe', 'sea']);
  });
});

describe('tasteVector', () => {
  const now = SAMPLE_INSTANT;
  const vectors = new Map(
    ['drama', 'comedy'].map((g) => [
      g,
      embedTitle(sampleTitle({ ...bare, name: '', genreIds: [g] } as object)),
    ]),
  );
  const vectorOf = (id: string) => vectors.get(id);
  const watch = (titleId: string, fields: Partial<WatchEntry> = {}): WatchEntry => ({
    titleId,
    firstWatchedAt: now,
    lastWatchedAt: now,
    watchedSeconds: 6_000,
    positionSeconds: 6_000,
    completed: true,
    qualified: true,
    playbackStartedAt: now,
    playbackSeconds: 6_000,
    abandoned: false,
    ...fields,
  });
  const state = (fields: Partial<ProfileState>): ProfileState => ({ ...emptyProfileState(), ...fields });

  it('is unknown without anything that says something', () => {
    expect(tasteVector(state({}), vectorOf, now)).toBeUndefined();
    expect(tasteVector(state({ history: [watch('unknown')] }), vectorOf, now)).toBeUndefined();
    expect(
      tasteVector(
        state({ history: [watch('drama', { qualified: false, completed: false })] }),
        vectorOf,
        now,
      ),
    ).toBeUndefined();
  });

  it('points where the latest and longest watches are', () => {
    const recent = state({
      history: [watch('comedy'), watch('drama', { lastWatchedAt: now - 90 * DAY_MS })],
    });
    const taste = tasteVector(recent, vectorOf, now)!;
    expect(dot(taste, taste)).toBeCloseTo(1, 4);
    expect(dot(taste, vectors.get('comedy')!)).toBeGreaterThan(dot(taste, vectors.get('drama')!));
  });

  it('goes towards likes and away from dislikes and hidden titles', () => {
    const history = [watch('drama'), watch('comedy')];
    const towards = (fields: Partial<ProfileState>): number => {
      const taste = tasteVector(state({ history, ...fields }), vectorOf, now)!;
      return dot(taste, vectors.get('comedy')!) - dot(taste, vectors.get('drama')!);
    };
    expect(towards({})).toBeCloseTo(0, 5);
    expect(towards({ reactions: { comedy: { reaction: 'LIKE', at: now } } })).toBeGreaterThan(0.1);
    expect(towards({ reactions: { comedy: { reaction: 'DISLIKE', at: now } } })).toBeLessThan(-0.1);
    expect(towards({ hiddenTitleIds: ['comedy'] })).toBeLessThan(-0.1);
  });

  it('starts from the onboarding genres', () => {
    const taste = tasteVector(state({ onboardingGenreIds: ['comedy'] }), vectorOf, now)!;
    expect(dot(taste, vectors.get('comedy')!)).toBeGreaterThan(0.6);
  });
});
