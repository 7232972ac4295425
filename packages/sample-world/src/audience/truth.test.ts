import { createRandom, DEVICES, isAvailable, withinMaturity } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildSampleCatalogue } from '../catalogue/build-sample-catalogue.ts';
import { createAudience } from './create-audience.ts';
import { expectedSecondsOfPlay, outcomes, samplePlay } from './watch-model.ts';

const now = Date.UTC(2026, 5, 1, 9, 30);
const { titles } = buildSampleCatalogue({ now });
const audience = createAudience({ seed: 11, titles, profiles: 500, now });
const byId = new Map(titles.map((title) => [title.id, title]));

const profileId = fc.constantFrom(...audience.profileIds());
const titleId = fc.constantFrom(...titles.map(({ id }) => id));
const context = fc.record({
  hour: fc.integer({ min: 0, max: 23 }),
  device: fc.constantFrom(...DEVICES),
  now: fc.constant(now),
  seen: fc.boolean(),
});

/** Mean and standard error of repeated draws. */
function meanOf(draw: () => number, count: number): { mean: number; error: number } {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < count; i++) {
    const value = draw();
    sum += value;
    squares += value * value;
  }
  const mean = sum / count;
  return { mean, error: Math.sqrt(Math.max(0, squares / count - mean * mean) / count) };
}

describe('the ground truth', () => {
  it('expects what many simulated watches average to', () => {
    fc.assert(
      fc.property(profileId, titleId, context, fc.integer(), (profile, title, situation, seed) => {
        const random = createRandom(seed);
        const { mean, error } = meanOf(
          () => audience.sampleWatchSeconds(profile, title, situation, random),
          20_000,
        );
        const expected = audience.expectedWatchSeconds(profile, title, situation);
        // Five standard errors; seconds are rounded, and rare plays make the error itself uncertain.
        expect(Math.abs(mean - expected)).toBeLessThan(5 * error + 4);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it('expects what a play averages to, for every affinity and runtime', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -4, max: 5, noNaN: true }),
        fc.integer({ min: 120, max: 14_000 }),
        (affinity, runtime) => {
          const random = createRandom(17);
          const { mean, error } = meanOf(() => samplePlay(affinity, runtime, random).watchedSeconds, 5_000);
          expect(Math.abs(mean - expectedSecondsOfPlay(affinity, runtime))).toBeLessThan(5 * error + 1);
        },
      ),
      { numRuns: 50, seed: 2 },
    );
  });

  it('has outcomes that sum to one, and better titles are abandoned less and finished more', () => {
    const all = [-4, -2, 0, 2, 4].map((affinity) => outcomes(affinity, 6_000));
    for (const { abandon, partial, finish } of all) {
      expect(abandon.probability + partial.probability + finish.probability).toBeCloseTo(1, 10);
      expect(partial.probability).toBeGreaterThan(0);
    }
    for (let i = 1; i < all.length; i++) {
      expect(all[i]!.abandon.probability).toBeLessThan(all[i - 1]!.abandon.probability);
      expect(all[i]!.finish.probability).toBeGreaterThan(all[i - 1]!.finish.probability);
    }
  });

  it('ranks by expectation and offers only what the viewer may see', () => {
    fc.assert(
      fc.property(profileId, context, (profile, situation) => {
        const ranking = audience.oracleRanking(profile, situation, 20);
        const { region, maturityLimit } = audience.profile(profile);
        expect(ranking).toHaveLength(20);
        for (const [i, entry] of ranking.entries()) {
          const title = byId.get(entry.titleId)!;
          expect(isAvailable(title.availability, now, region)).toBe(true);
          expect(withinMaturity(title.maturityRating, maturityLimit)).toBe(true);
          expect(entry.expectedSeconds).toBe(
            audience.expectedWatchSeconds(profile, entry.titleId, situation),
          );
          if (i > 0) expect(entry.expectedSeconds).toBeLessThanOrEqual(ranking[i - 1]!.expectedSeconds);
        }
      }),
      { numRuns: 30, seed: 3 },
    );
  });

  it('gives the oracle no regret and any other list of allowed titles some', () => {
    const situation = { hour: 20, device: 'TV', now } as const;
    fc.assert(
      fc.property(profileId, fc.integer({ min: 1, max: 30 }), fc.integer(), (profile, k, seed) => {
        const allowed = audience.oracleRanking(profile, situation, 300).map((entry) => entry.titleId);
        expect(audience.regret(profile, situation, allowed.slice(0, k))).toBeCloseTo(0, 9);
        const shown = createRandom(seed).shuffle(allowed).slice(0, k);
        expect(audience.regret(profile, situation, shown)).toBeGreaterThanOrEqual(-1e-9);
      }),
      { numRuns: 30, seed: 4 },
    );
  });

  it('differs between viewers: what is best for one is not best for all', () => {
    const situation = { hour: 20, device: 'TV', now } as const;
    const lists = ['sim-1', 'sim-2', 'sim-3', 'sim-4'].map((id) => audience.oracleRanking(id, situation, 20));
    expect(new Set(lists.flat().map((entry) => entry.titleId)).size).toBeGreaterThan(50);
  });

  it('leaves out excluded titles and refuses ids of nobody', () => {
    const situation = { hour: 20, device: 'TV', now } as const;
    const [first] = audience.oracleRanking('sim-1', situation, 1);
    const exclude = new Set([first!.titleId]);
    expect(audience.oracleRanking('sim-1', situation, 5, { exclude })).not.toContainEqual(first);
    for (const id of ['sim-0', 'sim-501', 'persona-nobody', ''])
      expect(() => audience.profile(id)).toThrow(RangeError);
    expect(() => audience.expectedWatchSeconds('sim-1', 't_none', situation)).toThrow(RangeError);
  });
});
