import { createRandom } from '@marquee/domain';
import { assign, fixedExperiments, NO_EXPERIMENTS } from '@marquee/experimentation';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canaryKey, isCanaryFor, withCanary } from './canary-experiment.ts';
import { examinedLogOdds, logOddsBetween, PROMISED_MORE } from './shadow/base-rate.ts';
import { judgeShadow } from './shadow/judge-shadow.ts';
import { kendall, spearman, topOverlap } from './shadow/rank-agreement.ts';
import { addSlate, emptyTally, mergeTallies, scoreShift } from './shadow/shadow-tally.ts';
import { type Canary, NO_TRIALS, parseTrials } from './trials.ts';
import { watchedTrials } from './watched-trials.ts';

const SINCE = Date.UTC(2026, 2, 1);
const canary: Canary = { version: 'home-ranker-20260301T030000Z', share: 0.1, since: SINCE };
const profiles = Array.from({ length: 20_000 }, (_, i) => `profile-${i}`);

function served(tried: Canary, now = SINCE): Set<string> {
  const source = withCanary(fixedExperiments(NO_EXPERIMENTS), () => tried);
  return new Set(
    profiles.filter((profileId) =>
      isCanaryFor(assign(source.current(), { profileId, now }).assignments, tried.version),
    ),
  );
}

describe('a canary as an experiment', () => {
  it('serves its share, the same profiles every time, and more of them and no others when it grows', () => {
    const tenth = served(canary);
    expect(tenth.size / profiles.length).toBeGreaterThan(0.09);
    expect(tenth.size / profiles.length).toBeLessThan(0.11);
    expect(served(canary)).toEqual(tenth);
    const third = served({ ...canary, share: 0.3 });
    expect([...tenth].every((id) => third.has(id))).toBe(true);
  });

  it('tries the next version on others, and nobody before it began or after it ended', () => {
    const tenth = served(canary);
    const next = served({ ...canary, version: 'home-ranker-20260302T030000Z' });
    const both = [...next].filter((id) => tenth.has(id)).length;
    // Independent draws share a tenth of a tenth.
    expect(both / profiles.length).toBeLessThan(0.015);
    expect(served(canary, SINCE - 1).size).toBe(0);
    const ended = withCanary(fixedExperiments(NO_EXPERIMENTS), () => undefined);
    expect(ended.current()).toBe(NO_EXPERIMENTS);
  });

  it('leaves held-out profiles alone, and is named as experiments are', () => {
    const holdouts = [{ key: 'global', description: '', salt: 'h', buckets: 5_000 }];
    const source = withCanary(fixedExperiments({ ...NO_EXPERIMENTS, holdouts }), () => canary);
    const out = profiles.filter((profileId) => assign(source.current(), { profileId, now: SINCE }).holdout);
    expect(out.length).toBeGreaterThan(9_000);
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/), (version) => {
        expect(canaryKey(version)).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(canaryKey(version).length).toBeLessThanOrEqual(64);
      }),
    );
  });

  it('is nothing where what was broadcast cannot be read', () => {
    expect(parseTrials('{"canary":')).toEqual(NO_TRIALS);
    expect(parseTrials('{"shadow":{"version":"../x"},"canary":null}')).toEqual(NO_TRIALS);
    expect(parseTrials(JSON.stringify({ shadow: null, canary }))).toEqual({ shadow: null, canary });
  });
});

describe('trials that are watched', () => {
  it('are none until told, what was told last from then on, and none where it cannot be read', async () => {
    let tell: ((text: string) => void) | undefined;
    const trials = watchedTrials((onChange) => {
      tell = onChange;
      return () => {
        tell = undefined;
      };
    });
    expect(trials.current()).toEqual(NO_TRIALS);
    await trials.start();
    tell!(JSON.stringify({ shadow: null, canary }));
    expect(trials.current().canary).toEqual(canary);
    tell!('{"canary"');
    expect(trials.current()).toEqual(NO_TRIALS);
    await trials.stop();
    expect(tell).toBeUndefined();
  });
});

describe('how alike two models order', () => {
  it('is 1 for the same order, −1 for the opposite, and about 0 for noise', () => {
    const random = createRandom(1);
    const scores = Float32Array.from({ length: 200 }, () => random.next());
    const opposite = scores.map((score) => -score);
    expect(spearman(scores, scores)).toBeCloseTo(1);
    expect(spearman(scores, opposite)).toBeCloseTo(-1);
    expect(kendall(scores, opposite)).toBeCloseTo(-1);
    const noise = Float32Array.from({ length: 200 }, () => random.next());
    expect(Math.abs(spearman(scores, noise))).toBeLessThan(0.25);
    expect(topOverlap(scores, scores, 20)).toBe(1);
  });

  it('has Spearman’s and Kendall’s textbook values, ties and constants included', () => {
    expect(spearman([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])).toBeCloseTo(0.8, 9);
    expect(kendall([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])).toBeCloseTo(0.6, 9);
    expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(0.948_683, 5);
    expect(spearman([1, 2, 3], [7, 7, 7])).toBe(0);
  });
});

