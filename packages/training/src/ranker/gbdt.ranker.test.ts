import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DAY_MS } from '@marquee/domain';
import { RANKING_COLUMNS, titlePopularityView } from '@marquee/features';
import { manifestSchema } from '@marquee/model-runtime';
import { createOnnxRuntime } from '@marquee/model-runtime/onnx';
import { silentLogger } from '@marquee/service-kit';
import { SAMPLE_INSTANT, temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decodeGbdt, trainGbdt, treeCount } from '../gbdt/index.ts';
import { writeModelFolder } from '../model-folder.ts';
import { VALUE_OUTPUT } from '../onnx-export.ts';
import { TREES_FILE, trainGbdtRanker } from './gbdt.ranker.ts';
import { scoreGbdtRanker } from './gbdt-ranker-model.ts';
import { exportGbdtRanker } from './gbdt-ranker-onnx.ts';
import { growRanker } from './grow-ranker.ts';
import { trainLogisticRanker } from './logistic.ranker.ts';
import { EXAMPLE_KIND, type RankingExamples, splitByTime } from './ranking-examples.ts';
import { AFFINITY, madeExamples, RUNTIME } from './test/ranking-examples.ts';
import { withoutTrainingColumns, withTrainingColumns } from './training-columns.ts';

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

const read = async (folder: string) => ({
  manifest: manifestSchema.parse(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))),
  evaluation: JSON.parse(await readFile(join(folder, 'evaluation.json'), 'utf8')),
});

const examples = madeExamples(1_000, 1);

