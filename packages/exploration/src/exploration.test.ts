import { createRandom, HOUR_MS } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bestProbabilities, spreadOf } from './best-probabilities.ts';
import { drawSlot, slotProbabilities } from './draw-slot.ts';
import { DEFAULT_GUARANTEE, owedImpressions } from './guarantee.ts';
import { type Evidence, type Posterior, posteriorsOf } from './posterior.ts';
import { DEFAULT_EXPLORATION, POLICY_NAMES, policyOf } from './settings.ts';

const counts = fc.record({
  impressions: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 5_000, noNaN: true })),
  watches: fc.double({ min: -1, max: 6_000, noNaN: true }),
});
const evidence = fc.array(fc.record({ title: counts, inSegment: counts }), { minLength: 1, maxLength: 40 });
const policies = POLICY_NAMES.map((policy) => policyOf({ ...DEFAULT_EXPLORATION, policy }));

describe.each(policies)('$name', (policy) => {
  test('gives every set of arms probabilities that sum to one', () => {
    fc.assert(
      fc.property(evidence, fc.integer(), (list, seed) => {
        const arms = posteriorsOf(list);
        const random = createRandom(seed);
        const among = arms.map((_, i) => i).filter(() => random.next() < 0.6);
        if (among.length === 0) return;
        const probabilities = Array.from(policy.prepare(arms).probabilities(among));
        expect(probabilities).toHaveLength(among.length);
        for (const one of probabilities) {
          expect(one).toBeGreaterThanOrEqual(0);
          expect(one).toBeLessThanOrEqual(1 + 1e-12);
        }
        expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
        if (policy.name !== 'greedy') expect(Math.min(...probabilities)).toBeGreaterThan(0);
      }),
    );
  });

  test('the frequency of a draw over seeds is the propensity that is logged, also among what an earlier draw has left', () => {
    const arms = posteriorsOf([
      evidenceOf(0, 0),
      evidenceOf(40, 4),
      evidenceOf(300, 24),
      evidenceOf(80, 2),
      evidenceOf(0, 0),
    ]);
    const pool = {
      chooser: policy.prepare(arms),
      owed: [0.2, 0, 0, 0, 0.6],
      owedShare: 0.5,
    };
    const runs = 20_000;
    for (const among of [
      [0, 1, 2, 3, 4],
      [1, 3],
      [0, 2, 3],
    ]) {
      const drawn = new Map<number, number>();
      const logged = new Map<number, number>();
      for (let seed = 0; seed < runs; seed++) {
        const { arm, propensity } = drawSlot(pool, among, createRandom(seed).next)!;
        drawn.set(arm, (drawn.get(arm) ?? 0) + 1);
        logged.set(arm, propensity);
      }
      const total = [...logged.values()].reduce((sum, one) => sum + one, 0);
      expect(total).toBeCloseTo(1, 3);
      for (const [arm, propensity] of logged) {
        const deviation = Math.sqrt((propensity * (1 - propensity)) / runs);
        expect(Math.abs(drawn.get(arm)! / runs - propensity)).toBeLessThanOrEqual(5 * deviation);
      }
    }
  });
});

describe('Thompson', () => {
  test('the probability of being best is that of the largest of one draw from each', () => {
    const arms: Posterior[] = [
      { alpha: 1, beta: 19 },
      { alpha: 3, beta: 40 },
      { alpha: 20, beta: 200 },
      { alpha: 60, beta: 900 },
      { alpha: 1, beta: 1 },
    ];
    for (const among of [arms, arms.slice(0, 4), arms.slice(1, 4)]) {
      const best = bestProbabilities(among.map(spreadOf));
      const random = createRandom(11);
      const runs = 60_000;
      const wins = among.map(() => 0);
      for (let i = 0; i < runs; i++) {
        const draws = among.map(({ alpha, beta }) => betaOf(alpha, beta, random));
        wins[draws.indexOf(Math.max(...draws))]!++;
      }
      // Monte Carlo's own error is 0.002.
      for (const [i, count] of wins.entries()) expect(Math.abs(count / runs - best[i]!)).toBeLessThan(0.012);
    }
  });

  test('comes to prefer the better arm as evidence grows, and keeps its floor', () => {
    const policy = policyOf(DEFAULT_EXPLORATION);
    const share = (scale: number): number =>
      Array.from(
        policy
          .prepare(posteriorsOf([evidenceOf(200 * scale, 20 * scale), evidenceOf(200 * scale, 4 * scale)]))
          .probabilities([0, 1]),
      )[0]!;
    expect(share(1)).toBeGreaterThan(0.6);
    expect(share(5)).toBeGreaterThan(share(1));
    expect(share(50)).toBeLessThanOrEqual(0.95 + 1e-9);
  });
});

