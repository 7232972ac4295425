import { readdir, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { createMemoryBroadcast } from '@marquee/coordination/memory';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import { HOUR_MS, type ManualClock, manualClock } from '@marquee/domain';
import { type LocalServer, startLocalNats } from '@marquee/local-servers';
import {
  collaborativeRegistry,
  type DriftAlert,
  type DriftReport,
  publishDriftReport,
  towerRegistry,
} from '@marquee/model-registry';
import { silentLogger } from '@marquee/service-kit';
import { describeOnServer, sampleTitles, temporaryFolder, waitUntil, watchesByTaste } from '@marquee/testkit';
import { trainCollaborative, writeModelFolder } from '@marquee/training';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RunLog } from './runs/run-log.ts';
import type { TrainingRequest, TrainingResult, TrainingRun } from './runs/training-run.ts';
import type { Schedule } from './schedule.ts';
import { fillLake, NOW, requestOf } from './test/tiny-world.ts';
import { createTrainer, type TrainerDeps, type TrainerOptions } from './trainer.worker.ts';

const DAY_MS = 86_400_000;

interface TrainerWish {
  readonly models?: TrainerOptions['models'];
  readonly schedule?: Partial<Schedule>;
  readonly since?: number;
  readonly broadcast?: TrainerDeps['broadcast'];
  /** How its trainings end; they learn nothing. Default `skipped`. */
  readonly state?: TrainingRun['state'];
  /** Of a trainer before it. */
  readonly folder?: string;
  readonly clock?: ManualClock;
  readonly lakeFolder?: string;
}

/** A trainer whose trainings find nothing to learn from, at once; what it was asked for, in order. */
async function trainer(wish: TrainerWish = {}) {
  const folder = temporaryFolder();
  const { clock = manualClock(NOW), state = 'skipped' } = wish;
  const {
    runId: _,
    now: __,
    by: ___,
    why: ____,
    ...request
  } = requestOf(wish.folder ?? folder.path, {
    ...(wish.lakeFolder !== undefined && { lakeFolder: wish.lakeFolder }),
  });
  const log = new RunLog(request.modelsFolder);
  const asked: (string | undefined)[] = [];
  const why: string[] = [];
  const lake = { '0': 0 };
  let looks = 0;
  const created = createTrainer(
    {
      ...{ clock, logger: silentLogger },
      leads: () => ++looks > 0,
      ...(wish.broadcast && { broadcast: wish.broadcast }),
      async launch(own: TrainingRequest): Promise<TrainingRun> {
        const at = new Date(clock.now()).toISOString();
        const run: TrainingRun = {
          ...{ request: own, state, startedAt: at, finishedAt: at, durationSeconds: 0 },
          ...{ result: { ...NOTHING_LEARNED, lake: { ...lake } }, problem: null },
        };
        await log.write(run);
        asked.push(own.model);
        why.push(own.why);
        clock.advance(1_000);
        return run;
      },
    },
    {
      schedule: { everyMs: DAY_MS, newWatches: 0, driftPauseMs: 0, pauseMs: 0, ...wish.schedule },
      ...{ request, checkEveryMs: 5 },
      ...(wish.models && { models: wish.models }),
      ...(wish.since !== undefined && { since: wish.since }),
    },
  );
  await created.start();
  onTestFinished(async () => {
    await created.stop();
    folder.remove();
  });
  const path = wish.folder ?? folder.path;
  /** One that began after this was asked has ended. */
  const wholeLook = async () => {
    const before = looks;
    await waitUntil(() => looks >= before + 3);
  };
  return {
    wholeLook,
    asked,
    why,
    clock,
    lake,
    log,
    path,
    modelsFolder: request.modelsFolder,
    trainer: created,
  };
}

const NOTHING_LEARNED: TrainingResult = {
  ...{ outcome: 'skipped', model: null, holdout: null, lake: {}, metrics: {}, parameters: {} },
  window: { from: new Date(NOW).toISOString(), to: new Date(NOW).toISOString() },
  examples: { rows: 0, positives: 0, holdout: 0 },
  ...{ cpuSeconds: 0, peakMegabytes: 0 },
};

