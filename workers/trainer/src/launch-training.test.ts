/** Trainings in processes of their own, on a real lake, into a real registry; and what is left of those that are killed. */
import { readdir, readFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DAY_MS } from '@marquee/domain';
import {
  collaborativeExaminer,
  collaborativeRegistry,
  holdoutNames,
  judgeRetrieval,
  type RetrievalLine,
  readHoldout,
  readRetrievalHoldout,
  retrievalRegistry,
  towerExaminer,
} from '@marquee/model-registry';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { trainCollaborative } from '@marquee/training';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { launchTraining } from './child/launch-training.ts';
import { readWatches } from './retrieval/watches-of-lake.ts';
import { rankerRegistry } from './run-training.ts';
import { RunLog, TRAINING_FOLDER } from './runs/run-log.ts';
import { lockTraining } from './runs/training-lock.ts';
import { fillLake, NOW, requestOf, tinyWorld } from './test/tiny-world.ts';

const SCRIPT = fileURLToPath(new URL('./test/tiny.process.ts', import.meta.url));

const shared = temporaryFolder();
const largerLake = shared.file('larger-lake');
beforeAll(async () => {
  await fillLake(shared.file('lake'), 60);
  await fillLake(largerLake, 150);
});
afterAll(() => shared.remove());

function fresh() {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const request = requestOf(folder.path, { lakeFolder: shared.file('lake') });
  return { request, modelsFolder: request.modelsFolder };
}

/** Everything below the models' folder that is not the lock or a record. */
async function left(modelsFolder: string): Promise<string[]> {
  const entries = await readdir(modelsFolder, { recursive: true });
  return entries.filter((entry) => /model\.onnx|examples\.(bin|parquet)|work-|\.writing-/.test(entry)).sort();
}

