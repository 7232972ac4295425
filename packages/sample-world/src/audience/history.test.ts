import { DAY_MS, eventSchema, isAvailable, type MarqueeEvent, withinMaturity } from '@marquee/domain';
import { describe, expect, it } from 'vitest';
import { buildSampleCatalogue } from '../catalogue/build-sample-catalogue.ts';
import { syntheticCatalogue } from '../catalogue/synthetic-catalogue.ts';
import { createAudience } from './create-audience.ts';

const DAYS = 60;
const PROFILES = 400;
const now = Date.UTC(2026, 5, 1, 9, 30);
const { titles } = buildSampleCatalogue({ now });
const byId = new Map(titles.map((title) => [title.id, title]));
const audience = createAudience({ seed: 11, titles, profiles: PROFILES, now, personas: false });
const batches = [...audience.history({ days: DAYS })];
const log = batches.flat();

type Shown = MarqueeEvent & { payload: { titleId: string } };
const about = (...types: MarqueeEvent['type'][]): Shown[] =>
  log.filter((event): event is Shown => types.includes(event.type));

describe('the simulated history', () => {
  it('consists of valid events only', () => {
    const invalid = log.filter((event) => !eventSchema.safeParse(event).success);
    expect(invalid).toEqual([]);
  });

  it('comes in bounded batches, in order of time, numbered from one, and ends before now', () => {
    expect(Math.max(...batches.map(({ length }) => length))).toBeLessThanOrEqual(4_096);
    expect(log.map(({ eventId }) => eventId)).toEqual(log.map((_, i) => `sim-11-${i + 1}`));
    for (let i = 1; i < log.length; i++) {
      expect(log[i]!.occurredAt >= log[i - 1]!.occurredAt).toBe(true);
    }
    expect(log.at(-1)!.occurredAt).toBeLessThan(now);
    expect(log.at(-1)!.occurredAt).toBeGreaterThan(now - DAY_MS);
  });

  it('registers everybody before the period begins', () => {
    const registered = log.filter(({ type }) => type === 'PROFILE_REGISTERED');
    expect(new Set(registered.map(({ profileId }) => profileId)).size).toBe(PROFILES);
    for (const { occurredAt } of registered) expect(occurredAt).toBeLessThan(now - DAYS * DAY_MS);
    for (const event of about('IMPRESSION'))
      expect(event.occurredAt).toBeGreaterThanOrEqual(now - DAYS * DAY_MS);
  });

  it('has the promised volume: 12 to 18 sessions per profile, 10 to 15 impressions per session', () => {
    expect(log.length / PROFILES).toBeGreaterThan(200);
    expect(log.length / PROFILES).toBeLessThan(225);
    const sessions = new Set(log.flatMap(({ slateId }) => slateId ?? [])).size;
    expect(sessions / PROFILES).toBeGreaterThan(12);
    expect(sessions / PROFILES).toBeLessThan(18);
    const impressions = about('IMPRESSION').length / sessions;
    expect(impressions).toBeGreaterThan(10);
    expect(impressions).toBeLessThan(15);
  });

  it('shows only what the viewer may see at that time', () => {
    for (const { profileId, occurredAt, payload } of about('IMPRESSION')) {
      const { region, maturityLimit } = audience.profile(profileId);
      const title = byId.get(payload.titleId)!;
      expect(withinMaturity(title.maturityRating, maturityLimit)).toBe(true);
      // An impression follows the making of its page by seconds.
      expect(
        isAvailable(title.availability, occurredAt - 60_000, region) ||
          isAvailable(title.availability, occurredAt, region),
      ).toBe(true);
    }
  });

  it('ends every play it starts, within the runtime', () => {
    expect(about('PLAY_START').length).toBe(about('PLAY_STOP').length);
    for (const { payload } of about('PLAY_STOP')) {
      const { watchedSeconds, positionSeconds, titleId } = payload as typeof payload & {
        watchedSeconds: number;
        positionSeconds: number;
      };
      expect(positionSeconds).toBeGreaterThanOrEqual(watchedSeconds);
      const { runtimeMinutes } = byId.get(titleId)!;
      if (runtimeMinutes !== undefined) expect(positionSeconds).toBeLessThanOrEqual(runtimeMinutes * 60);
    }
  });

  it('leaves some titles unfinished, so that there is something to continue', () => {
    const lastStop = new Map<string, Shown>();
    for (const event of about('PLAY_STOP')) lastStop.set(event.profileId, event);
    const unfinished = [...lastStop.values()].filter(({ payload }) => {
      const runtime = (byId.get(payload.titleId)!.runtimeMinutes ?? 100) * 60;
      const { positionSeconds = 0 } = payload as { positionSeconds?: number };
      return positionSeconds > 300 && positionSeconds < 0.9 * runtime;
    });
    expect(unfinished.length / lastStop.size).toBeGreaterThan(0.1);
  });

  it('follows the truth: titles of higher expected watch time are played more often', () => {
    const played = new Set(
      about('PLAY_START').map(({ profileId, payload }) => `${profileId} ${payload.titleId}`),
    );
    const impressions = about('IMPRESSION').map(({ profileId, occurredAt, payload }) => ({
      expected: audience.expectedWatchSeconds(profileId, payload.titleId, {
        hour: 20,
        device: 'TV',
        now: occurredAt,
      }),
      played: played.has(`${profileId} ${payload.titleId}`),
    }));
    impressions.sort((a, b) => a.expected - b.expected);
    const quarter = Math.floor(impressions.length / 4);
    const rate = (part: typeof impressions): number =>
      part.filter((shown) => shown.played).length / part.length;
    const rates = [0, 1, 2, 3].map((q) => rate(impressions.slice(q * quarter, (q + 1) * quarter)));
    expect([...rates].sort((a, b) => a - b)).toEqual(rates);
    expect(rates[3]!).toBeGreaterThan(5 * rates[0]!);
  });

  it('has position bias: the first place of a page is played more often than the last', () => {
    const count = (type: MarqueeEvent['type'], row: number): number =>
      about(type).filter((event) => event.row === row).length;
    const rate = (row: number): number => count('PLAY_START', row) / count('IMPRESSION', row);
    expect(rate(0)).toBeGreaterThan(1.2 * rate(2));
  });

  it('is the same for the same seed and another for another', () => {
    const make = (seed: number): MarqueeEvent[] =>
      [...createAudience({ seed, titles, profiles: 20, now }).history({ days: 5 })].flat();
    expect(make(3)).toEqual(make(3));
    expect(make(4).map(({ occurredAt }) => occurredAt)).not.toEqual(
      make(3).map(({ occurredAt }) => occurredAt),
    );
  });

  it('is lazy at scale: a hundred thousand profiles on a synthetic catalogue begin at once', () => {
    const catalogue = syntheticCatalogue({ count: 20_000, seed: 5, now });
    const crowd = createAudience({
      seed: 5,
      titles: [...catalogue.batches()].flat(),
      profiles: 100_000,
      now,
      personas: false,
    });
    let events = 0;
    let sessions = 0;
    for (const batch of crowd.history({ days: 60 })) {
      events += batch.length;
      sessions += batch.filter(({ type }) => type === 'PLAY_START').length;
      if (sessions > 100) break;
    }
    expect(events).toBeGreaterThan(100_000);
    expect(events).toBeLessThan(300_000);
  });
});
