/** Pages with known rates, drawn and logged as the product does, judged from their lake. */
import { createRandom, type MarqueeEvent, type RowKind } from '@marquee/domain';
import { lakeOfEvents } from '@marquee/event-lake/test';
import { createOrderDraw, DEFAULT_EXPLORATION, policyOf, posteriorsOf } from '@marquee/exploration';
import { eventOf } from '@marquee/testkit';
import { expect, test } from 'vitest';
import { judgeRowOrder } from './judge-row-order.ts';
import { judgementTable } from './judgement-table.ts';

const T = Date.UTC(2026, 2, 1, 12);
const FIRST_ROW = 3;
/** In the order of the rules, which is the wrong one. */
const RATES: readonly (readonly [RowKind, number])[] = [
  ['GENRE', 0.1],
  ['HIDDEN_GEMS', 0.2],
  ['TRENDING', 0.4],
];

/**
 * @param share of pages whose order is drawn
 * @param returns pages that follow within the hour, drawn alike, while the viewer has watched nothing
 */
function pages(count: number, share: number, holdouts = 0, returns = 0): MarqueeEvent[] {
  const random = createRandom(5);
  const later = createRandom(6);
  const arms = posteriorsOf(
    RATES.map(([, rate]) => ({
      title: { impressions: 100, watches: 100 * rate },
      inSegment: { impressions: 100, watches: 100 * rate },
    })),
  );
  const policy = policyOf({ ...DEFAULT_EXPLORATION, epsilon: 0.5 });
  return Array.from({ length: count }, (_, page) => {
    const profileId = `p${page % 50}`;
    const holdout = page < holdouts;
    const draw = createOrderDraw({ policy, share, random: random.next });
    const left = RATES.map((_one, i) => i);
    const places = RATES.slice(0, 2).map((_one, place) => {
      const certain = Float64Array.from(left, (_arm, i) => Number(i === 0));
      const drawn = holdout ? { arm: 0, probabilities: certain } : draw.next(left.map((i) => arms[i]!));
      const options = left.map((i, at) => ({
        rowKind: RATES[i]![0],
        probability: drawn.probabilities[at]!,
      }));
      const arm = left.splice(drawn.arm, 1)[0]!;
      const { rowKind, probability } = options[drawn.arm]!;
      return { arm, row: FIRST_ROW + place, rowKind, propensity: probability, options };
    });
    const events: MarqueeEvent[] = [];
    for (let visit = 0, watched = false; visit <= returns && !watched; visit++) {
      const slateId = `slate-${page}-${visit}`;
      const occurredAt = T + visit * 60_000;
      const served = {
        ...{
          surface: 'home' as const,
          seed: page,
          degradations: [],
          featureNames: [],
          featureMatrix: '',
          items: [],
        },
        rowOrder: { holdout, places: places.map(({ arm: _, ...place }) => place) },
      };
      events.push(eventOf('SLATE_SERVED', served, { slateId, occurredAt, profileId }) as MarqueeEvent);
      for (const { arm, row, rowKind } of places) {
        const envelope = { slateId, row, position: 0, occurredAt, profileId };
        const titleId = `title-${arm}`;
        const begun = (visit === 0 ? random : later).next() < RATES[arm]![1];
        watched ||= begun;
        events.push(
          eventOf('IMPRESSION', { titleId, rowKind }, envelope) as MarqueeEvent,
          eventOf(
            'PLAY_STOP',
            { titleId, rowKind, watchedSeconds: begun ? 3_000 : 20 },
            envelope,
          ) as MarqueeEvent,
        );
      }
    }
    return events;
  }).flat();
}

test('the order by rules and a draw of alike are estimated from pages in another order, next to what the held out did', async () => {
  const lake = await lakeOfEvents(pages(4_000, 0.8, 600), T);
  const options = { seed: 1, resamples: 300 };
  const rules = await judgeRowOrder(lake, 'rules', options);
  // The first place has GENRE; of the second it depends on what stands above.
  expect(rules.estimate.missing).toEqual([]);
  const { 'doubly-robust': value } = rules.estimate.values!;
  expect(value.value).toBeLessThan(rules.logged.value - 0.05);
  expect(rules.onPolicy!.value).toBeCloseTo(0.15, 1);
  expect(judgementTable(rules)).toContain('the policy, in its own log');

  const uniform = await judgeRowOrder(lake, 'uniform', options);
  const { lower, upper } = uniform.estimate.values!['doubly-robust'];
  expect(lower).toBeLessThan(0.24);
  expect(upper).toBeGreaterThan(0.17);
  expect(uniform.onPolicy).toBeUndefined();
});

test('pages that a viewer comes back to within the hour are no draws of their own, and change nothing', async () => {
  const options = { seed: 1, resamples: 300 };
  const [once, again] = await Promise.all(
    [0, 3].map(async (returns) =>
      judgeRowOrder(await lakeOfEvents(pages(800, 0.8, 100, returns), T), 'rules', options),
    ),
  );
  expect(once!.estimate.missing).toEqual([]);
  expect(once!.estimate.support).toMatchObject({ rows: 1_400, units: 50 });
  expect(again).toEqual(once);
});

test('where no order was ever tried there is a reason and no number', async () => {
  const lake = await lakeOfEvents(pages(300, 0), T);
  const { estimate } = await judgeRowOrder(lake, 'rules', { seed: 1 });
  expect(estimate.values).toBeUndefined();
  expect(estimate.missing.length).toBeGreaterThan(0);
});

test('a lake without pages whose rows were learned is refused', async () => {
  const lake = await lakeOfEvents([eventOf('IMPRESSION', { titleId: 't' })], T);
  await expect(judgeRowOrder(lake, 'rules', { seed: 1 })).rejects.toThrow(/nothing that was chosen/);
});