describe('a training in a process of its own', () => {
  it('leaves a registered candidate, a later holdout set and a record; the same seed gives the same model', async () => {
    const one = fresh();
    const phases = new Set<string>();
    const run = await launchTraining(one.request, {
      script: SCRIPT,
      onProgress: (phase) => phases.add(phase),
    });
    expect(run).toMatchObject({ state: 'succeeded', problem: null, request: { seed: 1, by: 'ada' } });
    const result = run.result!;
    expect(result.examples.positives).toBeGreaterThan(100);
    expect(result.cpuSeconds).toBeGreaterThan(0);
    expect(phases).toContain('training (logistic-regression)');

    const registry = rankerRegistry(one.modelsFolder, () => NOW);
    const { state } = await registry.current();
    expect(state.versions[result.model!]).toMatchObject({ stage: 'candidate' });
    const { manifest } = await registry.verify(result.model!);
    const holdout = await readHoldout(one.modelsFolder);
    expect(Date.parse(manifest.trainingWindow.to)).toBeLessThan(Date.parse(holdout.from));
    expect(holdout.items).toHaveLength(holdout.rows);
    expect(await new RunLog(one.modelsFolder).list()).toEqual([run]);
    expect((await left(one.modelsFolder)).filter((entry) => /work-|\.writing-/.test(entry))).toEqual([]);

    const two = fresh();
    const again = await launchTraining(two.request, { script: SCRIPT });
    const other = await rankerRegistry(two.modelsFolder, () => NOW).verify(again.result!.model!);
    expect(other.manifest.checksum).toBe(manifest.checksum);
  }, 60_000);

  it('goes on from what serves, and not from what somebody was in who was erased since', async () => {
    const { request, modelsFolder } = fresh();
    const asked = { ...request, lakeFolder: largerLake, priority: 'normal' } as const;
    const first = await launchTraining({ ...asked, now: NOW - 4 * DAY_MS }, { script: SCRIPT });
    const model = first.result!.model!;
    const registry = rankerRegistry(modelsFolder, () => NOW);
    const move = { by: 'ada', why: 'a test', evidence: null, forced: true };
    await registry.promote(model, { ...move, to: 'production' });
    const next = await launchTraining({ ...asked, runId: 'run-2' }, { script: SCRIPT });
    expect(next.result!.parameters).toMatchObject({ startedFrom: model });
    const { manifest } = await registry.verify(next.result!.model!);
    expect(manifest).toMatchObject({ parent: model });
    const { to } = (await registry.verify(model)).manifest.trainingWindow;
    expect(Date.parse(manifest.trainingWindow.from)).toBeGreaterThan(Date.parse(to));

    // Enough is new by the log, but much of it was watched twice: asked for by hand, it learns from all of the window.
    const { positives } = next.result!.examples;
    const more = { ...asked, minPositives: positives + 20 };
    const whole = await launchTraining({ ...more, runId: 'run-2b', now: NOW + 1_000 }, { script: SCRIPT });
    expect(whole.state).toBe('succeeded');
    expect(whole.result!.parameters.startedFrom).toBeUndefined();
    expect(whole.result!.examples.positives).toBeGreaterThan(positives + 20);

    // Hardly anything is new to the one that serves now.
    await registry.promote(next.result!.model!, { ...move, to: 'production' });
    const nightly = { ...asked, runId: 'run-3', now: NOW + DAY_MS, onlyNew: true, days: 2 };
    const skipped = await launchTraining(nightly, { script: SCRIPT });
    expect(skipped.state).toBe('skipped');
    expect(skipped.result!.detail).toMatch(
      new RegExp(
        `^\\d+ qualified watches to learn from since ${next.result!.model} learned, and at least 100`,
      ),
    );
    const byHand = await launchTraining({ ...asked, runId: 'run-4', now: NOW + 2_000 }, { script: SCRIPT });
    expect(byHand.state).toBe('succeeded');

    const forgetful = temporaryFolder();
    onTestFinished(forgetful.remove);
    await fillLake(forgetful.path, 150, { erased: true });
    const last = await launchTraining(
      { ...asked, runId: 'run-5', now: NOW + 3_000, lakeFolder: forgetful.path },
      { script: SCRIPT },
    );
    expect(last.state).toBe('succeeded');
    expect(last.result!.parameters.startedFrom).toBeUndefined();
  }, 60_000);

  it.each([
    ['two-tower', towerExaminer(tinyWorld().makeTowerRuntime), /^two-tower-user-/],
    ['collaborative', collaborativeExaminer, /^collaborative-/],
  ] as const)(
    'of a %s model leaves a candidate that the gates can examine on what it has not seen',
    async (line: RetrievalLine, examiner, name) => {
      const { request, modelsFolder } = fresh();
      const lakeFolder = largerLake;
      // On a machine that is busy with other tests the lowest priority may take minutes.
      const asked = { ...request, model: line, lakeFolder, priority: 'normal' } as const;
      const run = await launchTraining(asked, { script: SCRIPT });
      expect(run).toMatchObject({ state: 'succeeded', problem: null });
      const { model, metrics, examples, holdout } = run.result!;
      expect(model).toMatch(name);
      expect(examples.rows).toBeGreaterThan(1_000);
      const registry = retrievalRegistry(line, { modelsFolder, clock: { now: () => NOW } });
      expect((await registry.current()).state.versions).toMatchObject({ [model!]: { stage: 'candidate' } });
      expect(await rankerRegistry(modelsFolder, () => NOW).versions()).toEqual([]);
      const held = await readRetrievalHoldout(modelsFolder, holdout!);
      expect(held.profiles).toHaveLength(metrics.profiles!);
      expect(held.titles).toHaveLength(80);
      const [first] = examiner.recallAt;
      const judged = { registry, examiner, candidate: model!, holdout: held };
      const report = await judgeRetrieval({ ...judged, production: undefined });
      const gates = Object.fromEntries(report.gates.map((gate) => [gate.gate, gate]));
      expect(gates['unseen-holdout']?.passed).toBe(true);
      expect(gates[`recall@${first}`]?.figures.candidate).toBe(metrics[`recall${first}`]);
      // Compared with itself it is neither better nor worse.
      const same = await judgeRetrieval({ ...judged, production: model! });
      expect(same.comparedWith).toBe(model);
      expect(same.gates.find(({ gate }) => gate === `recall@${first}`)).toMatchObject({
        passed: true,
        figures: { gain: 0 },
      });
      const early = { ...held, from: '2026-01-01T00:00:00.000Z' };
      const leaked = await judgeRetrieval({ ...judged, production: undefined, holdout: early });
      expect(leaked.gates.find(({ passed }) => !passed)?.gate).toBe('unseen-holdout');
      const next = await launchTraining({ ...asked, runId: 'run-2', now: NOW + 1_000 }, { script: SCRIPT });
      expect(next.state).toBe('succeeded');
      expect((await left(modelsFolder)).filter((entry) => /work-|\.writing-/.test(entry))).toEqual([]);
    },
    60_000,
  );

  it('of a collaborative model is examined on what the one in production was not made of either', async () => {
    const { request, modelsFolder } = fresh();
    const asked = { ...request, model: 'collaborative', lakeFolder: largerLake, priority: 'normal' } as const;
    // As a world's first version: of everything, a day ago.
    const { watches } = await readWatches({ ...asked, now: NOW - DAY_MS }, modelsFolder);
    const made = await trainCollaborative(watches, {
      ...{ seed: 1, threads: 1, now: NOW - DAY_MS, folder: modelsFolder },
    });
    const registry = collaborativeRegistry({ modelsFolder, clock: { now: () => NOW } });
    await registry.adopt(basename(made!), { by: 'marquee', why: 'trained with the world' });
    const run = await launchTraining(asked, { script: SCRIPT });
    expect(run).toMatchObject({ state: 'succeeded' });
    const { model, holdout: name } = run.result!;
    const holdout = await readRetrievalHoldout(modelsFolder, name!);
    const { manifest } = await registry.verify(basename(made!));
    expect(Date.parse(holdout.from)).toBeGreaterThan(Date.parse(manifest.trainingWindow.to));
    const report = await judgeRetrieval({
      ...{ registry, examiner: collaborativeExaminer, holdout },
      ...{ candidate: model!, production: basename(made!) },
    });
    expect(report.gates.find(({ gate }) => gate === 'even-terms')?.passed).toBe(true);
    expect((await registry.verify(model!)).manifest.parent).toBe(basename(made!));
  }, 60_000);

  it('killed at any moment, leaves nothing, says so, and the next one succeeds', async () => {
    const { request, modelsFolder } = fresh();
    let pid = 0;
    for (const [i, phase] of [
      'slates, impressions and outcomes',
      'writing',
      'training (logistic-regression)',
    ].entries()) {
      const run = await launchTraining(
        { ...request, runId: `killed-${i}` },
        {
          script: SCRIPT,
          onStarted: (started) => {
            pid = started;
          },
          onProgress: (at) => {
            if (at === phase) process.kill(pid, 'SIGKILL');
          },
        },
      );
      expect(run).toMatchObject({ state: 'interrupted', problem: expect.stringContaining('SIGKILL') });
      expect(await readdir(modelsFolder)).toEqual([TRAINING_FOLDER]);
    }
    const whole = await launchTraining({ ...request, runId: 'whole' }, { script: SCRIPT });
    expect(whole.state).toBe('succeeded');
    expect((await left(modelsFolder)).filter((entry) => entry.includes('work-'))).toEqual([]);
  }, 90_000);

  it('runs at the lowest priority, and ends when it is stopped', async () => {
    const { request, modelsFolder } = fresh();
    const stop = new AbortController();
    let priority: number | undefined;
    let pid = 0;
    const run = await launchTraining(request, {
      script: SCRIPT,
      signal: stop.signal,
      onStarted: (started) => {
        pid = started;
      },
      onProgress: () => {
        priority ??= getPriority(pid);
        stop.abort();
      },
    });
    expect(priority).toBe(19);
    expect(run).toMatchObject({ state: 'interrupted', problem: 'the trainer was stopped' });
    expect(await left(modelsFolder)).toEqual([]);
  }, 60_000);

  it.runIf(process.platform === 'linux')(
    'of spare time rests while the machine is busy, says how long, and ends when it is stopped at rest',
    async () => {
      const { request, modelsFolder } = fresh();
      const told = { busy: true };
      const time = { busy: 0, all: 0 };
      const rest = {
        everyMs: 10,
        processorTime: async () => {
          time.all += 100;
          if (told.busy) time.busy += 100;
          return { ...time };
        },
      };
      const spare = { ...request, priority: 'spare' } as const;
      let begun = 0;
      const run = launchTraining(spare, {
        ...{ script: SCRIPT, rest },
        onStarted: (pid) => {
          begun = pid;
        },
      });
      const isAtRest = async () =>
        /\) T /.test(await readFile(`/proc/${begun}/stat`, 'utf8').catch(() => ''));
      await waitUntil(async () => begun > 0 && (await isAtRest()), { deadlineMs: 30_000 });
      told.busy = false;
      const { state, restedSeconds, durationSeconds } = await run;
      expect(state).toBe('succeeded');
      expect(restedSeconds).toBeGreaterThan(0);
      expect(restedSeconds).toBeLessThan(durationSeconds!);
      told.busy = true;
      const stop = new AbortController();
      const stopped = launchTraining(
        { ...spare, runId: 'run-2' },
        {
          ...{ script: SCRIPT, rest, signal: stop.signal },
          onStarted: (pid) => {
            begun = pid;
          },
        },
      );
      const first = begun;
      await waitUntil(async () => begun !== first && (await isAtRest()), { deadlineMs: 30_000 });
      stop.abort();
      expect(await stopped).toMatchObject({ state: 'interrupted', problem: 'the trainer was stopped' });
      expect((await left(modelsFolder)).filter((entry) => entry.includes('work-'))).toEqual([]);
    },
    60_000,
  );

  it('writes nothing where there is too little to learn from, or no lake', async () => {
    const { request, modelsFolder } = fresh();
    const skipped = await launchTraining({ ...request, minPositives: 100_000 }, { script: SCRIPT });
    expect(skipped).toMatchObject({ state: 'skipped', result: { model: null, holdout: null } });
    const failed = await launchTraining(
      { ...request, runId: 'run-2', lakeFolder: join(modelsFolder, 'nowhere') },
      { script: SCRIPT },
    );
    expect(failed).toMatchObject({ state: 'failed', problem: expect.stringContaining('no event lake') });
    expect(await left(modelsFolder)).toEqual([]);
    expect(await holdoutNames(modelsFolder)).toEqual([]);
  }, 60_000);

  it('does not begin beside another one', async () => {
    const { request, modelsFolder } = fresh();
    const release = lockTraining(modelsFolder);
    onTestFinished(release);
    const run = await launchTraining(request, { script: SCRIPT });
    expect(run).toMatchObject({ state: 'failed', problem: expect.stringContaining('another training runs') });
    release();
    await waitUntil(
      async () =>
        (await launchTraining({ ...request, runId: 'run-2' }, { script: SCRIPT })).state === 'succeeded',
      {
        deadlineMs: 50_000,
      },
    );
  }, 60_000);
});
