import { createRandom } from '@marquee/domain';
import { describe, expect, it } from 'vitest';
import { judgeCanary } from './judge-canary.ts';
import { narrowest, type RatioSums, ratioDifference, sequentialRadius } from './ratio-difference.ts';
import { type ArmOutcomes, GUARDRAILS } from './read-outcomes.ts';

const LIMITS = {
  profiles: 200,
  atLeastMs: 0,
  atMostMs: 1_000,
  margin: 0.15,
  tolerance: 1,
  alpha: 0.05,
  beta: 0.05,
};

interface Rates {
  readonly watch: number;
  readonly hide: number;
}

/** Adds profiles to the sums of an arm: some sessions each, plays in them, by rates. */
function grow(
  arm: ArmOutcomes | undefined,
  profiles: number,
  rates: Rates,
  random: ReturnType<typeof createRandom>,
): ArmOutcomes {
  const sums = Object.fromEntries(
    GUARDRAILS.map(({ name }) => [
      name,
      { ...(arm?.sums[name] ?? { profiles: 0, x: 0, y: 0, xx: 0, yy: 0, xy: 0 }) },
    ]),
  ) as Record<string, { -readonly [K in keyof RatioSums]: number }>;
  for (let i = 0; i < profiles; i++) {
    const sessions = 1 + random.integer(4);
    const plays = sessions * 2;
    let [qualified, minutes, hides] = [0, 0, 0];
    for (let play = 0; play < plays; play++) {
      if (random.next() < rates.watch) {
        qualified++;
        minutes += 10 + 90 * random.next();
      }
      if (random.next() < rates.hide) hides++;
    }
    const figures = { qualified, minutes, hides, sessions, plays, abandoned: plays - qualified };
    for (const { name, x, y } of GUARDRAILS) {
      const [a, b] = [figures[x], figures[y]];
      const sum = sums[name]!;
      sum.profiles++;
      sum.x += a;
      sum.y += b;
      sum.xx += a * a;
      sum.yy += b * b;
      sum.xy += a * b;
    }
  }
  return {
    profiles: (arm?.profiles ?? 0) + profiles,
    slates: 0,
    sums: sums as unknown as ArmOutcomes['sums'],
  };
}

/** Looks after every 20 profiles of an arm; says at which a verdict was reached. */
function run(seed: number, canary: Rates, control: Rates, most = 1_200) {
  const random = createRandom(seed);
  let [a, b]: (ArmOutcomes | undefined)[] = [undefined, undefined];
  for (let profiles = 20; profiles <= most; profiles += 20) {
    a = grow(a, 20, control, random);
    b = grow(b, 20, canary, random);
    const { verdict } = judgeCanary({ control: a, canary: b }, 10, LIMITS);
    if (verdict === 'hurt' || verdict === 'passed') return { verdict, profiles };
  }
  return { verdict: 'waiting', profiles: most };
}

const USUAL = { watch: 0.5, hide: 0.05 };

describe('judging a canary', () => {
  it('hardly ever stops one that does no harm, however often it is looked at', () => {
    const stopped = Array.from({ length: 60 }, (_, seed) => run(seed, USUAL, USUAL, 400)).filter(
      ({ verdict }) => verdict === 'hurt',
    );
    expect(stopped.length).toBeLessThanOrEqual(5);
  });

  it('stops one that hurts, the sooner the more, and never lets it pass', () => {
    const clear = Array.from({ length: 20 }, (_, seed) => run(seed, { watch: 0.3, hide: 0.05 }, USUAL));
    expect(clear.map(({ verdict }) => verdict)).toEqual(clear.map(() => 'hurt'));
    expect(Math.max(...clear.map(({ profiles }) => profiles))).toBeLessThanOrEqual(200);
    const hidden = Array.from({ length: 20 }, (_, seed) => run(seed, { watch: 0.5, hide: 0.15 }, USUAL));
    expect(hidden.every(({ verdict }) => verdict === 'hurt')).toBe(true);
  });

  it('lets a better one pass once enough was seen, not before', () => {
    const runs = Array.from({ length: 20 }, (_, seed) => run(seed, { watch: 0.56, hide: 0.03 }, USUAL));
    expect(runs.every(({ verdict, profiles }) => verdict === 'passed' && profiles >= LIMITS.profiles)).toBe(
      true,
    );
  });

  it('lets one that is as good pass in the end, also where hardly anybody hides anything', () => {
    const rare = { watch: 0.5, hide: 0.005 };
    const runs = Array.from({ length: 20 }, (_, seed) => run(seed, rare, rare, 3_000));
    expect(runs.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThanOrEqual(17);
  });

  it('hardly ever lets one take over that is worse than the margin allows, however often it is looked at', () => {
    // A sixth fewer watches: just beyond the margin, where harm is hardest to tell from what is allowed.
    const worse = { watch: 0.5 * (1 - LIMITS.margin - 0.01), hide: 0.05 };
    const passed = Array.from({ length: 60 }, (_, seed) => run(seed, worse, USUAL)).filter(
      ({ verdict }) => verdict === 'passed',
    );
    expect(passed.length).toBeLessThanOrEqual(6);
  });

  it('says nothing of a few profiles, and that it could not tell when the time is over', () => {
    const random = createRandom(5);
    const arms = {
      control: grow(undefined, 10, USUAL, random),
      canary: grow(undefined, 10, { watch: 0, hide: 1 }, random),
    };
    expect(judgeCanary(arms, 10, LIMITS).verdict).toBe('waiting');
    expect(judgeCanary(arms, 1_000, LIMITS).verdict).toBe('inconclusive');
  });
});

describe('the difference of two ratios', () => {
  it('has the spread that repetition shows', () => {
    const differences: number[] = [];
    let error = 0;
    for (let seed = 0; seed < 300; seed++) {
      const random = createRandom(seed);
      const of = () => grow(undefined, 100, USUAL, random).sums['watch-minutes-per-session'];
      const measured = ratioDifference(of(), of())!;
      differences.push(measured.difference);
      error += measured.standardError / 300;
    }
    const spread = Math.sqrt(differences.reduce((sum, each) => sum + each * each, 0) / differences.length);
    expect(error / spread).toBeGreaterThan(0.88);
    expect(error / spread).toBeLessThan(1.12);
  });

  it('has intervals that hold at every look: wider than the usual ones, and least so where they were tuned for', () => {
    // One look, two-sided 95 %: 1.96 standard errors.
    expect(narrowest(0.05)).toBeGreaterThan(2.5);
    expect(narrowest(0.05)).toBeLessThan(3.5);
    const inStandardErrors = [8, 2, 1, 0.5, 0.1].map(
      (standardError) => sequentialRadius({ standardError }, 0.05, 1) / standardError,
    );
    expect(Math.min(...inStandardErrors)).toBe(inStandardErrors[2]);
    expect(sequentialRadius({ standardError: 0 }, 0.05, 1)).toBe(0);
  });
});
