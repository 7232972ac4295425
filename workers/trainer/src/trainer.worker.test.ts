import { basename } from 'node:path';
import { manualClock } from '@marquee/domain';
import { collaborativeRegistry, towerRegistry } from '@marquee/model-registry';
import { silentLogger } from '@marquee/service-kit';
import { sampleTitles, temporaryFolder, waitUntil, watchesByTaste } from '@marquee/testkit';
import { trainCollaborative, writeModelFolder } from '@marquee/training';
import { expect, it, onTestFinished } from 'vitest';
import { RunLog } from './runs/run-log.ts';
import type { TrainingRequest, TrainingRun } from './runs/training-run.ts';
import { NOW, requestOf } from './test/tiny-world.ts';
import { createTrainer, type TrainerOptions } from './trainer.worker.ts';

const DAY_MS = 86_400_000;

/** A trainer whose trainings find nothing to learn from, at once; what it was asked for, in order. */
async function trainer(models?: TrainerOptions['models']) {
  const folder = temporaryFolder();
  const clock = manualClock(NOW);
  const { runId: _, now: __, by: ___, why: ____, ...request } = requestOf(folder.path);
  const log = new RunLog(request.modelsFolder);
  const asked: (string | undefined)[] = [];
  const created = createTrainer(
    {
      ...{ clock, logger: silentLogger },
      async launch(own: TrainingRequest): Promise<TrainingRun> {
        asked.push(own.model);
        const at = new Date(clock.now()).toISOString();
        const run: TrainingRun = {
          ...{ request: own, state: 'skipped', startedAt: at, finishedAt: at, durationSeconds: 0 },
          ...{ result: null, problem: null },
        };
        await log.write(run);
        clock.advance(1_000);
        return run;
      },
    },
    {
      schedule: { everyMs: DAY_MS, newWatches: 0, pauseMs: 0 },
      ...{ request, checkEveryMs: 5 },
      ...(models && { models }),
    },
  );
  await created.start();
  onTestFinished(async () => {
    await created.stop();
    folder.remove();
  });
  return { asked, clock, modelsFolder: request.modelsFolder };
}

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
  const { asked } = await trainer(['two-tower']);
  await waitUntil(() => asked.length === 1);
  expect(asked).toEqual(['two-tower']);
});
