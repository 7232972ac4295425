import { createRandom } from '@marquee/domain';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOrderDraw, type OrderDrawOptions } from './draw-order.ts';
import { meanOf } from './policy.ts';
import { type Posterior, posteriorsOf } from './posterior.ts';
import { isHeldOut } from './row-order.ts';
import { DEFAULT_EXPLORATION, POLICY_NAMES, policyOf } from './settings.ts';

const policies = POLICY_NAMES.map((policy) => policyOf({ ...DEFAULT_EXPLORATION, policy }));
const counts = fc.record({
  impressions: fc.double({ min: 0, max: 5_000, noNaN: true }),
  watches: fc.double({ min: 0, max: 2_000, noNaN: true }),
});

/** Puts all arms in an order; each place has one arm fewer. */
function order(arms: readonly Posterior[], options: OrderDrawOptions) {
  const draw = createOrderDraw(options);
  const left = arms.map((_, i) => i);
  let propensity = 1;
  const placed: number[] = [];
  while (left.length > 0) {
    const { arm, probabilities } = draw.next(left.map((i) => arms[i]!));
    expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
    expect(Math.min(...probabilities)).toBeGreaterThanOrEqual(0);
    expect(probabilities[arm]).toBeGreaterThan(0);
    propensity *= probabilities[arm]!;
    placed.push(left.splice(arm, 1)[0]!);
  }
  return { placed, propensity };
}

describe.each(policies)('an order by $name', (policy) => {
  test('has all arms once, each place with probabilities that sum to one', () => {
    const evidence = fc.array(fc.record({ title: counts, inSegment: counts }), {
      minLength: 1,
      maxLength: 10,
    });
    fc.assert(
      fc.property(evidence, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(), (list, share, seed) => {
        const arms = posteriorsOf(list);
        const { placed } = order(arms, { policy, share, random: createRandom(seed).next });
        expect(placed.toSorted((a, b) => a - b)).toEqual(arms.map((_, i) => i));
      }),
    );
  });

  test.each([0, 0.2, 1])('is drawn as often as is logged, share %s', (share) => {
    const known = (impressions: number, watches: number) => ({ impressions, watches });
    const arms = posteriorsOf(
      [known(300, 20), known(20, 2), known(0, 0), known(60, 5)].map((one) => ({
        title: one,
        inSegment: one,
      })),
    );
    const runs = 3_000;
    const drawn = new Map<string, { count: number; propensity: number }>();
    for (let seed = 0; seed < runs; seed++) {
      const { placed, propensity } = order(arms, { policy, share, random: createRandom(seed).next });
      const entry = drawn.get(placed.join()) ?? { count: 0, propensity };
      expect(entry.propensity).toBeCloseTo(propensity, 12);
      drawn.set(placed.join(), { count: entry.count + 1, propensity });
    }
    for (const { count, propensity } of drawn.values()) {
      const deviation = Math.sqrt(Math.max(propensity * (1 - propensity), 1 / runs) / runs);
      expect(Math.abs(count / runs - propensity)).toBeLessThanOrEqual(5 * deviation);
    }
    const total = [...drawn.values()].reduce((sum, { propensity }) => sum + propensity, 0);
    expect(total).toBeGreaterThan(0.97);
    expect(total).toBeLessThan(1 + 1e-9);
  });
});

test('where nothing is tried every place gets the best there is, the first of equals', () => {
  const arms: Posterior[] = [
    { alpha: 2, beta: 8 },
    { alpha: 5, beta: 5 },
    { alpha: 2, beta: 8 },
  ];
  const random = createRandom(1).next;
  const policy = policyOf(DEFAULT_EXPLORATION);
  expect(order(arms, { policy, share: 0, random })).toEqual({ placed: [1, 0, 2], propensity: 1 });
});

test('what one case alone is worth scales what was counted of all', () => {
  const much = { impressions: 10_000, watches: 1_000 };
  const rates = posteriorsOf([1.4, 1, 0.7].map((scale) => ({ title: much, inSegment: much, scale }))).map(
    meanOf,
  );
  expect(rates[0]! / rates[1]!).toBeCloseTo(1.4, 6);
  expect(rates[2]! / rates[1]!).toBeCloseTo(0.7, 6);
});

