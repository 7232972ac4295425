/** What counts as what came of a canary's pages, from a real lake and a real catalogue. */
import { createSqliteCatalogue } from '@marquee/catalogue/sqlite';
import {
  type DeliveredEvent,
  EVENT_SCHEMA_VERSION,
  HOUR_MS,
  type MarqueeEvent,
  MINUTE_MS,
  manualClock,
} from '@marquee/domain';
import { createEventLake, openLake } from '@marquee/event-lake';
import { CANARY_ARM, CONTROL_ARM, canaryKey } from '@marquee/model-registry';
import { silentLogger } from '@marquee/service-kit';
import { sampleTitle, temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CanaryOutcomes, readOutcomes } from './read-outcomes.ts';

const SINCE = Date.UTC(2026, 2, 1, 10);
const RUNTIMES = { clip: 4, five: 5, film: 90 };

type Event = Partial<Omit<MarqueeEvent, 'payload'>> & {
  readonly type: MarqueeEvent['type'];
  readonly payload: object;
};

const page = (arm: string, changes: object = {}): Event => ({
  ...{ type: 'SLATE_SERVED', occurredAt: SINCE, assignments: { [canaryKey('two')]: arm } },
  payload: { surface: 'home', seed: 1, degradations: [], featureNames: [], featureMatrix: '', items: [] },
  ...changes,
});

const report = (
  type: 'PLAY_START' | 'PLAY_PROGRESS' | 'PLAY_STOP',
  titleId: string,
  watchedSeconds?: number,
  changes: object = {},
): Event => ({
  type,
  payload: { titleId, ...(watchedSeconds !== undefined && { watchedSeconds }) },
  ...changes,
});

/** @param events by profile; they come a minute after what they are pages of, where they do not say when */
async function outcomes(events: Readonly<Record<string, readonly Event[]>>): Promise<CanaryOutcomes> {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const clock = manualClock(SINCE);
  const catalogue = createSqliteCatalogue({
    file: folder.file('catalogue.sqlite'),
    clock,
    logger: silentLogger,
  });
  onTestFinished(() => catalogue.stop());
  await catalogue.start();
  await catalogue.put({
    titles: Object.entries(RUNTIMES).map(([id, runtimeMinutes]) =>
      sampleTitle({ id, runtimeMinutes, genreIds: [], directorIds: [], castIds: [] }),
    ),
  });
  const lake = createEventLake({ folder: folder.file('lake'), clock, logger: silentLogger, tickMs: 0 });
  await lake.start();
  await lake.open(0);
  const log = Object.entries(events).flatMap(([profileId, all]) =>
    all.map((event, i) => {
      const at = event.occurredAt ?? SINCE + MINUTE_MS;
      const envelope = { schemaVersion: EVENT_SCHEMA_VERSION, eventId: `${profileId}-${i}`, profileId };
      return { ...envelope, occurredAt: at, receivedAt: at, ...event } as MarqueeEvent;
    }),
  );
  await lake.append(
    0,
    log.map((event, i): DeliveredEvent => ({ sequence: i + 1, event })),
  );
  await lake.flush();
  await lake.stop();
  const reader = await openLake({ folder: folder.file('lake'), memoryMegabytes: 128 });
  onTestFinished(() => reader.close());
  return readOutcomes(reader, { version: 'two', since: SINCE }, catalogue);
}

describe('the outcomes of a canary', () => {
  it('give up only titles that were longer than what makes an abandonment, as training sets do', async () => {
    const { canary } = await outcomes({
      ada: [
        page(CANARY_ARM),
        // To its end, and nearly so.
        report('PLAY_STOP', 'clip', 240),
        report('PLAY_STOP', 'five', 299),
        // The only one that was given up, and one of which nobody knows how long it is.
        report('PLAY_STOP', 'film', 299),
        report('PLAY_STOP', 'unknown', 10),
      ],
      ben: [
        page(CANARY_ARM),
        report('PLAY_STOP', 'film', 300),
        // Begun, and not stopped yet as far as anybody knows.
        report('PLAY_START', 'clip'),
        report('PLAY_PROGRESS', 'unknown', 100),
      ],
    });
    expect(canary.sums['abandonments-per-play']).toMatchObject({ profiles: 2, x: 2, y: 7, xx: 4 });
  });

  it('are watches also where nobody said that they ended, and of no more than there is of a title', async () => {
    const { control } = await outcomes({
      ada: [
        page(CONTROL_ARM),
        report('PLAY_PROGRESS', 'film', 60),
        report('PLAY_PROGRESS', 'film', 1_200),
        report('PLAY_STOP', 'clip', 86_000),
      ],
    });
    expect(control.sums['qualified-watches-per-session']).toMatchObject({ x: 2, y: 1 });
    expect(control.sums['watch-minutes-per-session'].x).toBe(20 + 4);
  });

  it('count from the first page on by the servers’ clock, whatever the client’s says', async () => {
    const stopped = (occurredAt: number, receivedAt: number) =>
      report('PLAY_STOP', 'film', 1_200, { occurredAt, receivedAt });
    const { canary } = await outcomes({
      behind: [page(CANARY_ARM), stopped(SINCE - 5 * HOUR_MS, SINCE + HOUR_MS)],
      before: [page(CANARY_ARM, { occurredAt: SINCE + HOUR_MS }), stopped(SINCE + 60_000, SINCE + 60_000)],
    });
    expect(canary.sums['qualified-watches-per-session']).toMatchObject({ profiles: 2, x: 1, y: 2 });
  });

  it('are of people: machines are left out, and who was in both arms', async () => {
    const { control, canary } = await outcomes({
      ada: [page(CANARY_ARM), report('PLAY_STOP', 'film', 1_200)],
      bot: [page(CANARY_ARM), ...Array.from({ length: 61 }, (_, i) => report('PLAY_STOP', `title-${i}`, 5))],
      moved: [page(CANARY_ARM), page(CONTROL_ARM)],
    });
    expect([control.profiles, canary.profiles]).toEqual([0, 1]);
    expect(canary.sums['abandonments-per-play']).toMatchObject({ x: 0, y: 1 });
  });

  it('count what the log holds twice once', async () => {
    const hidden = { type: 'TITLE_HIDDEN', payload: { titleId: 'film' }, eventId: 'hidden' } as const;
    const again = page(CANARY_ARM, { eventId: 'page' });
    const later = page(CANARY_ARM, { occurredAt: SINCE + HOUR_MS });
    const { canary } = await outcomes({ ada: [again, again, later, hidden, hidden] });
    expect(canary.slates).toBe(2);
    expect(canary.sums['hides-per-session']).toMatchObject({ x: 1, y: 2 });
  });
});
