/** Models on trial, really loaded and really scoring: what serves must not be touched by them, and what was seen must be kept. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createRandom, manualClock } from '@marquee/domain';
import { createMemoryStore } from '@marquee/feature-store/memory';
import {
  CANARY_ARM,
  type Canary,
  CONTROL_ARM,
  canaryKey,
  NO_TRIALS,
  readShadowTally,
  type Trials,
} from '@marquee/model-registry/trials';
import type { ModelRuntime } from '@marquee/model-runtime';
import { createOnnxRuntime } from '@marquee/model-runtime/onnx';
import { silentLogger } from '@marquee/service-kit';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import { exportLogisticRegression, writeModelFolder } from '@marquee/training';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { chooseRanker } from './choose-ranker.ts';
import { type ServedPage, ShadowScorer } from './shadow-scorer.ts';
import { createTrialModels } from './trial-models.ts';

const COLUMNS = ['affinity', 'popularity'];
const SERVED = { columns: COLUMNS, featureViews: { 'title-popularity': 3 } };
/** A model is loaded in a thread of its own. */
const SOON = { deadlineMs: 20_000 };
const folder = temporaryFolder();
afterAll(folder.remove);

async function train(version: string, weights: readonly [number, number]): Promise<string> {
  const at = '2026-01-02T00:00:00.000Z';
  return basename(
    await writeModelFolder(folder.path, {
      onnx: exportLogisticRegression({ weights: Float64Array.from(weights), intercept: -1 }),
      manifest: {
        ...{ name: 'ranker', version, createdAt: at, input: { name: 'features', columns: COLUMNS } },
        ...{ output: { name: 'probability' }, featureViews: SERVED.featureViews },
        trainingWindow: { from: at, to: at, examples: 1 },
        ...{ metrics: {}, parameters: {}, seed: 1, parent: null },
      },
      evaluation: {},
    }),
  );
}

let [alike, opposite, third] = ['', '', ''];
beforeAll(async () => {
  alike = await train('alike', [2, 1]);
  opposite = await train('opposite', [-2, -1]);
  third = await train('third', [1, 2]);
  await mkdir(join(folder.path, 'ranker-half'));
  await writeFile(join(folder.path, 'ranker-half', 'manifest.json'), '{"name":');
});

const canaryOf = (version: string): Canary => ({ version, share: 0.5, since: 0 });

async function trialModels(first: Trials = NO_TRIALS) {
  let tell: (trials: Trials) => void = () => undefined;
  const stopped: string[] = [];
  let made = 0;
  const models = createTrialModels({
    watch(onChange) {
      tell = onChange;
      onChange(first);
      return () => {
        tell = () => undefined;
      };
    },
    makeRuntime() {
      const name = `runtime-${++made}`;
      const runtime = createOnnxRuntime({ ...SERVED, threads: 1, logger: silentLogger });
      const stop = runtime.stop.bind(runtime);
      runtime.stop = async () => {
        stopped.push(name);
        await stop();
      };
      return runtime;
    },
    modelsFolder: folder.path,
    logger: silentLogger,
  });
  await models.start();
  onTestFinished(() => models.stop());
  return { models, stopped, tell: (trials: Trials) => tell(trials), made: () => made };
}

function pageOf(seed: number, rows = 40): Omit<ServedPage, 'order' | 'probability'> {
  const random = createRandom(seed);
  const matrix = Float32Array.from({ length: rows * COLUMNS.length }, () => random.next());
  return { matrix, rows, columns: COLUMNS.length, milliseconds: 3 };
}

async function served(runtime: ModelRuntime, seed: number): Promise<ServedPage> {
  const page = pageOf(seed);
  const probability = await runtime.score(page);
  return { ...page, order: probability, probability };
}

describe('models that are tried out', () => {
  it('are loaded while they are on trial, and let go with it', async () => {
    const { models, tell, stopped } = await trialModels({ shadow: { version: alike }, canary: null });
    await waitUntil(() => models.shadow !== undefined, SOON);
    expect(models.shadow!.version).toBe(alike);
    expect(models.canary).toBeUndefined();
    tell({ shadow: null, canary: canaryOf(alike) });
    // From shadow to canary: the same runtime goes on.
    await waitUntil(() => models.canary !== undefined, SOON);
    expect(models.shadow).toBeUndefined();
    expect(models.canary!.terms).toEqual(canaryOf(alike));
    expect(stopped).toEqual([]);
    tell(NO_TRIALS);
    expect(models.canary).toBeUndefined();
    await waitUntil(() => stopped.length === 1, SOON);
  });

  it('are those that were named last, however fast they change', async () => {
    const { models, tell } = await trialModels();
    for (const version of [alike, opposite, third, opposite, alike, third]) {
      tell({ shadow: { version }, canary: null });
    }
    await waitUntil(() => models.shadow !== undefined, SOON);
    expect(models.shadow!.version).toBe(third);
    const scores = await models.shadow!.runtime.score({
      ...{ matrix: Float32Array.of(1, 0, 0, 1), rows: 2, columns: 2 },
    });
    expect(scores[1]).toBeGreaterThan(scores[0]!);
  });

  it('are not tried when they cannot be loaded, which is said; others are, and a new one has its chance', async () => {
    const { models, tell, stopped } = await trialModels({
      shadow: { version: 'ranker-half' },
      canary: canaryOf(alike),
    });
    await waitUntil(() => models.canary !== undefined, SOON);
    expect(models.shadow).toBeUndefined();
    expect(models.readiness()).toMatchObject({ ready: true, detail: expect.stringContaining('ranker-half') });
    expect(stopped).toHaveLength(1);
    tell({ shadow: { version: opposite }, canary: canaryOf(alike) });
    await waitUntil(() => models.shadow !== undefined, SOON);
    expect(models.readiness()).toEqual({ ready: true });
  });

  it('are all let go when the process stops, and none is loaded afterwards', async () => {
    const { models, tell, stopped, made } = await trialModels({
      shadow: { version: alike },
      canary: canaryOf(opposite),
    });
    await models.stop();
    expect(stopped).toHaveLength(made());
    tell({ shadow: { version: third }, canary: null });
    expect(models.shadow).toBeUndefined();
    expect(models.canary).toBeUndefined();
  });
});

