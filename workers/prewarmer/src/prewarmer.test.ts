import { DAY_MS, HOUR_MS, MINUTE_MS, manualClock } from '@marquee/domain';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ArrivalModel, createPrewarmer, type MakeAhead } from './index.ts';

const NOON = Date.UTC(2026, 2, 14, 12);

describe('the model of arrivals', () => {
  test('puts those first who come often, lately, and at this hour', () => {
    const model = new ArrivalModel();
    for (let day = 1; day <= 10; day++) {
      model.seen('evening', NOON - day * DAY_MS + 8 * HOUR_MS, 'TV');
      model.seen('noon', NOON - day * DAY_MS + 30 * MINUTE_MS, 'MOBILE');
      if (day > 5) model.seen('lapsing', NOON - (day + 40) * DAY_MS + 30 * MINUTE_MS, undefined);
    }
    const order = (now: number) => model.likeliest(now, 10).map(({ profileId }) => profileId);
    expect(order(NOON)[0]).toBe('noon');
    expect(order(NOON + 8 * HOUR_MS)).toEqual(['evening', 'noon', 'lapsing']);
    expect(model.likeliest(NOON, 1)).toMatchObject([{ device: 'MOBILE' }]);
    const [noon, next] = model.likeliest(NOON, 2);
    expect(noon!.expected).toBeGreaterThan(3 * next!.expected);
  });

  test('one visit is one visit, whoever is here needs nothing made ahead, and whoever is erased is forgotten', () => {
    const model = new ArrivalModel();
    for (let i = 0; i < 100; i++) model.seen('busy', NOON - 2 * DAY_MS + i * 1_000, 'TV');
    model.seen('calm', NOON - 2 * DAY_MS, 'TV');
    const [one, other] = model.likeliest(NOON, 2);
    expect(one!.expected).toBeCloseTo(other!.expected, 3);
    model.seen('calm', NOON - MINUTE_MS, 'TV');
    expect(model.likeliest(NOON, 2).map(({ profileId }) => profileId)).toEqual(['busy']);
    model.forget('busy');
    expect(model.likeliest(NOON, 2)).toEqual([]);
  });

  test('is bounded, and knows the busy hours', () => {
    const model = new ArrivalModel(50);
    for (let i = 0; i < 200; i++) model.seen(`p${i}`, NOON - 3 * DAY_MS + i * MINUTE_MS, undefined);
    expect(model.size).toBe(50);
    expect(model.isPeak(NOON)).toBe(true);
    expect(model.isPeak(NOON - 6 * HOUR_MS)).toBe(false);
    expect(new ArrivalModel().isPeak(NOON)).toBe(false);
  });
});

describe('the prewarmer', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  async function running(makeAhead: MakeAhead, options: Parameters<typeof createPrewarmer>[1] = {}) {
    const clock = manualClock(NOON);
    const bus = createSqliteEventBus({ file: folder.file('events.sqlite'), clock, logger: silentLogger });
    await bus.start();
    await bus.publish(
      Array.from({ length: 40 }, (_, i) =>
        eventOf(
          'PLAY_START',
          { titleId: 't', device: 'TV' },
          { eventId: `e${i}`, profileId: `p${i % 8}`, occurredAt: NOON - (1 + (i >> 3)) * DAY_MS },
        ),
      ),
    );
    let promote: () => void = () => undefined;
    const prewarmer = createPrewarmer(
      {
        bus,
        clock,
        logger: silentLogger,
        makeAhead,
        onPromotion(act) {
          promote = act;
          return () => undefined;
        },
      },
      { budget: 1, ...options },
    );
    await prewarmer.start();
    await waitUntil(() => prewarmer.model.size === 8);
    const stop = async () => {
      await prewarmer.stop();
      await bus.stop();
    };
    return { prewarmer, bus, clock, promote: () => promote(), stop };
  }

  test('makes pages for the likely ones of the log, on the device they come with, and after a promotion again', async () => {
    const asked: string[] = [];
    const { prewarmer, promote, stop } = await running(async ({ profileId, device }) => {
      asked.push(`${profileId} ${device}`);
      return 'made';
    });
    expect(await prewarmer.round()).toEqual({ made: 8, kept: 0, failed: 0 });
    expect(new Set(asked)).toEqual(new Set(Array.from({ length: 8 }, (_, i) => `p${i} TV`)));
    promote();
    await waitUntil(() => asked.length === 16);
    await stop();
  });

  test('leaves the busy hours of the day to those who are there', async () => {
    const asked: string[] = [];
    const { clock, stop } = await running(
      async ({ profileId }) => {
        asked.push(profileId);
        return 'made';
      },
      { everyMs: 2, leastExpected: 0 },
    );
    // Of all that was ever seen, all came at noon.
    const looked = vi.spyOn(clock, 'now');
    await waitUntil(() => looked.mock.calls.length >= 5);
    expect(asked).toEqual([]);
    clock.set(NOON - 6 * HOUR_MS);
    await waitUntil(() => asked.length >= 8);
    await stop();
  });

  test('a clock that runs ahead does not make somebody look present for ever', async () => {
    const asked: string[] = [];
    const { prewarmer, bus, stop } = await running(
      async ({ profileId }) => {
        asked.push(profileId);
        return 'made';
      },
      { leastExpected: 0 },
    );
    await bus.publish([
      eventOf(
        'PLAY_START',
        { titleId: 't' },
        { profileId: 'ahead', occurredAt: NOON + 900 * DAY_MS, receivedAt: NOON - DAY_MS },
      ),
    ]);
    await waitUntil(() => prewarmer.model.size === 9);
    await prewarmer.round();
    expect(asked).toContain('ahead');
    await stop();
  });

  test('rests as its budget says, and ends at once when it is stopped', async () => {
    const busy: number[] = [];
    const { prewarmer, stop } = await running(
      async () => {
        const startedAt = performance.now();
        while (performance.now() - startedAt < 5);
        busy.push(performance.now() - startedAt);
        return 'made';
      },
      { budget: 0.2 },
    );
    const startedAt = performance.now();
    await prewarmer.round();
    const share = busy.reduce((sum, ms) => sum + ms, 0) / (performance.now() - startedAt);
    expect(share).toBeLessThanOrEqual(0.21);
    const round = prewarmer.round();
    await stop();
    expect(await round).toMatchObject({ endedBy: 'stop' });
  });

  test('gives up on a platform that cannot make pages, and not on one profile that cannot have one', async () => {
    let fails = (profileId: string): boolean => profileId === 'p3';
    const { prewarmer, stop } = await running(async ({ profileId }) => {
      if (fails(profileId)) throw new Error('no');
      return 'kept';
    });
    expect(await prewarmer.round()).toEqual({ made: 0, kept: 7, failed: 1 });
    fails = () => true;
    expect(await prewarmer.round()).toEqual({ made: 0, kept: 0, failed: 5, endedBy: 'failures' });
    await stop();
  });
});
