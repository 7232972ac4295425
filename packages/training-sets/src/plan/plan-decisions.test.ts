import {
  DAY_MS,
  encodeFeatureMatrix,
  HOUR_MS,
  type MarqueeEvent,
  MINUTE_MS,
  SECOND_MS,
} from '@marquee/domain';
import { createEventLake, openLake } from '@marquee/event-lake';
import { createTitleTable } from '@marquee/features';
import { silentLogger } from '@marquee/service-kit';
import { eventOf, sampleTitle, temporaryFolder } from '@marquee/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BuildSettings, DEFAULT_SETTINGS } from '../build-options.ts';
import { planDecisions } from './plan-decisions.ts';

const T = Date.UTC(2026, 2, 1, 12);
const titles = createTitleTable([
  sampleTitle({ id: 't1', runtimeMinutes: 90 }),
  sampleTitle({ id: 't2', runtimeMinutes: 90 }),
]);
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

/** The plan for a log of exactly these events, and one that closes every window. */
async function plan(events: readonly MarqueeEvent[], settings: Partial<BuildSettings> = {}) {
  const path = folder.file('lake');
  const clock = { now: () => T };
  const lake = createEventLake({ folder: path, clock, logger: silentLogger, tickMs: 0, memoryMegabytes: 64 });
  await lake.start();
  await lake.open(0);
  const all = [...events, eventOf('DETAILS_OPENED', { titleId: 't1' }, { occurredAt: T + 9 * DAY_MS })];
  await lake.append(
    0,
    all.map((event, i) => ({ sequence: i + 1, event })),
  );
  await lake.stop();
  const reader = await openLake({ folder: path });
  try {
    return await planDecisions(reader, titles, { ...DEFAULT_SETTINGS, seed: 1, ...settings });
  } finally {
    await reader.close();
  }
}

const seen = (at: number, envelope: object = {}, titleId = 't1') =>
  eventOf('IMPRESSION', { titleId, device: 'TV' }, { occurredAt: T + at, ...envelope });
const stop = (at: number, watchedSeconds: number, envelope: object = {}, titleId = 't1') =>
  eventOf('PLAY_STOP', { titleId, watchedSeconds }, { occurredAt: T + at, ...envelope });
const slate = (at: number, slateId: string, titleIds: readonly string[]) =>
  eventOf(
    'SLATE_SERVED',
    {
      surface: 'home',
      seed: 1,
      degradations: [],
      featureNames: [],
      featureMatrix: encodeFeatureMatrix([], 0),
      items: titleIds.map((titleId, position) => ({
        titleId,
        rowKind: 'TOP_PICKS',
        row: 0,
        position,
        score: null,
        propensity: 0.25,
        sources: ['trending', 'genre'],
      })),
    },
    { occurredAt: T + at, slateId, modelVersion: 'v7', assignments: { ranker: 'b' } },
  );

describe('a play', () => {
  it('counts for the newest showing within the window where it carries no token', async () => {
    const { decisions } = await plan([
      seen(0, { eventId: 'old', slateId: 'a' }),
      seen(HOUR_MS, { eventId: 'new', slateId: 'b' }),
      stop(2 * HOUR_MS, 4_000),
    ]);
    expect(decisions.map(({ id, outcome }) => [id, outcome.qualified])).toEqual([
      ['old', false],
      ['new', true],
    ]);
  });

  it('counts for the slate of its token, also when the title was shown again since', async () => {
    const { decisions } = await plan([
      seen(0, { eventId: 'old', slateId: 'a' }),
      seen(HOUR_MS, { eventId: 'new', slateId: 'b' }),
      stop(2 * HOUR_MS, 4_000, { slateId: 'a' }),
    ]);
    expect(decisions.map(({ id, outcome }) => [id, outcome.qualified])).toEqual([
      ['old', true],
      ['new', false],
    ]);
  });

  it('that begins in the window counts to its end, to the second, with a token and without', async () => {
    const start = (at: number, envelope: object, titleId: string) =>
      eventOf('PLAY_START', { titleId }, { occurredAt: T + at, ...envelope });
    const { decisions } = await plan([
      seen(0, { eventId: 'shown' }),
      seen(0, { eventId: 'of a page', slateId: 'a' }, 't2'),
      start(DAY_MS, {}, 't1'),
      start(DAY_MS, { slateId: 'a' }, 't2'),
      stop(DAY_MS + 5_000 * SECOND_MS, 5_000),
      stop(DAY_MS + 5_001 * SECOND_MS, 5_001, { slateId: 'a' }, 't2'),
    ]);
    expect(decisions.map(({ id, outcome }) => [id, outcome.watchSeconds, outcome.qualified])).toEqual([
      ['shown', 5_000, true],
      ['of a page', 5_001, true],
    ]);
  });

  it('of after the window, or of nothing that was shown, is a decision of its own, once', async () => {
    const { decisions } = await plan([
      seen(0, { eventId: 'shown' }),
      stop(DAY_MS + 4_001 * SECOND_MS, 4_000, { eventId: 'late' }),
      stop(3 * DAY_MS, 5_000, { eventId: 'resumed' }),
      stop(0, 200, { eventId: 'searched' }, 't2'),
      stop(HOUR_MS, 2_000, {}, 't2'),
    ]);
    expect(decisions.map(({ id, kind, outcome }) => [id, kind, outcome.watchSeconds])).toEqual([
      ['shown', 'shown', 0],
      ['late', 'played', 4_000],
      ['searched', 'played', 2_000],
    ]);
  });

  it('is qualified after two minutes, abandoned when stopped before five, and no longer than its title', async () => {
    const { decisions } = await plan([
      ...[100, 120, 121, 299, 300].flatMap((seconds, i) => [
        seen(i * SECOND_MS, { profileId: `p${i}` }),
        stop(i * SECOND_MS + MINUTE_MS, seconds, { profileId: `p${i}` }),
      ]),
      seen(DAY_MS, { profileId: 'forger' }),
      stop(DAY_MS + 1, 170_000, { profileId: 'forger' }),
    ]);
    const rows = decisions.map(({ outcome }) => [outcome.watchSeconds, outcome.qualified, outcome.abandoned]);
    expect(rows).toEqual([
      [100, false, true],
      [120, false, true],
      [121, true, true],
      [299, true, true],
      [300, true, false],
      [5_400, true, false],
    ]);
  });
});