describe('choosing a ranker', () => {
  it('takes the canary for those who were drawn for it and loaded, production for everybody else', async () => {
    const { models, tell } = await trialModels({ shadow: null, canary: canaryOf(alike) });
    await waitUntil(() => models.canary !== undefined, SOON);
    const modelRuntime = createOnnxRuntime({ ...SERVED, threads: 1, logger: silentLogger });
    const choose = (arm: string, version = alike) =>
      chooseRanker({ modelRuntime, trials: models }, { [canaryKey(version)]: arm });
    expect(choose(CANARY_ARM)).toBe(models.canary!.runtime);
    expect(choose(CONTROL_ARM)).toBe(modelRuntime);
    expect(choose(CANARY_ARM, opposite)).toBe(modelRuntime);
    expect(chooseRanker({ modelRuntime, trials: models }, {})).toBe(modelRuntime);
    expect(chooseRanker({ modelRuntime, trials: undefined }, { [canaryKey(alike)]: CANARY_ARM })).toBe(
      modelRuntime,
    );
    // Taken back: those who still carry its arm are served by production at once.
    tell(NO_TRIALS);
    expect(choose(CANARY_ARM)).toBe(modelRuntime);
  });
});

describe('the shadow scorer', () => {
  async function world(version: string) {
    const clock = manualClock(0);
    const store = createMemoryStore({ clock, logger: silentLogger });
    await store.start();
    const production = createOnnxRuntime({ ...SERVED, threads: 1, logger: silentLogger });
    await production.load(join(folder.path, alike));
    const trials = await trialModels({ shadow: { version }, canary: null });
    await waitUntil(() => trials.models.shadow !== undefined, SOON);
    const scorer = new ShadowScorer({ trials: trials.models, store, logger: silentLogger });
    onTestFinished(async () => {
      await scorer.stop();
      await production.stop();
      await store.stop();
    });
    const tally = (of: string) => readShadowTally(store, of);
    return { store, production, scorer, ...trials, tally };
  }

  it('keeps how a model would have ordered what was served, for whoever judges it', async () => {
    const { production, scorer, tally } = await world(opposite);
    for (let i = 0; i < 3; i++) scorer.offer(await served(production, i));
    await scorer.stop();
    const seen = await tally(opposite);
    expect(seen).toMatchObject({ slates: 3, dropped: 0, failed: 0, unusable: 0 });
    expect(seen.spearman / seen.slates).toBeCloseTo(-1, 5);
    expect(seen.kendall / seen.slates).toBeCloseTo(-1, 5);
  });

  it('returns at once, and drops and counts what does not fit', async () => {
    const { production, scorer, tally } = await world(third);
    const page = await served(production, 1);
    for (let i = 0; i < 12; i++) scorer.offer(page);
    await scorer.stop();
    const { slates, dropped } = await tally(third);
    expect(slates).toBe(4);
    expect(dropped).toBe(8);
  });

  it('counts what it could not score as failed, and goes on', async () => {
    const { production, scorer, tally } = await world(third);
    const page = await served(production, 1);
    // Of another width than the model's: as if it had been made for other columns.
    scorer.offer({ ...page, columns: 1, rows: 80 });
    scorer.offer(page);
    await scorer.stop();
    expect(await tally(third)).toMatchObject({ slates: 1, failed: 1 });
  });

  it('begins anew with another model, and looks at nothing while none is in shadow', async () => {
    const { production, scorer, tell, models, tally } = await world(third);
    const page = await served(production, 1);
    await scorer.start();
    scorer.offer(page);
    await waitUntil(async () => (await tally(third)).slates === 1, { deadlineMs: 10_000 });
    tell({ shadow: { version: opposite }, canary: null });
    await waitUntil(() => models.shadow?.version === opposite, SOON);
    scorer.offer(page);
    scorer.offer(page);
    await waitUntil(async () => (await tally(opposite)).slates === 2, { deadlineMs: 10_000 });
    tell(NO_TRIALS);
    scorer.offer(page);
    await scorer.stop();
    expect((await tally(third)).slates).toBe(1);
    expect((await tally(opposite)).slates).toBe(2);
  });

  it('writes again what the store did not take', async () => {
    const { production, store, tally, models } = await world(third);
    let refusals = 1;
    const flaky = {
      putMany: (entries: Parameters<typeof store.putMany>[0]) => {
        if (refusals-- > 0) return Promise.reject(new Error('the store is away'));
        return store.putMany(entries);
      },
    };
    const scorer = new ShadowScorer({ trials: models, store: flaky, logger: silentLogger });
    await scorer.start();
    scorer.offer(await served(production, 1));
    await waitUntil(async () => (await tally(third)).slates === 1, { deadlineMs: 15_000 });
    expect(refusals).toBeLessThan(0);
    await scorer.stop();
  });
});
