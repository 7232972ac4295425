import { DAY_MS } from '@marquee/domain';
import { createMemoryStore } from '@marquee/feature-store/memory';
import { listIds, titleListView } from '@marquee/features';
import { silentLogger } from '@marquee/service-kit';
import { createMetrics } from '@marquee/service-kit/service';
import { waitUntil } from '@marquee/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLakeWorld, type LakeWorld, NOW } from '../../../packages/training-sets/src/test/lake-world.ts';
import { CHECK_NAMES } from './checks/thresholds.ts';
import { liveFindings } from './live-findings.ts';
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