describe('a decision', () => {
  it('brings what its slate says, and what was said about the title', async () => {
    const { decisions } = await plan([
      slate(0, 's', ['t2', 't1']),
      seen(5, { slateId: 's', row: 0, position: 1 }),
      seen(10, { slateId: 's', row: 0, position: 1 }),
      eventOf('REACTION_SET', { titleId: 't1', reaction: 'LIKE' }, { occurredAt: T + MINUTE_MS }),
      eventOf('TITLE_HIDDEN', { titleId: 't1' }, { occurredAt: T + HOUR_MS }),
    ]);
    expect(decisions).toHaveLength(1);
    expect(decisions[0]).toMatchObject({
      device: 'TV',
      outcome: { played: false, reaction: 'LIKE', hidden: true },
      slate: {
        id: 's',
        surface: 'home',
        place: 1,
        servedAt: T,
        item: 1,
        rowKind: 'TOP_PICKS',
        row: 0,
        position: 1,
        propensity: 0.25,
        sources: ['trending', 'genre'],
        modelVersion: 'v7',
        assignments: '{"ranker":"b"}',
      },
    });
  });

  it('whose outcome reached the log first, or whose slate was made later, is left out and counted', async () => {
    const { decisions, exclusions } = await plan([
      stop(MINUTE_MS, 4_000, { slateId: 's' }),
      seen(0, { slateId: 's' }),
      seen(0, { slateId: 'later', profileId: 'p2' }),
      slate(HOUR_MS, 'later', ['t1']),
      seen(0, { profileId: 'p3', eventId: 'good' }),
      seen(0, { profileId: 'p3' }, 'gone'),
    ]);
    expect(decisions.map(({ id }) => id)).toEqual(['good']);
    expect(exclusions).toEqual({
      'outcome-before-impression': 1,
      'slate-after-impression': 1,
      'unknown-title': 1,
    });
  });

  it('of machines, floods and clocks that are ahead is left out, and counted by reason', async () => {
    const many = (count: number, make: (i: number) => MarqueeEvent) =>
      Array.from({ length: count }, (_, i) => make(i));
    const { decisions, exclusions } = await plan(
      [
        ...many(8, (i) => stop(i, 4_000, { profileId: 'bot' }, `t${i}`)),
        ...many(30, (i) => seen(i, { profileId: 'flood' })),
        seen(2 * DAY_MS, { profileId: 'ahead', receivedAt: T }),
        seen(0, { profileId: 'viewer', eventId: 'good' }),
      ],
      { limits: { playsPerHour: 5, eventsPerHour: 20, clockAheadMs: MINUTE_MS } },
    );
    expect(decisions.map(({ id }) => id)).toEqual(['good']);
    expect(exclusions).toEqual({ 'event-bot': 8, 'event-flooding': 30, 'event-clock-ahead': 1 });
  });

  it('of a clock that is behind is no earlier than its page: its window is open as long as theirs', async () => {
    const behind = { profileId: 'behind', slateId: 'late' };
    const { decisions, exclusions } = await plan([
      slate(0, 'early', ['t1']),
      seen(-400 * DAY_MS, { eventId: 'closed', slateId: 'early', receivedAt: T + MINUTE_MS }),
      stop(-400 * DAY_MS + HOUR_MS, 4_000, { slateId: 'early', receivedAt: T + HOUR_MS }),
      { ...slate(8.5 * DAY_MS, 'late', ['t1']), profileId: 'behind' },
      seen(-400 * DAY_MS, { ...behind, receivedAt: T + 8.5 * DAY_MS + MINUTE_MS }),
    ]);
    expect(decisions).toMatchObject([{ id: 'closed', decidedAt: T, outcome: { qualified: true } }]);
    expect(exclusions).toEqual({ 'outcome-open': 1 });
  });

  it('whose window is still open is not taken yet', async () => {
    const { decisions, exclusions } = await plan([
      seen(0, { eventId: 'closed' }),
      seen(8.5 * DAY_MS, { profileId: 'p2' }),
    ]);
    expect(decisions.map(({ id }) => id)).toEqual(['closed']);
    expect(exclusions).toEqual({ 'outcome-open': 1 });
  });
});