describe('the ranker of trees', () => {
  it('scores in the model runtime as it does in training, probability and value, within 1e-5', async () => {
    const [first, validation] = splitByTime(examples, 0.8);
    const model = await growRanker(first, { seed: 1, now: SAMPLE_INSTANT, validation });
    expect(treeCount(model.watch)).toBeGreaterThan(5);
    expect(model.length?.abandonment).toBeDefined();
    const folder = await writeModelFolder(modelsFolder(), {
      onnx: exportGbdtRanker(model),
      manifest: {
        name: 'home-ranker',
        version: 'test',
        createdAt: new Date(SAMPLE_INSTANT).toISOString(),
        input: { name: 'features', columns: [...RANKING_COLUMNS] },
        output: { name: 'probability', value: VALUE_OUTPUT },
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
    const asked = madeExamples(400, 9);
    const served = await runtime.predict({ matrix: asked.matrix, rows: asked.rows, columns });
    const expected = scoreGbdtRanker(model, asked.matrix, asked.rows);
    for (let row = 0; row < asked.rows; row++) {
      expect(Math.abs(served.probability[row]! - expected.probability[row]!)).toBeLessThan(1e-5);
      expect(Math.abs(served.value![row]! - expected.value![row]!)).toBeLessThan(1e-5);
    }
    expect(await runtime.score({ matrix: asked.matrix, rows: asked.rows, columns })).toEqual(
      served.probability,
    );
  });

  it('learns what no line can, and values what is watched longer', async () => {
    const folder = modelsFolder();
    const options = { now: SAMPLE_INSTANT, folder, seed: 1 };
    const trees = await read(await trainGbdtRanker(examples, options));
    const linear = await read(await trainLogisticRanker(examples, options));
    expect(trees.manifest.metrics.auc!).toBeGreaterThan(linear.manifest.metrics.auc! + 0.01);
    expect(trees.manifest.metrics.logLoss!).toBeLessThan(linear.manifest.metrics.logLoss!);
    const model = await growRanker(examples, { seed: 1, now: SAMPLE_INSTANT, trees: 30 });
    const pair = examples.matrix.slice(0, 2 * columns);
    pair.copyWithin(columns, 0, columns);
    pair[RUNTIME] = 0.6;
    pair[columns + RUNTIME] = 2.4;
    const { value } = scoreGbdtRanker(model, pair, 2);
    expect(value![1]!).toBeGreaterThan(1.2 * value![0]!);
  });

  it('is the same folder, byte for byte, for the same examples and seed', async () => {
    const files = await Promise.all(
      [1, 2].map(async () => {
        const folder = await trainGbdtRanker(examples, {
          now: SAMPLE_INSTANT,
          folder: modelsFolder(),
          seed: 5,
        });
        expect(basename(folder)).toMatch(/^home-ranker-\d{8}T\d{6}Z-gbdt$/);
        return Promise.all(
          ['model.onnx', 'manifest.json', 'evaluation.json', TREES_FILE].map((name) =>
            readFile(join(folder, name)),
          ),
        );
      }),
    );
    expect(files[0]).toEqual(files[1]);
  });

  it('never scores a title lower for more affinity', async () => {
    const { watch } = await growRanker(examples, { seed: 1, now: SAMPLE_INSTANT, trees: 40 });
    const rows = Float32Array.from({ length: 21 * columns });
    for (let i = 0; i < 21; i++) {
      rows.set(examples.matrix.subarray(0, columns), i * columns);
      rows[i * columns + AFFINITY] = -1 + i / 10;
    }
    const linear = { weights: new Float64Array(columns), intercept: 0 };
    const calibration = { kind: 'platt', slope: 1, intercept: 0 } as const;
    const { probability } = scoreGbdtRanker({ watch, linear, calibration }, rows, 21);
    for (let i = 1; i < 21; i++) expect(probability[i]!).toBeGreaterThanOrEqual(probability[i - 1]!);
  });

  it('learns nothing from columns it is told to ignore', async () => {
    const folder = await trainGbdtRanker(examples, {
      ...{ now: SAMPLE_INSTANT, folder: modelsFolder(), seed: 1, label: 'blind' },
      ignoredColumns: ['genre_affinity_max'],
    });
    const model = decodeGbdt(await readFile(join(folder, TREES_FILE)));
    expect(model.column.includes(AFFINITY)).toBe(false);
    expect((await read(folder)).manifest.input.columns).toEqual(RANKING_COLUMNS);
  });

  it('is the hand-set prior where there is too little to learn from', async () => {
    const few = await trainGbdtRanker(madeExamples(100, 1), {
      ...{ now: SAMPLE_INSTANT, folder: modelsFolder(), seed: 1 },
    });
    expect((await read(few)).manifest.parameters.source).toBe('prior');
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const folder = modelsFolder();
    const interrupted = new AbortController();
    const training = trainGbdtRanker(examples, {
      ...{ now: SAMPLE_INSTANT, folder, seed: 1, signal: interrupted.signal },
      onProgress: () => interrupted.abort(new Error('no longer wanted')),
    });
    await expect(training).rejects.toThrow('no longer wanted');
    const { readdir } = await import('node:fs/promises');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('columns that only training has', () => {
  /** Whether a title is watched depends on its place alone, and on no column that is served. */
  function byPlace(): RankingExamples {
    const set = madeExamples(1_500, 3);
    const places = Float32Array.from({ length: set.rows }, (_, row) => (row % 5 === 0 ? 0 : 30));
    return { ...set, places, kinds: new Uint8Array(set.rows).fill(EXAMPLE_KIND.passedOver) };
  }

  it('are taken to be the first place and today: what a place did is not held against the title', async () => {
    const set = byPlace();
    const { model } = await trainGbdt(withTrainingColumns(set, SAMPLE_INSTANT), {
      ...{ objective: 'logistic', seed: 1, trees: 20, leaves: 4 },
    });
    const served = withoutTrainingColumns(model);
    expect(served.columns).toBe(columns);
    expect(Math.max(...served.column)).toBeLessThan(columns);
    const { matrix } = withTrainingColumns({ ...set, places: new Float32Array(set.rows) }, SAMPLE_INSTANT);
    for (let row = 0; row < set.rows; row++) matrix[row * (columns + 2) + columns + 1] = 0;
    const { scoreGbdt } = await import('../gbdt/index.ts');
    expect(scoreGbdt(served, set.matrix, set.rows)).toEqual(scoreGbdt(model, matrix, set.rows));
  });

  it('hold the age in days, and nothing where it is not known', () => {
    const set = madeExamples(10, 1);
    const { matrix } = withTrainingColumns(set, set.to + 2 * DAY_MS);
    expect(matrix[(set.rows - 1) * (columns + 2) + columns + 1]).toBeCloseTo(2, 4);
    const { at: _, ...ageless } = set;
    expect(withTrainingColumns(ageless, set.to).matrix[columns + 1]).toBeNaN();
  });
});
