import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createRandom } from '@marquee/domain';
import { RANKING_COLUMNS, titlePopularityView } from '@marquee/features';
import { manifestSchema } from '@marquee/model-runtime';
import { createOnnxRuntime } from '@marquee/model-runtime/onnx';
import { silentLogger } from '@marquee/service-kit';
import { SAMPLE_INSTANT, temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeModelFolder } from '../model-folder.ts';
import { initialParameters } from '../neural/parameters.ts';
import { VALUE_OUTPUT } from '../onnx-export.ts';
import { gradientError, spread } from '../test/gradient-check.ts';

import { trainLogisticRanker } from './logistic.ranker.ts';
import { type MultiTaskModel, multiTaskHeads, scoreMultiTask } from './multi-task/multi-task-model.ts';
import { networkLoss, networkParameters } from './multi-task/multi-task-network.ts';
import { exportMultiTask } from './multi-task/multi-task-onnx.ts';
import { trainMultiTask } from './multi-task/train-multi-task.ts';
import { trainMultiTaskRanker } from './multi-task.ranker.ts';
import { EXAMPLE_KIND, splitByTime } from './ranking-examples.ts';
import { madeExamples, RUNTIME } from './test/ranking-examples.ts';

const columns = RANKING_COLUMNS.length;
const SERVED = {
  columns: RANKING_COLUMNS,
  featureViews: { [titlePopularityView.name]: titlePopularityView.version },
};

function modelsFolder(): string {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  return folder.path;
}

const manifestOf = async (folder: string) =>
  manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')));

const examples = madeExamples(1_000, 1);

/** As the ranker writes it. */
async function served(model: MultiTaskModel) {
  const folder = await writeModelFolder(modelsFolder(), {
    onnx: exportMultiTask(model),
    manifest: {
      name: 'home-ranker',
      version: 'test',
      createdAt: new Date(SAMPLE_INSTANT).toISOString(),
      input: { name: 'features', columns: [...RANKING_COLUMNS] },
      output: { name: 'probability', ...(model.hours && { value: VALUE_OUTPUT }) },
      featureViews: SERVED.featureViews,
      trainingWindow: {
        from: new Date(examples.from).toISOString(),
        to: new Date(examples.to).toISOString(),
        examples: examples.rows,
      },
      metrics: {},
      parameters: {},
      seed: 1,
      parent: null,
    },
    evaluation: {},
  });
  const runtime = createOnnxRuntime({ threads: 1, ...SERVED, logger: silentLogger });
  onTestFinished(() => runtime.stop());
  await runtime.start();
  await runtime.load(folder);
  return runtime;
}

