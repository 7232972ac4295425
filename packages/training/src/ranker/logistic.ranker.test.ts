import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RANKING_COLUMNS, titlePopularityView } from '@marquee/features';
import { createOnnxRuntime } from '@marquee/model-runtime/onnx';
import { silentLogger } from '@marquee/service-kit';
import { SAMPLE_INSTANT, temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { predict } from '../logistic-regression.ts';
import { choicesOf } from './choices.ts';
import { fitHoursLine, fitWatchLine } from './fit-line.ts';
import { trainLogisticRanker } from './logistic.ranker.ts';
import type { RankingExamples } from './ranking-examples.ts';
import { AFFINITY, madeExamples, RUNTIME } from './test/ranking-examples.ts';
import { LEAST_HOURS, titleValue } from './value-function.ts';

const columns = RANKING_COLUMNS.length;
const examples = madeExamples(500, 1);

async function served(set: RankingExamples) {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const model = await trainLogisticRanker(set, { now: SAMPLE_INSTANT, folder: folder.path, seed: 1 });
  const runtime = createOnnxRuntime({
    ...{ threads: 1, columns: RANKING_COLUMNS, logger: silentLogger },
    featureViews: { [titlePopularityView.name]: titlePopularityView.version },
  });
  onTestFinished(() => runtime.stop());
  await runtime.start();
  await runtime.load(model);
  return { runtime, manifest: JSON.parse(await readFile(join(model, 'manifest.json'), 'utf8')) };
}

describe('the logistic ranker', () => {
  it('scores in the model runtime as its two lines do, probability and value, within 1e-5', async () => {
    const { runtime, manifest } = await served(examples);
    expect(manifest.parameters.value).toBe('probability × hours ^ 0.5');
    const asked = madeExamples(200, 9);
    // Far below what any film lasts: the line would say less than nothing.
    asked.matrix[RUNTIME] = -40;
    const given = await runtime.predict({ matrix: asked.matrix, rows: asked.rows, columns });
    const choices = choicesOf(examples);
    const probability = predict(await fitWatchLine(choices), asked.matrix, asked.rows);
    const hours = (await fitHoursLine(choices))!;
    for (let row = 0; row < asked.rows; row++) {
      let length = hours.intercept;
      for (let c = 0; c < columns; c++) length += hours.weights[c]! * asked.matrix[row * columns + c]!;
      const value = titleValue(probability[row]!, Math.max(LEAST_HOURS, length), undefined);
      expect(Math.abs(given.probability[row]! - probability[row]!)).toBeLessThan(1e-5);
      expect(Math.abs(given.value![row]! - value)).toBeLessThan(1e-5);
    }
  });

  it('values what suits a viewer, and what is watched longer', async () => {
    const { runtime } = await served(examples);
    const matrix = new Float32Array(3 * columns);
    for (let row = 0; row < 3; row++) matrix.set(examples.matrix.subarray(0, columns), row * columns);
    for (let row = 0; row < 3; row++) {
      matrix[row * columns + AFFINITY] = row === 1 ? 0.8 : 0;
      matrix[row * columns + RUNTIME] = row === 2 ? 2.4 : 0.8;
    }
    const { value } = await runtime.predict({ matrix, rows: 3, columns });
    expect(value![1]!).toBeGreaterThan(1.2 * value![0]!);
    expect(value![2]!).toBeGreaterThan(1.2 * value![0]!);
  });

  it('does not lean on what is watched at the moment, however well that tells what was watched', async () => {
    const set = madeExamples(200, 3);
    const now = RANKING_COLUMNS.indexOf('trend_now');
    for (let row = 0; row < set.rows; row++) set.matrix[row * columns + now] = 3 * set.labels[row]!;
    const choices = choicesOf(set);
    expect((await fitWatchLine(choices)).weights[now]).toBe(0);
    expect((await fitHoursLine(choices))!.weights[now]).toBe(0);
  });

  it('has no value where nobody knows how long anything was watched', async () => {
    const { watchSeconds: _, ...unknown } = examples;
    const { runtime, manifest } = await served(unknown);
    expect(manifest.output).toEqual({ name: 'probability' });
    const { matrix, rows } = examples;
    expect((await runtime.predict({ matrix, rows, columns })).value).toBeUndefined();
  });
});
