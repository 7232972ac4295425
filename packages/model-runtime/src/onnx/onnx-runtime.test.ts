import { rm } from 'node:fs/promises';
import type { Worker } from 'node:worker_threads';
import { deadlineAfter, silentLogger } from '@marquee/service-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeModelFolder } from '../../test/write-model-folder.ts';
import { describeModelRuntimeContract } from '../contract.ts';
import { groupContributions } from '../group-contributions.ts';
import type { ModelRuntime, ScoringRequest } from '../index.ts';
import { createOnnxRuntime } from './index.ts';

describeModelRuntimeContract('onnxruntime-node in worker threads', async ({ columns, featureViews }) => {
  const runtime = createOnnxRuntime({ threads: 2, columns, featureViews, logger: silentLogger });
  await runtime.start();
  return runtime;
});

describe('the pool of scoring threads', () => {
  const columns = Array.from({ length: 32 }, (_, i) => `column-${i}`);
  const weights = columns.map(() => 0);
  let runtime: ModelRuntime;
  let folder: string;
  let spawned: Worker[];
  const remember = (worker: Worker): void => {
    spawned.push(worker);
  };

  beforeEach(async () => {
    spawned = [];
    process.on('worker', remember);
    // 20,000 rows through 200 multiplications of 32 × 32: hundreds of milliseconds for one thread.
    folder = await writeModelFolder({
      version: 'v1',
      columns,
      weights,
      bias: 0,
      featureViews: {},
      idleLayers: 200,
    });
    runtime = createOnnxRuntime({
      threads: 1,
      maxQueued: 2,
      columns,
      featureViews: {},
      logger: silentLogger,
    });
    await runtime.start();
    await runtime.load(folder);
  });
  afterEach(async () => {
    process.off('worker', remember);
    await runtime.stop();
    await rm(folder, { recursive: true });
  });

  const rowsOf = (rows: number, more: Partial<ScoringRequest> = {}): ScoringRequest => ({
    matrix: new Float32Array(rows * columns.length),
    rows,
    columns: columns.length,
    deadline: deadlineAfter(15_000),
    ...more,
  });
  const long = (): Promise<Float32Array> => runtime.score(rowsOf(20_000));
  const scoringsSent = (spy: { mock: { calls: unknown[][] } }): number =>
    spy.mock.calls.filter(([message]) => (message as { type: string }).type === 'score').length;

  it('keeps the event loop free while a model runs', async () => {
    let turns = 0;
    const counter = setInterval(() => turns++, 1);
    expect(await long()).toHaveLength(20_000);
    clearInterval(counter);
    expect(turns).toBeGreaterThan(20);
  });

  it('refuses what does not fit into the queue, and serves the rest in order', async () => {
    const order: string[] = [];
    const named = (name: string, scoring: Promise<unknown>) => scoring.then(() => order.push(name));
    const running = named('running', long());
    const first = named('first', runtime.score(rowsOf(1)));
    const second = named('second', runtime.score(rowsOf(1)));
    await expect(runtime.score(rowsOf(1))).rejects.toMatchObject({ code: 'OVERLOADED' });
    await Promise.all([running, first, second]);
    expect(order).toEqual(['running', 'first', 'second']);
  });

  it('drops what has waited too long without running it, and frees its place', async () => {
    const sent = vi.spyOn(spawned[0]!, 'postMessage');
    const running = long();
    const hurried = [1, 2].map(() => runtime.score(rowsOf(1, { deadline: deadlineAfter(5) })));
    for (const each of hurried) await expect(each).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    const patient = runtime.score(rowsOf(1));
    await running;
    await patient;
    expect(scoringsSent(sent)).toBe(2);
  });

  it('tells a caller in time also when its own scoring is what takes long', async () => {
    const deadline = deadlineAfter(10);
    await expect(runtime.score(rowsOf(20_000, { deadline }))).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(await runtime.score(rowsOf(1))).toHaveLength(1);
  });

  it('replaces a thread that dies: its request fails, those that wait do not', async () => {
    // Terminated before it is given work: a thread inside the native library would take the process with it.
    const killed = spawned[0]!.terminate();
    const running = runtime.score(rowsOf(1));
    const waiting = runtime.score(rowsOf(3));
    await expect(running).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    await killed;
    expect(runtime.readiness().ready).toBe(false);
    expect(await waiting).toEqual(new Float32Array(3).fill(0.5));
    expect(spawned).toHaveLength(2);
    expect(runtime.readiness()).toEqual({ ready: true });
  });

  it('replaces a thread that dies while nobody asks anything', async () => {
    await spawned[0]!.terminate();
    expect(await runtime.score(rowsOf(1))).toHaveLength(1);
    expect(spawned).toHaveLength(2);
  });

  it('ends old threads once they have finished, and leaves none behind when it stops', async () => {
    const running = long();
    await runtime.load(folder);
    expect(spawned).toHaveLength(2);
    expect(await running).toHaveLength(20_000);
    await vi.waitFor(() => expect(spawned[0]!.threadId).toBe(-1), { timeout: 5_000 });
    await runtime.stop();
    expect(spawned.map(({ threadId }) => threadId)).toEqual([-1, -1]);
  });

  it('finishes what is in flight before it stops', async () => {
    const running = long();
    const stopped = runtime.stop();
    expect(await running).toHaveLength(20_000);
    await stopped;
  });
});

describe('contributions to what a served model says', () => {
  it('add up to its log-odds, and of a logistic model are weight × difference', async () => {
    const columns = ['a', 'b', 'c', 'd'];
    const weights = [0.5, -1, 2, 0.25];
    const folder = await writeModelFolder({ version: 'v1', columns, weights, bias: -1, featureViews: {} });
    const runtime = createOnnxRuntime({ threads: 1, columns, featureViews: {}, logger: silentLogger });
    await runtime.start();
    try {
      await runtime.load(folder);
      const [first, second] = await groupContributions(runtime, {
        matrix: Float32Array.of(1, 2, 0.5, 3, 0, 0, 1, 0),
        ...{ rows: 2, columns: columns.length, baseline: new Float32Array(columns.length) },
        groups: [[0, 1], [2]],
        deadline: deadlineAfter(15_000),
      });
      // Of d, which is in no group, the row's own value counts throughout.
      expect(first!.base).toBeCloseTo(-1 + 0.25 * 3, 4);
      expect(first!.score).toBeCloseTo(-1 + 0.5 - 2 + 1 + 0.75, 4);
      expect(first!.byGroup[0]).toBeCloseTo(0.5 - 2, 4);
      expect(first!.byGroup[1]).toBeCloseTo(1, 4);
      expect([...second!.byGroup].map((one) => one.toFixed(3))).toEqual(['0.000', '2.000']);
    } finally {
      await runtime.stop();
      await rm(folder, { recursive: true });
    }
  });
});
