/** Pages whose pictures were drawn with known rates, judged from their lake. */
import { createRandom, type MarqueeEvent } from '@marquee/domain';
import { lakeOfEvents } from '@marquee/event-lake/test';
import { eventOf } from '@marquee/testkit';
import { expect, test } from 'vitest';
import { judgeArtwork } from './judge-artwork.ts';

const T = Date.UTC(2026, 2, 1, 12);
const RATES = [0.1, 0.3];

/** @param second probability of the second picture. @param tells whether clients tell what they showed */
function pages(count: number, second: number, tells = true): MarqueeEvent[] {
  const random = createRandom(8);
  return Array.from({ length: count }, (_, page) => {
    const slateId = `slate-${page}`;
    const variant = Number(random.next() < second);
    const common = { titleId: 't', row: 1, position: 4 };
    const artwork = { variant, probabilities: [1 - second, second] };
    const rest = { rowKind: 'TOP_PICKS', score: 1, propensity: 1, sources: [] };
    const served = eventOf(
      'SLATE_SERVED',
      {
        ...{ surface: 'home', seed: page, degradations: [], featureNames: [], featureMatrix: '' },
        // The other title has one picture, and is no choice.
        items: [
          { ...common, ...rest, artwork },
          { ...common, ...rest, titleId: 'single', position: 5 },
        ],
      },
      { slateId, occurredAt: T },
    );
    const payload = { titleId: 't', ...(tells && { artworkVariant: variant }) };
    const envelope = { slateId, row: 1, position: 4, occurredAt: T };
    const watchedSeconds = random.next() < RATES[variant]! ? 3_000 : 20;
    return [
      served,
      eventOf('IMPRESSION', payload, envelope),
      eventOf('PLAY_STOP', { ...payload, watchedSeconds }, envelope),
    ] as MarqueeEvent[];
  }).flat();
}

test('what always showing the own picture, or all alike, would have earned is estimated from pages that did neither', async () => {
  const lake = await lakeOfEvents(pages(4_000, 0.7), T);
  const options = { seed: 1, resamples: 300 };
  for (const [policy, truth] of [
    ['own', RATES[0]!],
    ['uniform', (RATES[0]! + RATES[1]!) / 2],
  ] as const) {
    const { estimate, logged } = await judgeArtwork(lake, policy, options);
    expect(estimate.missing).toEqual([]);
    const { value, lower, upper } = estimate.values!['doubly-robust'];
    expect(Math.abs(value - truth)).toBeLessThan(0.03);
    expect(lower).toBeLessThan(truth + 0.01);
    expect(upper).toBeGreaterThan(truth - 0.01);
    expect(logged.value).toBeGreaterThan(value);
  }
});

test('pictures that nobody tells to have shown are no evidence', async () => {
  const lake = await lakeOfEvents(pages(50, 0.5, false), T);
  await expect(judgeArtwork(lake, 'own', { seed: 1 })).rejects.toThrow(/nothing that was chosen/);
});