describe('what was seen in shadow', () => {
  const slate = (random: ReturnType<typeof createRandom>, shadow: (score: number) => number) => {
    const production = Float32Array.from({ length: 60 }, () => 0.02 + 0.5 * random.next());
    const ours = production.map(shadow);
    return {
      ...{ productionOrder: production, productionProbability: production, productionMs: 4 },
      ...{ shadowOrder: ours, shadowProbability: ours, shadowMs: 5 },
    };
  };
  const seen = (seed: number, pages: number, shadow: (score: number) => number) => {
    const random = createRandom(seed);
    const tally = emptyTally();
    for (let i = 0; i < pages; i++) addSlate(tally, slate(random, shadow));
    return tally;
  };

  it('adds up over processes to what one would have seen', () => {
    const parts = [seen(1, 30, (s) => s * 0.9), seen(2, 20, (s) => s * 0.9)];
    const merged = mergeTallies(parts);
    expect(merged.slates).toBe(50);
    expect(merged.spearman).toBeCloseTo(parts[0]!.spearman + parts[1]!.spearman);
    expect(merged.shadowMs.reduce((a, b) => a + b)).toBe(50);
  });

  it('waits for enough pages, and lets a model pass that orders alike in the same range', () => {
    expect(
      judgeShadow(
        seen(1, 10, (s) => s * 0.9),
        { slates: 20 },
      ).verdict,
    ).toBe('waiting');
    expect(
      judgeShadow(
        seen(1, 25, (s) => s * 0.9),
        { slates: 20 },
      ),
    ).toMatchObject({ verdict: 'passed' });
    expect(scoreShift(seen(1, 25, (s) => s))).toBeCloseTo(0, 9);
  });

  it('compares scores as if they were about the same base rate, and no range that no base rate explains', () => {
    const ofAnother = (rate: number) => (score: number) => {
      const odds = (score / (1 - score)) * (rate / (1 - rate)) * 4;
      return odds / (1 + odds);
    };
    const said = (...rates: number[]) => ({
      parameters: Object.fromEntries(rates.map((rate) => ['baseRate', rate])),
    });
    const logOdds = logOddsBetween(said(), said(0.04));
    expect(logOdds).toBeCloseTo(Math.log(6), 9);
    const shifted = seen(1, 25, ofAnother(0.04));
    expect(judgeShadow(shifted, { slates: 20 }).verdict).toBe('failed');
    expect(judgeShadow(shifted, { slates: 20 }, logOdds).verdict).toBe('passed');
    expect(scoreShift(shifted, logOdds)).toBeLessThan(0.15);
    expect(
      judgeShadow(
        seen(1, 25, (s) => s / 1_000),
        { slates: 20 },
        logOdds,
      ).verdict,
    ).toBe('failed');
    expect(
      scoreShift(
        seen(1, 25, (s) => s),
        0,
      ),
    ).toBeCloseTo(0, 9);
  });

  it('takes the level from the examination, where the model was examined beside this production', () => {
    const evidence = {
      comparedWith: 'v0',
      gates: [{ gate: 'calibration', passed: true, reason: '', figures: { [PROMISED_MORE]: -0.87 } }],
    };
    expect(examinedLogOdds(evidence, 'v0')).toBe(0.87);
    expect(examinedLogOdds(evidence, 'v1')).toBeUndefined();
    expect(examinedLogOdds({ ...evidence, gates: [] }, 'v0')).toBeUndefined();
    expect(examinedLogOdds(null, 'v0')).toBeUndefined();
    // Production overrates what it shows, and the other has learned that: half of the odds everywhere.
    const humbler = seen(1, 25, (s) => s / 2 / (1 - s + s / 2));
    expect(scoreShift(humbler, Math.log(2))).toBeLessThan(0.1);
    expect(scoreShift(humbler)).toBeGreaterThan(0.4);
  });

  it.each([
    ['another range of scores', (s: number) => s / 1_000, 'shadow-distribution'],
    ['the opposite order', (s: number) => 0.6 - s, 'shadow-order'],
    ['scores that are no numbers', () => Number.NaN, 'shadow-scores'],
    ['one score for all', () => 0.2, 'shadow-order'],
  ])('stops %s', (_, shadow, gate) => {
    const { verdict, checks } = judgeShadow(seen(3, 25, shadow), { slates: 20 });
    expect(verdict).toBe('failed');
    expect(checks.filter(({ passed }) => !passed).map((check) => check.gate)).toContain(gate);
  });

  it('stops a model that cannot score, and one that is slow where production is not', () => {
    expect(judgeShadow({ ...emptyTally(), failed: 30 }, { slates: 20 }).verdict).toBe('failed');
    const slow = seen(1, 25, (s) => s);
    slow.shadowMs.fill(0);
    slow.shadowMs[12] = 25;
    const { verdict, checks } = judgeShadow(slow, { slates: 20 });
    expect(verdict).toBe('failed');
    expect(checks.find(({ passed }) => !passed)?.gate).toBe('shadow-latency');
  });
});
