/** Pages whose pictures were drawn with known rates, judged from their lake. */
import { createRandom, DAY_MS, HOUR_MS, type MarqueeEvent } from '@marquee/domain';
import { lakeOfEvents } from '@marquee/event-lake/test';
import { eventOf } from '@marquee/testkit';
import { expect, test } from 'vitest';
import { judgeArtwork } from './judge-artwork.ts';

const T = Date.UTC(2026, 2, 1, 12);
const RATES = [0.1, 0.3];

const VISITS = 4;

/**
 * Viewers who come back until they have watched the title, at most VISITS times a day, and see one picture of it all day.
 * @param second probability of the second picture. @param tells whether clients tell what they showed
 */
function pages(viewers: number, days: number, second: number, tells = true): MarqueeEvent[] {
  const random = createRandom(8);
  const events: MarqueeEvent[] = [];
  for (let unit = 0; unit < viewers * days; unit++) {
    const [profileId, day] = [`p${unit % viewers}`, Math.floor(unit / viewers)];
    const variant = Number(random.next() < second);
    for (let visit = 0, watched = false; visit < VISITS && !watched; visit++) {
      const occurredAt = T + day * DAY_MS + visit * HOUR_MS;
      const slateId = `slate-${unit}-${visit}`;
      const common = { titleId: 't', row: 1 + visit, position: 4 };
      const artwork = { variant, probabilities: [1 - second, second] };
      const rest = { rowKind: 'TOP_PICKS', score: 1, propensity: 1, sources: [] };
      const served = {
        ...{ surface: 'home' as const, seed: unit, degradations: [], featureNames: [], featureMatrix: '' },
        // The other title has one picture, and is no choice.
        items: [
          { ...common, ...rest, artwork },
          { ...common, ...rest, titleId: 'single', position: 5 },
        ],
      };
      const payload = { titleId: 't', ...(tells && { artworkVariant: variant }) };
      const envelope = { slateId, profileId, row: 1 + visit, position: 4, occurredAt };
      watched = random.next() < RATES[variant]!;
      const watch = { ...payload, watchedSeconds: watched ? 3_000 : 20 };
      events.push(
        ...([
          eventOf('SLATE_SERVED', served, { slateId, profileId, occurredAt }),
          eventOf('IMPRESSION', payload, envelope),
          eventOf('PLAY_STOP', watch, envelope),
        ] as MarqueeEvent[]),
      );
    }
  }
  return events;
}

/** How likely a watch is within a day, for each picture. */
const DAILY = RATES.map((rate) => 1 - (1 - rate) ** VISITS);

test('what always showing the own picture, or all alike, would have earned is estimated from pages that did neither, however often a viewer came back', async () => {
  const lake = await lakeOfEvents(pages(500, 3, 0.7), T + 3 * DAY_MS);
  const options = { seed: 1, resamples: 300 };
  for (const [policy, truth] of [
    ['own', DAILY[0]!],
    ['uniform', (DAILY[0]! + DAILY[1]!) / 2],
  ] as const) {
    const { estimate, logged } = await judgeArtwork(lake, policy, options);
    expect(estimate.missing).toEqual([]);
    expect(estimate.support).toMatchObject({ rows: 1_500, units: 500 });
    for (const name of ['ips', 'snips', 'doubly-robust'] as const) {
      const { value, lower, upper } = estimate.values![name];
      expect(Math.abs(value - truth)).toBeLessThan(0.06);
      expect(lower).toBeLessThan(truth + 0.01);
      expect(upper).toBeGreaterThan(truth - 0.01);
      expect(logged.value).toBeGreaterThan(value);
    }
  }
});

test('pictures that nobody tells to have shown are no evidence', async () => {
  const lake = await lakeOfEvents(pages(50, 1, 0.5, false), T);
  await expect(judgeArtwork(lake, 'own', { seed: 1 })).rejects.toThrow(/nothing that was chosen/);
});