describe('posteriors', () => {
  test('are proper, whatever was counted', () => {
    fc.assert(
      fc.property(evidence, (list) => {
        for (const { alpha, beta } of posteriorsOf(list)) {
          expect(alpha).toBeGreaterThan(0);
          expect(beta).toBeGreaterThan(0);
          expect(alpha + beta).toBeLessThanOrEqual(1_000 + 1e-6);
        }
      }),
    );
  });

  test('what the viewer should like is believed of more, until it has been counted', () => {
    const nothing = { impressions: 0, watches: 0 };
    const much = { impressions: 100_000, watches: 5_000 };
    const rates = posteriorsOf([
      { title: nothing, inSegment: nothing, lift: 2 },
      { title: nothing, inSegment: nothing, lift: 0.5 },
      { title: much, inSegment: much, lift: 2 },
      { title: much, inSegment: much, lift: 0.5 },
    ]).map(({ alpha, beta }) => alpha / (alpha + beta));
    expect(rates[0]! / rates[1]!).toBeCloseTo(4, 6);
    expect(rates[2]! / rates[3]!).toBeCloseTo(1, 2);
  });

  test('a title of which a segment has seen nothing has its own rate there', () => {
    const [known, unknown] = posteriorsOf([
      { title: { impressions: 1_000, watches: 200 }, inSegment: { impressions: 0, watches: 0 } },
      { title: { impressions: 0, watches: 0 }, inSegment: { impressions: 0, watches: 0 } },
    ]);
    expect(known!.alpha / (known!.alpha + known!.beta)).toBeGreaterThan(0.18);
    expect(unknown!.alpha + unknown!.beta).toBeCloseTo(20);
  });
});