test('whoever a small holdout holds, a larger one holds; in the share that was asked for', () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => `profile-${i}`);
  const held = (holdout: number) => ids.filter((id) => isHeldOut({ share: 0, holdout }, id));
  expect(held(0)).toEqual([]);
  expect(held(1)).toEqual(ids);
  const larger = new Set(held(0.2));
  expect(held(0.05).every((id) => larger.has(id))).toBe(true);
  expect(held(0.05).length / ids.length).toBeCloseTo(0.05, 2);
});

/**
 * Rows of five kinds at three places, in two segments that want different ones: what is known is what was counted, as it is in
 * the product. The order by rules is the same for both.
 */
describe('learning the order of rows', () => {
  const KINDS = [0, 1, 2, 3, 4];
  const PLACES = 3;
  const LOOKED_AT = [1, 0.8, 0.6];
  const RATES = [
    [0.08, 0.1, 0.05, 0.2, 0.06],
    [0.18, 0.05, 0.09, 0.06, 0.04],
  ];
  const rateOf = (segment: number, kind: number, place: number) => RATES[segment]![kind]! * LOOKED_AT[place]!;
  const worthOf = (segment: number, placed: readonly number[]) =>
    placed.reduce((sum, kind, place) => sum + rateOf(segment, kind, place), 0);
  const bestOf = (segment: number) =>
    KINDS.toSorted((a, b) => RATES[segment]![b]! - RATES[segment]![a]!).slice(0, PLACES);

  /** @returns regret per page against the best order, of all pages and of the last quarter */
  function simulate(options: Pick<OrderDrawOptions, 'policy' | 'share'>, seed: number, pages = 6_000) {
    const random = createRandom(seed);
    const cells = new Map<string, { impressions: number; watches: number }>();
    const cell = (key: string) => {
      if (!cells.has(key)) cells.set(key, { impressions: 0, watches: 0 });
      return cells.get(key)!;
    };
    let regret = 0;
    let late = 0;
    for (let page = 0; page < pages; page++) {
      const segment = random.integer(2);
      const draw = createOrderDraw({ ...options, random: random.next });
      const left = [...KINDS];
      const placed: number[] = [];
      for (let place = 0; place < PLACES; place++) {
        const evidence = left.map((kind) => ({
          title: cell(`${kind}@${place}`),
          inSegment: cell(`${kind}@${place}|${segment}`),
        }));
        const { arm } = draw.next(posteriorsOf(evidence));
        placed.push(left.splice(arm, 1)[0]!);
      }
      for (const [place, kind] of placed.entries()) {
        const watched = Number(random.next() < rateOf(segment, kind, place));
        for (const key of [`${kind}@${place}`, `${kind}@${place}|${segment}`]) {
          cell(key).impressions++;
          cell(key).watches += watched;
        }
      }
      const lost = worthOf(segment, bestOf(segment)) - worthOf(segment, placed);
      regret += lost / pages;
      if (page >= 0.75 * pages) late += lost / (0.25 * pages);
    }
    return { regret, late };
  }

  const mean = (options: Pick<OrderDrawOptions, 'policy' | 'share'>) => {
    const runs = [1, 2, 3].map((seed) => simulate(options, seed));
    return {
      regret: runs.reduce((sum, run) => sum + run.regret, 0) / runs.length,
      late: runs.reduce((sum, run) => sum + run.late, 0) / runs.length,
    };
  };

  test('loses far less than trying alike and than the order by rules, and ever less', () => {
    const shipped = mean({
      policy: policyOf(DEFAULT_EXPLORATION),
      share: DEFAULT_EXPLORATION.rowOrder.share,
    });
    const uniform = mean({ policy: policyOf({ ...DEFAULT_EXPLORATION, policy: 'uniform' }), share: 1 });
    const byRules = [0, 1].reduce((sum, s) => sum + worthOf(s, bestOf(s)) - worthOf(s, [0, 1, 2]), 0) / 2;
    expect(shipped.regret).toBeLessThan(0.5 * uniform.regret);
    expect(shipped.regret).toBeLessThan(0.7 * byRules);
    expect(shipped.late).toBeLessThan(0.35 * uniform.late);
    expect(shipped.late).toBeLessThan(shipped.regret);
  });
});