it('retrains the ranker every day, and beside it what finds candidates once a version of it serves', async () => {
  const { asked, clock, modelsFolder } = await trainer();
  await waitUntil(() => asked.length === 1);
  clock.advance(DAY_MS);
  await waitUntil(() => asked.length === 2);
  expect(asked).toEqual(['ranking', 'ranking']);
  const folder = await writeModelFolder(modelsFolder, {
    onnx: new Uint8Array(8),
    manifest: {
      ...{
        name: 'two-tower-user',
        version: '1',
        createdAt: '2026-01-01T00:00:00.000Z',
        seed: 1,
        parent: null,
      },
      ...{ input: { name: 'features', columns: ['a'] }, output: { name: 'vector', dimensions: 1 } },
      ...{ featureViews: {}, metrics: {}, parameters: {} },
      trainingWindow: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z', examples: 1 },
    },
    evaluation: {},
  });
  await towerRegistry({ modelsFolder, clock }).adopt(basename(folder), { by: 'ada', why: 'a test' });
  await waitUntil(() => asked.length === 3);
  clock.advance(DAY_MS);
  await waitUntil(() => asked.length === 5);
  expect(asked).toEqual(['ranking', 'ranking', 'two-tower', 'ranking', 'two-tower']);
  const watches = watchesByTaste({ titles: sampleTitles(80), until: NOW, seed: 1, profiles: 80 });
  const made = await trainCollaborative(watches, { seed: 1, threads: 1, now: NOW, folder: modelsFolder });
  await collaborativeRegistry({ modelsFolder, clock }).adopt(basename(made!), { by: 'ada', why: 'a test' });
  await waitUntil(() => asked.length === 6);
  expect(asked.at(-1)).toBe('collaborative');
});

it('trains what it is told to train, also where nothing of it serves', async () => {
  const { asked } = await trainer({ models: ['two-tower'] });
  await waitUntil(() => asked.length === 1);
  expect(asked).toEqual(['two-tower']);
});

it('does not wait for the schedule when much was watched since the last training, of any model', async () => {
  const lake = temporaryFolder();
  onTestFinished(lake.remove);
  // 720 watches, one after the other, the last a day before NOW.
  await fillLake(lake.path, 60);
  const wish = { schedule: { newWatches: 500 }, since: NOW, lakeFolder: lake.path } as const;
  // What was there when the world was made is known to what serves.
  const quiet = await trainer(wish);
  const models = ['ranking', 'two-tower', 'collaborative'] as const;
  const busy = await trainer({ ...wish, models, since: NOW - 11 * DAY_MS });
  busy.lake['0'] = 300;
  await waitUntil(() => busy.asked.length === 3);
  expect(busy.asked).toEqual([...models]);
  expect(busy.why.every((why) => /^volume: \d{3} qualified watches since the last training$/.test(why))).toBe(
    true,
  );
  // What the last one read is known: 420 are left, too few.
  busy.clock.advance(HOUR_MS);
  await busy.wholeLook();
  expect(busy.asked).toHaveLength(3);
  expect(quiet.asked).toEqual([]);
});

it('trains on schedule also while the lake cannot be asked for its volume', async () => {
  const lake = temporaryFolder();
  onTestFinished(lake.remove);
  await fillLake(lake.path, 10);
  const [file] = (await readdir(lake.path, { recursive: true })).filter((name) => name.endsWith('.parquet'));
  await rm(lake.file(file!));
  const { asked, why } = await trainer({ schedule: { newWatches: 1 }, lakeFolder: lake.path });
  await waitUntil(() => asked.length === 1);
  expect(why).toEqual(['there was no training yet']);
});

type Broadcast = ReturnType<typeof createMemoryBroadcast>;

