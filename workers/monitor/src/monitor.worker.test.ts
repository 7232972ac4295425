import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMemoryBroadcast } from '@marquee/coordination/memory';
import { DAY_MS, manualClock } from '@marquee/domain';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { listIds, titleListView } from '@marquee/features';
import { readDriftReport } from '@marquee/model-registry';
import { silentLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createLakeWorld, type LakeWorld, NOW } from '../../../packages/training-sets/src/test/lake-world.ts';
import { found } from './checks/finding.ts';
import { CHECK_NAMES } from './checks/thresholds.ts';
import { reportKeeper } from './keep-report.ts';
import { liveFindings } from './live-findings.ts';
import type { DailyReport } from './make-daily-report.ts';
import { createMonitor, type MonitorDeps } from './monitor.worker.ts';
import { reportHtml } from './render/report-html.ts';
import { reportText } from './render/report-text.ts';
import { type LastDayDeps, lastDayReporter } from './report-last-day.ts';

let world: LakeWorld;
beforeAll(async () => {
  world = await createLakeWorld();
  for (let day = 0; day < 2; day++) {
    world.clock.set(NOW + day * DAY_MS);
    await world.serve();
  }
}, 120_000);
afterAll(() => world?.stop());

async function depsOf({ openLake = () => world.open(), ...parts }: Partial<LastDayDeps & MonitorDeps> = {}) {
  const store = createMemoryStore({ clock: world.clock });
  await store.start();
  await store.putMany([
    {
      key: titleListView.key(listIds.popular('all')),
      value: titleListView.encode({ generatedAt: world.clock.now() - 7_200_000, entries: [] }),
    },
  ]);
  const { clock } = world;
  const consumerLags = async () => ({ projector: 10, materialiser: 60_000, away: undefined });
  return {
    makeReport: lastDayReporter({
      store,
      clock,
      catalogue: { async *scan() {} },
      collaborativeInForce: async () => undefined,
      openLake,
      makeReplayStore: world.makeStore,
    }),
    live: () => liveFindings({ store, clock, consumerLags }),
    clock,
    logger: silentLogger,
    ...parts,
  };
}

test('tells Prometheus what it found, and when', async () => {
  const metrics = createMetrics('monitor');
  const monitor = createMonitor(await depsOf({ metrics }), { firstAfterMs: 1 });
  await monitor.start();
  await waitUntil(() => monitor.last !== undefined, { deadlineMs: 30_000 });
  await monitor.stop();
  const { body } = await metrics.exposition();
  for (const check of CHECK_NAMES)
    expect(body).toMatch(new RegExp(`marquee_monitor_status\\{check="${check}",`));
  expect(body).toMatch(/marquee_monitor_status\{check="consumer-lag",service="monitor"\} 2/);
  expect(body).toMatch(/marquee_monitor_status\{check="list-age",service="monitor"\} 2/);
  expect(body).toMatch(/marquee_monitor_report_timestamp_seconds\{service="monitor"\} \d/);
  const text = reportText(monitor.last!);
  expect(text).toContain('✗ Consumers');
  expect(text).toContain('docs/runbooks/alerts.md#learning-is-behind');
  expect(reportHtml(monitor.last!)).toContain('materialiser; 1 could not be asked');
}, 60_000);

test('a lake that is not there yet is no failure; one that cannot be read is said, and does not end the process', async () => {
  const { openLake } = await import('@marquee/event-lake');
  const empty = createMonitor(await depsOf({ openLake: () => openLake({ folder: '/nowhere/at/all' }) }));
  expect(await empty.run()).toBeUndefined();
  const broken = createMonitor(
    await depsOf({
      openLake: async () => {
        throw new Error('disk on fire');
      },
    }),
  );
  await expect(broken.run()).rejects.toThrow('disk on fire');
  expect(broken.readiness()).toEqual({ ready: true, detail: 'last report: disk on fire' });
});

test("tells what has drifted, once and with its first instant, also over a restart; who listens is nobody's failure", async () => {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const clock = manualClock(NOW);
  const made: DailyReport = {
    ...{ from: new Date(NOW).toISOString(), to: new Date(NOW).toISOString(), status: 'alert', exposure: {} },
    findings: [found('calibration', 4, 'too sure'), found('skew', 0, 'none')],
    columns: [{ column: 'votes', drift: 0.31, mean: 2, referenceMean: 1, raisesAlarm: true }],
  };
  const monitorWith = async (broadcast: MonitorDeps['broadcast']) =>
    createMonitor(await depsOf({ makeReport: async () => made, broadcast, clock }));
  const before = createMemoryBroadcast({ file: folder.file('broadcast.json') });
  await before.start();
  await (await monitorWith(before)).run();
  const since = new Date(NOW).toISOString();
  const alerts = [
    { check: 'feature-drift', feature: 'votes', value: 0.31, bound: 0.25, since },
    { check: 'calibration', value: 4, bound: 3, since },
  ];
  expect(await readDriftReport(before)).toEqual({ reportedAt: since, alerts, doubts: [] });
  const after = createMemoryBroadcast({ file: folder.file('broadcast.json') });
  await after.start();
  clock.advance(3_600_000);
  await (await monitorWith(after)).run();
  expect(await readDriftReport(after)).toEqual({
    reportedAt: new Date(NOW + 3_600_000).toISOString(),
    ...{ alerts, doubts: [] },
  });
  const away = () => Promise.reject(new Error('the server is away'));
  const alone = await monitorWith({ get: away, put: away });
  expect(await alone.run()).toMatchObject({ status: 'alert' });
  expect(alone.readiness()).toEqual({ ready: true });
});

test('keeps a report per day, the last one of the day, so many days', async () => {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  const keep = reportKeeper(folder.file('reports'), 2);
  const of = (day: string, status: DailyReport['status']): DailyReport => ({
    ...{ from: `2026-03-0${Number(day) - 1}T12:00:00.000Z`, to: `2026-03-0${day}T12:00:00.000Z`, status },
    ...{ findings: [found('skew', 0, 'none')], columns: [], exposure: {} },
  });
  for (const [day, status] of [
    ['2', 'ok'],
    ['3', 'ok'],
    ['3', 'warn'],
    ['4', 'ok'],
  ] as const) {
    await keep(of(day, status));
  }
  expect((await readdir(folder.file('reports'))).sort()).toEqual(
    ['2026-03-03', '2026-03-04'].flatMap((day) => [`${day}.html`, `${day}.json`]),
  );
  const kept = JSON.parse(await readFile(join(folder.file('reports'), '2026-03-03.json'), 'utf8'));
  expect(kept).toEqual(of('3', 'warn'));
  expect(await readFile(join(folder.file('reports'), '2026-03-03.html'), 'utf8')).toContain(
    'Train/serve skew',
  );
});

test('a report that cannot be kept is told all the same', async () => {
  const keep = () => Promise.reject(new Error('disk full'));
  const metrics = createMetrics('monitor');
  const monitor = createMonitor(await depsOf({ metrics, keep }));
  expect(await monitor.run()).toBeDefined();
  expect((await metrics.exposition()).body).toMatch(/marquee_monitor_report_timestamp_seconds/);
  expect(monitor.readiness()).toEqual({ ready: true });
}, 60_000);