describe('the multi-task ranker', () => {
  it('its gradients equal differences of the loss', async () => {
    const settings = { columns: 5, crossLayers: 2, experts: 3, width: 4, headWidth: 3, dropOut: 0.25 };
    const specs = networkParameters(settings);
    const { values, byName } = initialParameters(specs, 3);
    const random = createRandom(9);
    for (let i = 0; i < values.length; i++) values[i]! += random.normal(0, 0.3);
    const task = (phase: number) => ({
      labels: { data: Float64Array.of(1, 0, 1, 0), dims: [4, 1] },
      weights: { data: Float64Array.from({ length: 4 }, (_, i) => (i + phase) % 3), dims: [4, 1] },
    });
    const { worst, compared, largest } = await gradientError((tape) => ({
      loss: networkLoss(tape, settings),
      parameters: Object.fromEntries(
        specs.map(({ name, shape }) => [name, { data: Float64Array.from(byName.get(name)!), dims: shape }]),
      ),
      feeds: {
        features: spread([4, 5], 0),
        place: spread([4, 2], 1),
        mask: { data: Uint8Array.from({ length: 48 }, (_, i) => Number(i % 4 !== 1)), dims: [4, 12] },
        ...Object.fromEntries(
          ['watch', 'hours', 'abandonment'].flatMap((name, i) => {
            const { labels, weights } = task(i);
            return [
              [`${name}.labels`, labels],
              [`${name}.weights`, weights],
            ];
          }),
        ),
      },
    }));
    expect(compared).toBe(values.length);
    expect(largest).toBeGreaterThan(0.01);
    expect(worst).toBeLessThan(1e-5);
  });

  it('scores in the model runtime as it does in training, probability and value, within 1e-5', async () => {
    const [first, validation] = splitByTime(examples, 0.8);
    const { model } = await trainMultiTask(first, { seed: 1, now: SAMPLE_INSTANT, validation, epochs: 4 });
    expect(model.abandonment).toBeDefined();
    const runtime = await served(model);
    const asked = madeExamples(400, 9);
    const given = await runtime.predict({ matrix: asked.matrix, rows: asked.rows, columns });
    const expected = scoreMultiTask(model, asked.matrix, asked.rows);
    for (let row = 0; row < asked.rows; row++) {
      expect(Math.abs(given.probability[row]! - expected.probability[row]!)).toBeLessThan(1e-5);
      expect(Math.abs(given.value![row]! - expected.value![row]!)).toBeLessThan(1e-5);
    }
  });

  it('does so also where a play is worth about as much as giving it up costs', async () => {
    const { model } = await trainMultiTask(examples, { seed: 1, now: SAMPLE_INSTANT, epochs: 1 });
    const { specs, byName: of } = model.parameters;
    const parameters = initialParameters(specs, 1);
    for (const [name, values] of parameters.byName) values.set(of.get(name)!);
    const always = (intercept: number) => ({ kind: 'platt' as const, slope: 0, intercept });
    const worthless = { ...model, parameters, calibration: always(5), abandonment: always(0) };
    const asked = madeExamples(400, 9);
    // Half of all plays are given up, which costs an eighth of an hour; a watch is as long, a hair more or less.
    parameters.byName.get('hours.down.weight')!.forEach((weight, i, all) => {
      all[i] = 1e-3 * weight;
    });
    const bias = parameters.byName.get('hours.down.bias')!;
    for (let step = 0; step < 20; step++) {
      const { hours } = multiTaskHeads(worthless, asked.matrix, asked.rows);
      bias[0]! += 8 * (0.125 - hours.reduce((sum, each) => sum + each, 0) / asked.rows);
    }
    const runtime = await served(worthless);
    const given = await runtime.predict({ matrix: asked.matrix, rows: asked.rows, columns });
    const expected = scoreMultiTask(worthless, asked.matrix, asked.rows);
    for (let row = 0; row < asked.rows; row++) {
      expect(Math.abs(given.value![row]! - expected.value![row]!)).toBeLessThan(1e-5);
    }
  });

  it('learns what no line can', async () => {
    const options = { now: SAMPLE_INSTANT, folder: modelsFolder(), seed: 1 };
    // As many as show it whatever the network begins with, which another column changes.
    const more = madeExamples(4_000, 1);
    const network = await manifestOf(await trainMultiTaskRanker(more, options));
    const linear = await manifestOf(await trainLogisticRanker(more, options));
    expect(network.metrics.auc!).toBeGreaterThan(linear.metrics.auc! + 0.01);
    expect(network.metrics.logLoss!).toBeLessThan(linear.metrics.logLoss!);
  });

  it('knows what is watched longer', async () => {
    const { model } = await trainMultiTask(examples, { seed: 1, now: SAMPLE_INSTANT, epochs: 10 });
    const pair = examples.matrix.slice(0, 2 * columns);
    pair.copyWithin(columns, 0, columns);
    pair[RUNTIME] = 0.6;
    pair[columns + RUNTIME] = 2.4;
    const { hours } = multiTaskHeads(model, pair, 2);
    expect(hours[1]!).toBeGreaterThan(1.5 * hours[0]!);
  });

  it('says how likely a play is given up as often as it is', async () => {
    const [first, validation] = splitByTime(madeExamples(2_000, 4), 0.8);
    const { model } = await trainMultiTask(first, { seed: 1, now: SAMPLE_INSTANT, validation, epochs: 4 });
    const { abandonment } = multiTaskHeads(model, validation.matrix, validation.rows);
    const { slope, intercept } = model.abandonment!;
    const positives = [...abandonment.keys()].filter((row) => validation.labels[row]! > 0.5);
    const mean =
      positives.reduce((sum, row) => sum + 1 / (1 + Math.exp(-slope * abandonment[row]! - intercept)), 0) /
      positives.length;
    const truth = positives.filter((row) => validation.watchSeconds![row]! < 300).length / positives.length;
    expect(truth).toBeGreaterThan(0.2);
    expect(Math.abs(mean - truth)).toBeLessThan(0.02);
  });

  it('has no value where nobody knows how long anything was watched', async () => {
    const { watchSeconds: _, ...silent } = examples;
    const { model } = await trainMultiTask(silent, { seed: 1, now: SAMPLE_INSTANT, epochs: 1 });
    expect(scoreMultiTask(model, examples.matrix, 5).value).toBeUndefined();
    const runtime = await served(model);
    const given = await runtime.predict({ matrix: examples.matrix, rows: examples.rows, columns });
    expect(given.value).toBeUndefined();
  });

  it('learns nothing of what was watched from titles that were passed over', async () => {
    const set = madeExamples(300, 2);
    const kinds = set.kinds!.slice();
    for (let row = 0; row < set.rows; row += 5) kinds[row + 4] = EXAMPLE_KIND.passedOver;
    const moved = set.matrix.slice();
    for (let row = 4; row < set.rows; row += 5) moved[row * columns + RUNTIME]! *= 1.0001;
    const fit = (matrix: Float32Array) =>
      trainMultiTask({ ...set, kinds, matrix }, { seed: 1, now: SAMPLE_INSTANT, epochs: 1 });
    const [one, other] = [await fit(set.matrix), await fit(moved)];
    const probe = madeExamples(40, 3).matrix;
    const before = scoreMultiTask(one.model, probe, 40).probability;
    // The columns' means and deviations are of all rows, and move a little.
    for (const [row, p] of scoreMultiTask(other.model, probe, 40).probability.entries()) {
      expect(p).toBeCloseTo(before[row]!, 3);
    }
  });

  it('is the same folder, byte for byte, for the same examples and seed', async () => {
    const few = madeExamples(400, 5);
    const files = await Promise.all(
      [1, 2].map(async () => {
        const folder = await trainMultiTaskRanker(few, {
          ...{ now: SAMPLE_INSTANT, folder: modelsFolder(), seed: 5 },
        });
        expect(basename(folder)).toMatch(/^home-ranker-\d{8}T\d{6}Z-multi-task$/);
        const names = ['model.onnx', 'manifest.json', 'evaluation.json'];
        return Promise.all(names.map((name) => readFile(join(folder, name))));
      }),
    );
    expect(files[0]).toEqual(files[1]);
  });

  it('is the hand-set prior where there is too little to learn from', async () => {
    const options = { now: SAMPLE_INSTANT, folder: modelsFolder(), seed: 1 };
    const few = await manifestOf(await trainMultiTaskRanker(madeExamples(100, 1), options));
    expect(few.parameters.source).toBe('prior');
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const folder = modelsFolder();
    const interrupted = new AbortController();
    const training = trainMultiTaskRanker(examples, {
      ...{ now: SAMPLE_INSTANT, folder, seed: 1, signal: interrupted.signal },
      onProgress: () => interrupted.abort(new Error('no longer wanted')),
    });
    await expect(training).rejects.toThrow('no longer wanted');
    expect(await readdir(folder)).toEqual([]);
  });
});
