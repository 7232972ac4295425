/** What people's clocks and machines send, and what it may do to features: nothing that lasts. */
import { DAY_MS, HOUR_MS, type MarqueeEvent, MINUTE_MS } from '@marquee/domain';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { eventOf, SAMPLE_INSTANT, sampleTitles } from '@marquee/testkit';
import { describe, expect, it } from 'vitest';
import { createTitleTable } from '../create-title-table.ts';
import { popularityDay } from '../ranking/popularity-now.ts';
import { MAX_HISTORY, profileStateView } from '../views/profile-state.view.ts';
import { titlePopularityView } from '../views/title-popularity.view.ts';
import { createMaterialiser } from './create-materialiser.ts';

const NOW = SAMPLE_INSTANT;

async function after(events: readonly MarqueeEvent[], titleCount = 3) {
  const store = createMemoryStore();
  await store.start();
  const materialiser = createMaterialiser({ store, titles: createTitleTable(sampleTitles(titleCount)) });
  await materialiser.apply(events.map((event, i) => ({ sequence: i + 1, event })));
  const row = new Float32Array(titlePopularityView.fields.length);
  const [counts, state] = await store.getMany([
    titlePopularityView.key('title-1'),
    profileStateView.key('ada'),
  ]);
  titlePopularityView.decodeInto(counts, row, 0);
  await store.stop();
  return {
    count: (name: Parameters<typeof titlePopularityView.index>[0]) => row[titlePopularityView.index(name)]!,
    ada: profileStateView.decode(state)!,
  };
}

const watch = (profileId: string, occurredAt: number, watchedSeconds = 3_000, titleId = 'title-1') =>
  eventOf(
    'PLAY_STOP',
    { titleId, watchedSeconds, positionSeconds: watchedSeconds },
    { profileId, occurredAt, receivedAt: Math.min(occurredAt, NOW) },
  );

describe('features stay sound', () => {
  it('when an event says that it happens years from now: it counts as of its receipt', async () => {
    const { count, ada } = await after([watch('bob', NOW), watch('ada', NOW + 20 * 365 * DAY_MS)]);
    // Had it carried the counters along, Bob's watch would be worth nothing any more.
    expect(count('watches_30d')).toBeCloseTo(2, 3);
    expect(count('updated_day')).toBeCloseTo(popularityDay(NOW), 3);
    expect(ada.history[0]!.lastWatchedAt).toBe(NOW);
  });

  it('when a clock is a little ahead: it is believed', async () => {
    const { ada } = await after([watch('ada', NOW + 4 * MINUTE_MS)]);
    expect(ada.history[0]!.lastWatchedAt).toBe(NOW + 4 * MINUTE_MS);
  });

  it('when an event says that it happened decades ago: what is left of it counts, and nothing else changes', async () => {
    const { count } = await after([watch('bob', NOW), watch('ada', NOW - 30 * 365 * DAY_MS)]);
    expect(count('watches_30d')).toBeCloseTo(1, 3);
    expect(count('watches_total')).toBe(2);
    expect(count('updated_day')).toBeCloseTo(popularityDay(NOW), 3);
  });

  it('when a watch is longer than its title: it is worth as much as the whole of it', async () => {
    const whole = await after([watch('ada', NOW, 120 * 60)]);
    const longer = await after([watch('ada', NOW, 40 * 3_600)]);
    expect(longer.ada.taste).toEqual(whole.ada.taste);
    expect(longer.ada.history[0]).toMatchObject({ completed: true, qualified: true });
    expect(longer.count('watches_total')).toBe(1);
  });

  it('when a machine plays a title a thousand times an hour: it counts once a day', async () => {
    const plays = Array.from({ length: 1_000 }, (_, i) => watch('ada', NOW - HOUR_MS + i * 3_000));
    const { count, ada } = await after(plays);
    expect(count('watches_total')).toBe(1);
    expect(ada.qualifiedWatches).toBe(1);
  });

  it('when a machine plays everything there is: its state stays bounded', async () => {
    const plays = Array.from({ length: 2_000 }, (_, i) =>
      watch('ada', NOW - HOUR_MS + i, 600, `title-${1 + (i % 1_000)}`),
    );
    const { ada } = await after(plays, 1_000);
    expect(ada.history).toHaveLength(MAX_HISTORY);
    expect(profileStateView.encode(ada).byteLength).toBeLessThan(100_000);
  });
});