describe('the guarantee', () => {
  const now = Date.UTC(2026, 0, 1);
  const fresh = { addedAt: now - 86_400_000, impressions: 0, inSegment: 0, recent: 50 };
  const owed = (shown: Partial<typeof fresh>) =>
    owedImpressions(DEFAULT_GUARANTEE, { ...fresh, ...shown }, now) > 0;

  test('ends when it is reached, in a segment and in all, and when the title is not new any more', () => {
    expect(owed({})).toBe(true);
    expect(owed({ impressions: 199, inSegment: 49 })).toBe(true);
    expect(owed({ impressions: 200, inSegment: 0 })).toBe(false);
    expect(owed({ impressions: 60, inSegment: 50 })).toBe(false);
    expect(owed({ addedAt: now - 61 * 86_400_000 })).toBe(false);
    expect(owed({ addedAt: now + 1, recent: 0 })).toBe(false);
  });

  test('whatever hardly anybody was shown lately is owed an impression, the more urgently the less it was shown', () => {
    const old = { addedAt: now - 1_000 * 86_400_000, impressions: 100_000, inSegment: 10_000 };
    const urgency = [0, 0.1, 0.5, 0.9, 1, 7].map((recent) =>
      owedImpressions(DEFAULT_GUARANTEE, { ...old, recent }, now),
    );
    expect(urgency[0]).toBe(1);
    expect(urgency).toEqual(urgency.toSorted((a, b) => b - a));
    expect(urgency.slice(0, 4).every((one) => one > 0)).toBe(true);
    expect(urgency.slice(4)).toEqual([0, 0]);
    expect(owedImpressions({ ...DEFAULT_GUARANTEE, recent: 0 }, { ...old, recent: 0 }, now)).toBe(0);
  });

  test('a new title is more urgent than another, less so the more it was shown, and all that is owed once the others have theirs', () => {
    const urgency = (shown: Partial<typeof fresh>) =>
      owedImpressions(DEFAULT_GUARANTEE, { ...fresh, ...shown }, now);
    const old = now - 1_000 * 86_400_000;
    expect(urgency({ recent: 0.5 })).toBeGreaterThan(urgency({ recent: 0.5, addedAt: old }));
    expect(urgency({ recent: 2 })).toBeLessThan(urgency({ recent: 0.1, addedAt: old }));
    expect(urgency({ recent: 150, impressions: 199 })).toBeGreaterThan(0);
    expect(urgency({ recent: 2, addedAt: old })).toBe(0);
  });

  test('whoever is owed gets its share of the draws, under every policy', () => {
    for (const policy of policies) {
      const arms = posteriorsOf([evidenceOf(500, 100), evidenceOf(0, 0), evidenceOf(0, 0)]);
      const pool = { chooser: policy.prepare(arms), owed: [0, 3, 1], owedShare: 0.5 };
      const [, a, b] = slotProbabilities(pool, [0, 1, 2]);
      expect(a! + b!).toBeGreaterThanOrEqual(0.5 - 1e-9);
      expect(a!).toBeGreaterThan(b!);
      expect(slotProbabilities({ ...pool, owed: [0, 0, 0] }, [0, 1, 2])).toEqual(
        Float64Array.from(policy.prepare(arms).probabilities([0, 1, 2])),
      );
    }
  });

  test.each([1, 2, 6])(
    'is reached while the title is new, from %i segments, of which none pays more than its share early',
    (count) => {
      const seen = new Array<number>(count).fill(0);
      const total = () => seen.reduce((sum, one) => sum + one, 0);
      const earliest: number[] = [];
      for (let hour = 0; hour < 60 * 24; hour++) {
        const segment = hour % count;
        const [impressions, addedAt] = [total(), now - hour * HOUR_MS];
        if (!owed({ addedAt, impressions, inSegment: seen[segment]! })) continue;
        seen[segment]!++;
        if (hour < 15 * 24) expect(seen[segment]).toBeLessThanOrEqual(50);
        if (total() === 200) earliest.push(hour);
      }
      expect(total()).toBe(200);
      // Four segments and more need nobody to pay for others.
      expect(earliest[0]! < 15 * 24).toBe(count >= 4);
    },
  );

  test('spreads a title over segments until it is reached, and no further', () => {
    const segments = ['a', 'b', 'c', 'd', 'e', 'f'];
    const seen = new Map(segments.map((segment) => [segment, 0]));
    const total = () => [...seen.values()].reduce((sum, count) => sum + count, 0);
    const random = createRandom(3);
    for (let visit = 0; visit < 5_000; visit++) {
      // Nine of ten visits are of one segment.
      const segment = random.next() < 0.9 ? 'a' : random.pick(segments);
      if (owed({ impressions: total(), inSegment: seen.get(segment)! }))
        seen.set(segment, seen.get(segment)! + 1);
    }
    expect(total()).toBe(200);
    for (const count of seen.values()) expect(count).toBeLessThanOrEqual(50);
    expect([...seen.values()].filter((count) => count > 0).length).toBeGreaterThanOrEqual(4);
  });
});

function evidenceOf(impressions: number, watches: number): Evidence {
  return { title: { impressions, watches }, inSegment: { impressions, watches } };
}

/** By two gamma draws (Marsaglia and Tsang 2000; boosted below one). */
function betaOf(alpha: number, beta: number, random: ReturnType<typeof createRandom>): number {
  const a = gammaOf(alpha, random);
  return a / (a + gammaOf(beta, random));
}

function gammaOf(shape: number, random: ReturnType<typeof createRandom>): number {
  if (shape < 1) return gammaOf(shape + 1, random) * random.next() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
