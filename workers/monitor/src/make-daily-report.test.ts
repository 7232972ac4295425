import { DAY_MS } from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import { eventOf } from '@marquee/testkit';
import { createRowMaker, type RowMaker } from '@marquee/training-sets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLakeWorld, type LakeWorld, NOW } from '../../../packages/training-sets/src/test/lake-world.ts';
import type { Finding, Status } from './checks/finding.ts';
import type { CheckName } from './checks/thresholds.ts';
import { windowOfDay } from './facts/day-window.ts';
import { type DailyReport, makeDailyReport } from './make-daily-report.ts';
import { reportText } from './render/report-text.ts';

let world: LakeWorld;
let rowMaker: RowMaker;
let today = 0;
beforeAll(async () => {
  world = await createLakeWorld({ profiles: 30 });
  rowMaker = createRowMaker(world);
  for (let day = 0; day < 4; day++) await serveOnDay(day);
}, 120_000);
afterAll(() => world?.stop());

const dayOf = (day: number): string => new Date(NOW + day * DAY_MS).toISOString().slice(0, 10);

async function serveOnDay(day: number, pageRows: RowMaker = rowMaker, visits = 2): Promise<void> {
  today = day;
  world.clock.set(NOW - 12 * 3_600_000 + day * DAY_MS);
  for (let visit = 0; visit < visits; visit++) await world.serve(pageRows);
}

async function reportOn(day: number): Promise<DailyReport> {
  const reader = await world.open();
  try {
    return await makeDailyReport({
      ...world,
      reader,
      window: windowOfDay(dayOf(day)),
      rowMaker,
      parityRows: 300,
    });
  } finally {
    await reader.close();
  }
}

const of = (report: DailyReport, check: CheckName): Finding =>
  report.findings.find((finding) => finding.check === check)!;
const withStatus = (report: DailyReport, ...statuses: Status[]): string[] =>
  report.findings
    .filter(({ status }) => statuses.includes(status))
    .map(({ check, status, value, detail }) => `${check} ${status} ${value}: ${detail}`);

describe('the daily report', () => {
  it('raises no alarm on a clean day, and has looked', async () => {
    const report = await reportOn(3);
    expect(withStatus(report, 'warn', 'alert')).toEqual([]);
    expect(report.status).toBe('ok');
    // Nothing predicts here, rows and pictures are not chosen, and nothing runs beside.
    expect(withStatus(report, 'no-data').map((line) => line.split(' ')[0])).toEqual([
      'prediction-drift',
      'calibration',
      'row-order-propensities',
      'row-order-exploration',
      'artwork-propensities',
      'artwork-exploration',
      'consumer-lag',
      'list-age',
    ]);
    expect(report.parity?.compared).toBeGreaterThan(200);
    expect(report.exposure.coverage).toBeGreaterThan(0.3);
  }, 60_000);

  it('a day without anything is no clean day', async () => {
    const report = await reportOn(40);
    expect(report.findings.filter(({ status }) => status === 'ok').map(({ check }) => check)).toEqual([
      'embedding-norms',
    ]);
    expect(of(report, 'skew')).toMatchObject({ status: 'no-data' });
    expect(reportText(report)).toMatch(/: ok; \d+ of \d+ checks had too little to look at\n/);
  }, 60_000);

  it('finds a feature that is computed differently online, and names it', async () => {
    const column = RANKING_COLUMNS.indexOf('genre_affinity_max');
    await serveOnDay(today + 1, (state, context) => {
      const makeRow = rowMaker(state, context);
      return (id, popularity) => {
        const row = makeRow(id, popularity);
        if (row !== undefined) row[column] = Math.fround(row[column]! * 1.01);
        return row;
      };
    });
    const report = await reportOn(today);
    expect(of(report, 'skew').status).toBe('alert');
    expect(of(report, 'skew').detail).toContain('genre_affinity_max');
    expect(report.parity?.skew.map(({ name }) => name)).toEqual(['genre_affinity_max']);
    // Too small to be seen in the distribution: that is why rows are made again.
    expect(of(report, 'feature-drift').status).toBe('ok');
  }, 60_000);

  it('finds a feature whose values have gone somewhere else', async () => {
    const column = RANKING_COLUMNS.indexOf('average_score');
    await serveOnDay(today + 1, (state, context) => {
      const makeRow = rowMaker(state, context);
      return (id, popularity) => {
        const row = makeRow(id, popularity);
        if (row !== undefined) row[column] = row[column]! * 10 + 3;
        return row;
      };
    });
    const report = await reportOn(today);
    expect(of(report, 'feature-drift').status).toBe('alert');
    expect(report.columns[0]!.column).toBe('average_score');
  }, 60_000);

  it('finds data that nobody should learn from', async () => {
    await serveOnDay(today + 1);
    const at = world.clock.now();
    const watched = world.titles.newest()[0]!;
    await world.publish(
      Array.from({ length: 300 }, (_, i) => {
        const envelope = { profileId: `bot-${i % 3}`, occurredAt: at, receivedAt: at };
        return i % 3 === 0
          ? eventOf(
              'PLAY_STOP',
              { titleId: watched, watchedSeconds: 90_000 },
              { ...envelope, eventId: `stop-${i}` },
            )
          : eventOf(
              'PLAY_START',
              { titleId: i % 3 === 1 ? `gone-${i}` : world.titles.newest()[i]! },
              { ...envelope, eventId: `start-${i}`, occurredAt: at - 3 * DAY_MS },
            );
      }),
    );
    const report = await reportOn(today);
    for (const check of ['unknown-titles', 'impossible-watches', 'clock-skew', 'flooding'] as const) {
      expect(`${check} ${of(report, check).status}`).not.toBe(`${check} ok`);
      expect(`${check} ${of(report, check).status}`).not.toBe(`${check} no-data`);
    }
  }, 60_000);

  it('finds that few titles get all impressions', async () => {
    await serveOnDay(today + 1);
    const at = world.clock.now();
    const few = world.titles.newest().slice(0, 5);
    await world.publish(
      Array.from({ length: 4_000 }, (_, i) =>
        eventOf(
          'IMPRESSION',
          { titleId: few[i % few.length]! },
          { eventId: `few-${i}`, profileId: `p${i % 40}`, slateId: 's', occurredAt: at, receivedAt: at },
        ),
      ),
    );
    const report = await reportOn(today);
    expect(of(report, 'impression-gini').status).toBe('alert');
    expect(of(report, 'coverage').status).toBe('alert');
  }, 60_000);
});
