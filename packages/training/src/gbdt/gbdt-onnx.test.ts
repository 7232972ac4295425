import { createRandom } from '@marquee/domain';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { calibrate, fitIsotonic, fitPlatt } from '../calibration/index.ts';
import { MODEL_INPUT, MODEL_OUTPUT } from '../onnx-export.ts';
import { type GbdtModel, predictGbdt, scoreGbdt } from './gbdt-model.ts';
import { exportGbdt, SCORE_OUTPUT } from './gbdt-onnx.ts';
import { CATEGORICAL, COLUMNS, generatedRows, groupSizes } from './test/generated-rows.ts';
import { trainGbdt } from './train-gbdt.ts';

/** With missing values everywhere, categories that training has not seen, and values on thresholds. */
function askedRows(model: GbdtModel, rows: number): Float32Array {
  const random = createRandom(9);
  const { matrix } = generatedRows(rows, 8, 'class');
  for (let i = 0; i < matrix.length; i++) if (random.next() < 0.1) matrix[i] = Number.NaN;
  for (let row = 0; row < rows; row++) {
    if (row % 5 === 0) matrix[row * COLUMNS + CATEGORICAL] = random.integer(60);
    if (row % 7 === 0) {
      const node = random.integer(model.column.length);
      const column = model.column[node]!;
      if (column >= 0 && column !== CATEGORICAL) matrix[row * COLUMNS + column] = model.threshold[node]!;
    }
  }
  return matrix;
}

async function served(onnx: Uint8Array, matrix: Float32Array, output: string): Promise<Float32Array> {
  const session = await InferenceSession.create(onnx);
  try {
    const rows = matrix.length / COLUMNS;
    const answer = await session.run({ [MODEL_INPUT]: new Tensor('float32', matrix, [rows, COLUMNS]) });
    expect(answer[output]!.dims).toEqual([rows]);
    return answer[output]!.data as Float32Array;
  } finally {
    await session.release();
  }
}

function expectEqual(actual: Float32Array, expected: ArrayLike<number>): void {
  expect(actual).toHaveLength(expected.length);
  for (let row = 0; row < expected.length; row++) {
    const off = Math.abs(actual[row]! - expected[row]!) / Math.max(1, Math.abs(expected[row]!));
    expect(off).toBeLessThan(1e-5);
  }
}

const OPTIONS = { seed: 2, trees: 60, leaves: 24, categorical: [CATEGORICAL] } as const;
const training = generatedRows(6_000, 1, 'class');
const { model: logistic } = await trainGbdt(training, { ...OPTIONS, objective: 'logistic' });

describe('an exported model', () => {
  it('has missing and categorical splits to be tested', () => {
    expect(logistic.categories.length).toBeGreaterThan(20);
    expect(new Set(logistic.missingLeft)).toEqual(new Set([0, 1]));
  });

  it('scores in onnxruntime as it does here, for any number of rows', async () => {
    const onnx = exportGbdt(logistic);
    for (const rows of [1, 7, 3_000]) {
      const matrix = askedRows(logistic, rows);
      expectEqual(await served(onnx, matrix, MODEL_OUTPUT), predictGbdt(logistic, matrix, rows));
    }
  });

  it('gives the score where it is no probability', async () => {
    const squared = await trainGbdt(generatedRows(3_000, 1, 'number'), { ...OPTIONS, objective: 'squared' });
    const ranking = await trainGbdt(
      { ...generatedRows(3_000, 1, 'relevance'), groupSizes: groupSizes(3_000, 1) },
      { ...OPTIONS, objective: 'lambda-rank', minChildWeight: 0.01 },
    );
    for (const { model } of [squared, ranking]) {
      const matrix = askedRows(model, 1_000);
      expectEqual(await served(exportGbdt(model), matrix, SCORE_OUTPUT), scoreGbdt(model, matrix, 1_000));
    }
  });

  it('without trees gives the mean', async () => {
    const data = { ...training, matrix: new Float32Array(training.matrix.length) };
    const { model } = await trainGbdt(data, { objective: 'logistic', seed: 1 });
    const matrix = askedRows(logistic, 3);
    expectEqual(await served(exportGbdt(model), matrix, MODEL_OUTPUT), predictGbdt(model, matrix, 3));
  });

  it('is calibrated in onnxruntime as here', async () => {
    const heldOut = generatedRows(4_000, 3, 'class');
    const logits = scoreGbdt(logistic, heldOut.matrix, heldOut.rows);
    const probabilities = predictGbdt(logistic, heldOut.matrix, heldOut.rows);
    const platt = fitPlatt({ predictions: logits, labels: heldOut.labels });
    const isotonic = fitIsotonic({ predictions: probabilities, labels: heldOut.labels });
    const matrix = askedRows(logistic, 2_000);
    expectEqual(
      await served(exportGbdt(logistic, { calibration: platt }), matrix, MODEL_OUTPUT),
      scoreGbdt(logistic, matrix, 2_000).map((z) => calibrate(platt, z)),
    );
    expectEqual(
      await served(exportGbdt(logistic, { calibration: isotonic }), matrix, MODEL_OUTPUT),
      predictGbdt(logistic, matrix, 2_000).map((p) => calibrate(isotonic, p)),
    );
  });
});