function describeDrift(profile: string, open: () => Broadcast): void {
  describe(`what the monitor found, told through ${profile}`, () => {
    let broadcast: Broadcast;
    beforeAll(async () => {
      broadcast = open();
      await broadcast.start();
    });
    afterAll(() => broadcast?.stop());

    const votes: DriftAlert = {
      ...{ check: 'feature-drift', feature: 'genre_affinity_mean', value: 0.31, bound: 0.25 },
      since: new Date(NOW - 2 * HOUR_MS).toISOString(),
    };
    const tell = (alerts: DriftAlert[], more: Partial<DriftReport> = {}) =>
      publishDriftReport(broadcast, {
        ...{ reportedAt: new Date(NOW - HOUR_MS).toISOString(), alerts, doubts: [] },
        ...more,
      });
    const wish = (): TrainerWish => ({
      broadcast,
      // Nothing but drift asks for anything.
      since: NOW,
      models: ['ranking', 'two-tower', 'collaborative'],
      schedule: { everyMs: 1_000 * DAY_MS, driftPauseMs: 6 * HOUR_MS },
    });

    it('trains every model that it concerns, once, and says why, also over a restart', async () => {
      await tell([votes]);
      const first = await trainer(wish());
      await waitUntil(() => first.asked.length === 3);
      expect(first.asked).toEqual(['ranking', 'two-tower', 'collaborative']);
      expect(new Set(first.why)).toEqual(new Set(['drift: genre_affinity_mean PSI 0.31 > 0.25']));
      expect((await first.log.list()).map(({ request }) => request.drift)).toEqual([
        [votes],
        [votes],
        [votes],
      ]);
      // It stands, and is reported hour after hour.
      first.clock.advance(7 * HOUR_MS);
      await tell([{ ...votes, value: 0.4 }], { reportedAt: new Date(NOW + 7 * HOUR_MS).toISOString() });
      await first.wholeLook();
      await first.trainer.stop();
      const second = await trainer({ ...wish(), folder: first.path, clock: first.clock });
      await second.wholeLook();
      expect([...first.asked.slice(3), ...second.asked]).toEqual([]);
    });

    it('the next alert waits for the least distance of two, also over a restart', async () => {
      await tell([votes]);
      const first = await trainer({ ...wish(), models: ['ranking'] });
      await waitUntil(() => first.asked.length === 1);
      first.clock.advance(HOUR_MS);
      const since = new Date(NOW + HOUR_MS / 2).toISOString();
      const another: DriftAlert = { check: 'calibration', value: 4, bound: 3, since };
      await tell([votes, another], { reportedAt: since });
      await first.wholeLook();
      await first.trainer.stop();
      const second = await trainer({
        ...wish(),
        models: ['ranking'],
        folder: first.path,
        clock: first.clock,
      });
      await second.wholeLook();
      expect([first.asked.length, second.asked.length]).toEqual([1, 0]);
      second.clock.advance(5 * HOUR_MS);
      await waitUntil(() => second.asked.length === 1);
      expect(second.why).toEqual(['drift: calibration 4.00 > 3']);
    });

    it('one that fails is tried again after that distance, not before', async () => {
      await tell([votes]);
      const failing = await trainer({ ...wish(), models: ['ranking'], state: 'failed' });
      await waitUntil(() => failing.asked.length === 1);
      failing.clock.advance(5 * HOUR_MS);
      await failing.wholeLook();
      expect(failing.asked).toHaveLength(1);
      failing.clock.advance(HOUR_MS);
      await waitUntil(() => failing.asked.length === 2);
    });

    it.each(['interrupted', 'running'] as const)(
      'one that was killed (%s) is begun anew at once',
      async (state) => {
        await tell([votes]);
        const killed = await trainer({ ...wish(), models: ['ranking'], state });
        await waitUntil(() => killed.asked.length === 1);
        await killed.trainer.stop();
        const next = await trainer({
          ...wish(),
          models: ['ranking'],
          folder: killed.path,
          clock: killed.clock,
        });
        await waitUntil(() => next.asked.length === 1);
        await next.wholeLook();
        expect(next.why).toEqual(['drift: genre_affinity_mean PSI 0.31 > 0.25']);
      },
    );

    it('waits while the data is doubted, and says so', async () => {
      await tell([votes], { doubts: ['Machines: 40 % of the plays'] });
      const waiting = await trainer({ ...wish(), models: ['ranking'] });
      await waitUntil(async () => (await waiting.trainer.readiness()).detail !== undefined);
      expect((await waiting.trainer.readiness()).detail).toBe(
        'drift waits to be looked at: ranking: drift: genre_affinity_mean PSI 0.31 > 0.25; Machines: 40 % of the plays',
      );
      expect(waiting.asked).toEqual([]);
      await tell([votes]);
      await waitUntil(() => waiting.asked.length === 1);
    });
  });
}

describeDrift('the embedded broadcast', () => {
  const folder = temporaryFolder();
  afterAll(folder.remove);
  return createMemoryBroadcast({ file: folder.file('broadcast.json') });
});

describeOnServer('nats-server', 'on NATS', () => {
  const folder = temporaryFolder();
  let server: LocalServer;
  beforeAll(async () => {
    server = await startLocalNats({ folder: folder.path });
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });
  describeDrift('NATS', () => createNatsBroadcast({ servers: server.url, stream: 'drift' }));
});
