import { emptyProfileState, prepareProfile, titlePopularityView } from '@marquee/features';
import type { ModelRuntime } from '@marquee/model-runtime';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SOURCE } from '../home/source-names.ts';
import { candidateOf, factsOf, queryOf, rankedLists } from '../test/candidates.ts';
import { rankingModelScorer } from './ranking-model.scorer.ts';
import { sourceBlendScorer } from './source-blend.scorer.ts';
import { freshness, satisfaction, valueScorer } from './value.scorer.ts';

const context = { remainingMs: () => 1_000, signal: new AbortController().signal, random: Math.random };

describe('source blend', () => {
  test('lies in [0, 1] on every rung, one patch per candidate', async () => {
    await fc.assert(
      fc.asyncProperty(rankedLists, fc.constantFrom('cold', 'warming', 'established'), async (list, rung) => {
        const patches = await sourceBlendScorer.score(queryOf({ rung }), list, context);
        expect(patches).toHaveLength(list.length);
        for (const { blend } of patches) {
          expect(blend).toBeGreaterThanOrEqual(0);
          expect(blend).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('a second source never lowers a title, and an onboarding genre lifts it while nothing was watched', async () => {
    const list = [
      candidateOf('one', [{ source: SOURCE.popularInSegment, rank: 5 }]),
      candidateOf('two', [
        { source: SOURCE.popularInSegment, rank: 5 },
        { source: SOURCE.trending, rank: 5 },
      ]),
      candidateOf('chosen', [{ source: SOURCE.popularInSegment, rank: 5 }], {
        facts: factsOf('chosen', { genreIds: ['western'] }),
      }),
      candidateOf('last', [
        { source: SOURCE.popularInSegment, rank: 9 },
        { source: SOURCE.trending, rank: 9 },
      ]),
    ];
    const state = { ...emptyProfileState(), onboardingGenreIds: ['western'] };
    const [one, two, chosen] = await sourceBlendScorer.score(queryOf({ rung: 'cold', state }), list, context);
    expect(two!.blend).toBeGreaterThan(one!.blend);
    expect(chosen!.blend).toBeGreaterThan(two!.blend);
  });
});

describe('value', () => {
  test('is the ranker times satisfaction and freshness, and 0 for what the ranker can make no number of', async () => {
    const state = { ...emptyProfileState(), impressions: { seen: { count: 5, lastAt: 0 } } };
    const list = [
      candidateOf('ranked', [{}], { probability: 0.5, blend: 0.9 }),
      candidateOf('unranked', [{}], { probability: Number.NaN, blend: 0.9 }),
      candidateOf('seen', [{}], { probability: 0.5, blend: 0.9 }),
    ];
    const [ranked, unranked, seen] = await valueScorer.score(queryOf({ state }), list, context);
    expect(ranked!.score).toBeCloseTo(0.5, 9);
    // Its blend is on another scale: it would come before all that the ranker knows something of.
    expect(unranked!.score).toBe(0);
    expect(seen!.score).toBeCloseTo(0.5 * 0.96 ** 2, 9);
    const worthless = { ...list[0]!, worth: Number.NaN };
    const valued = { ...list[0]!, worth: 0.02 };
    const scores = await valueScorer.score(queryOf({ state }), [worthless, valued], context);
    expect(scores.map(({ score }) => score)).toEqual([0, 0.02]);
  });

  test('is the blend where no ranker answered', async () => {
    const list = [0.9, 0.2].map((blend, i) => candidateOf(`t${i}`, [{}], { blend }));
    const scores = await valueScorer.score(queryOf(), list, context);
    expect(scores.map(({ score }) => score)).toEqual([0.9, 0.2]);
    expect(await valueScorer.score(queryOf(), [], context)).toEqual([]);
  });

  test('prefers what is finished to what is given up, and stays near one', () => {
    const row = (watches: number, completions: number, abandonments: number): Float32Array => {
      const values = new Float32Array(titlePopularityView.fields.length);
      values[titlePopularityView.index('watches_30d')] = watches;
      values[titlePopularityView.index('completions_30d')] = completions;
      values[titlePopularityView.index('abandonments_30d')] = abandonments;
      return values;
    };
    expect(satisfaction(row(0, 0, 0))).toBeCloseTo(1, 6);
    expect(satisfaction(row(1_000, 950, 10))).toBeGreaterThan(1.05);
    expect(satisfaction(row(1_000, 100, 900))).toBeLessThan(0.95);
    expect(freshness(3)).toBe(1);
    expect(freshness(10)).toBeLessThan(freshness(9));
  });
});

describe('ranking model', () => {
  test('has all the time that the pipeline gives it, where that is patient with a busy machine', async () => {
    let givenMs = 0;
    const runtime: Pick<ModelRuntime, 'predict'> = {
      async predict({ deadline }) {
        givenMs = deadline!.remainingMs();
        return { probability: new Float32Array(0), model: { name: 'ranker', version: 'v1' } };
      },
    };
    const prepared = prepareProfile(emptyProfileState(), { now: 0 }, new Map());
    await rankingModelScorer(runtime as ModelRuntime).score(queryOf({ rung: 'warming', prepared }), [], {
      ...context,
      remainingMs: () => 200_000,
    });
    expect(givenMs).toBeGreaterThan(100_000);
  });
});
