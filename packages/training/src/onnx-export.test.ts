import { createRandom } from '@marquee/domain';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { predict } from './logistic-regression.ts';
import { exportLogisticRegression, MODEL_INPUT, MODEL_OUTPUT } from './onnx-export.ts';

describe('exportLogisticRegression', () => {
  it('scores in onnxruntime as it does here, within 1e-5, for any number of rows', async () => {
    const random = createRandom(4);
    const columns = 30;
    const model = { weights: Float64Array.from({ length: columns }, () => random.normal()), intercept: -0.7 };
    const session = await InferenceSession.create(exportLogisticRegression(model));
    for (const rows of [1, 7, 500]) {
      const matrix = Float32Array.from({ length: rows * columns }, () => random.normal());
      const output = await session.run({ [MODEL_INPUT]: new Tensor('float32', matrix, [rows, columns]) });
      const served = output[MODEL_OUTPUT]!;
      expect(served.dims).toEqual([rows]);
      const expected = predict(model, matrix, rows);
      for (let r = 0; r < rows; r++) expect((served.data as Float32Array)[r]).toBeCloseTo(expected[r]!, 5);
    }
    await session.release();
  });
});
