/** The guarantees of every model runtime, run on each adapter with small logistic models. */
import { rm } from 'node:fs/promises';
import { deadlineAfter, isMarqueeError } from '@marquee/service-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestModel, writeModelFolder } from '../test/write-model-folder.ts';
import { MAX_ROWS, type ModelRuntime, type ScoringRequest } from './index.ts';

const COLUMNS = ['age', 'affinity', 'popularity'];
const VIEWS = { 'title-popularity': 3 };
const MODEL: TestModel = {
  version: 'v1',
  columns: COLUMNS,
  weights: [1, -2, 0.5],
  bias: 0.25,
  featureViews: VIEWS,
};

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
const expectedScore = (row: readonly number[], { weights, bias }: TestModel): number =>
  sigmoid(row.reduce((sum, value, i) => sum + value * weights[i]!, bias));
const request = (
  rows: readonly (readonly number[])[],
  more: Partial<ScoringRequest> = {},
): ScoringRequest => ({
  matrix: Float32Array.from(rows.flat()),
  rows: rows.length,
  columns: COLUMNS.length,
  ...more,
});

/** @param make a started runtime for these columns and feature views; the suite stops it. */
export function describeModelRuntimeContract(
  name: string,
  make: (options: {
    readonly columns: readonly string[];
    readonly featureViews: Readonly<Record<string, number>>;
  }) => Promise<ModelRuntime>,
): void {
  describe(`model runtime contract: ${name}`, () => {
    let runtime: ModelRuntime;
    const folders: string[] = [];
    const folderOf = async (changes: Partial<TestModel> = {}): Promise<string> => {
      const folder = await writeModelFolder({ ...MODEL, ...changes });
      folders.push(folder);
      return folder;
    };
    beforeEach(async () => {
      runtime = await make({ columns: COLUMNS, featureViews: VIEWS });
    });
    afterEach(async () => {
      await runtime.stop();
      await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
    });

    it('gives one probability per row, in the order of the rows', async () => {
      expect(await runtime.load(await folderOf())).toEqual({ name: 'test-ranker', version: 'v1' });
      const rows = Array.from({ length: 1_000 }, (_, i) => [i / 500, (i % 7) / 7, -i / 250]);
      const scores = await runtime.score(request(rows));
      expect(scores).toHaveLength(1_000);
      for (const [i, row] of rows.entries()) expect(scores[i]).toBeCloseTo(expectedScore(row, MODEL), 5);
    });

    it('predicts a value only where the model has an output for it', async () => {
      const asked = request([[1, 2, 3]]);
      await runtime.load(await folderOf());
      const plain = await runtime.predict(asked);
      expect(plain.probability).toEqual(await runtime.score(asked));
      expect(plain.value).toBeUndefined();
      // The same output twice is two outputs: what matters is who is asked for what.
      await runtime.load(
        await folderOf({
          version: 'v2',
          manifest: { output: { name: 'probability', value: 'probability' } },
        }),
      );
      const valued = await runtime.predict(asked);
      expect(valued.value).toEqual(valued.probability);
    });

    it("leaves the caller's matrix alone", async () => {
      await runtime.load(await folderOf());
      const asked = request([[1, 2, 3]]);
      const scoring = runtime.score(asked);
      asked.matrix.fill(0);
      expect((await scoring)[0]).toBeCloseTo(expectedScore([1, 2, 3], MODEL), 5);
      expect([...asked.matrix]).toEqual([0, 0, 0]);
    });

    it('passes on what is not finite, row by row', async () => {
      await runtime.load(await folderOf());
      const scores = await runtime.score(
        request([
          [Number.NaN, 0, 0],
          [1, 2, 3],
        ]),
      );
      expect(scores[0]).toBeNaN();
      expect(scores[1]).toBeCloseTo(expectedScore([1, 2, 3], MODEL), 5);
    });

    it('scores nothing to nothing', async () => {
      await runtime.load(await folderOf());
      expect(await runtime.score(request([]))).toHaveLength(0);
    });

    it('has no version and no scores before a model is loaded', async () => {
      expect(runtime.current).toBeUndefined();
      expect(runtime.readiness().ready).toBe(false);
      await expect(runtime.score(request([[1, 2, 3]]))).rejects.toMatchObject({
        code: 'DEPENDENCY_UNAVAILABLE',
      });
    });

    it.each<[string, Partial<ScoringRequest>, string]>([
      ['other columns', { columns: 4 }, 'columns'],
      ['a matrix of another size', { matrix: new Float32Array(5) }, 'matrix'],
      ['too many rows', { rows: MAX_ROWS + 1 }, 'rows'],
      ['a fraction of a row', { rows: 0.5 }, 'rows'],
    ])('refuses %s', async (_, change, field) => {
      await runtime.load(await folderOf());
      await expect(runtime.score(request([[1, 2, 3]], change))).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        field,
      });
    });

    it('refuses a request whose time is up', async () => {
      await runtime.load(await folderOf());
      await expect(runtime.score(request([[1, 2, 3]], { deadline: deadlineAfter(0) }))).rejects.toMatchObject(
        {
          code: 'DEADLINE_EXCEEDED',
        },
      );
    });

    it.each<[string, Partial<TestModel>, string]>([
      ['tampered bytes', { tampered: new Uint8Array([1, 2, 3]) }, 'model.onnx has checksum'],
      ['a file that is no model', { model: new Uint8Array([1, 2, 3]) }, 'test-ranker v1 cannot be run'],
      [
        'a column that nobody serves',
        { columns: ['age', 'affinity', 'mood'] },
        'columns that are not served: mood',
      ],
      [
        'a column it was not trained on',
        { columns: ['age', 'affinity'], weights: [1, 2] },
        'not trained on popularity',
      ],
      [
        'columns in another order',
        { columns: ['affinity', 'age', 'popularity'] },
        'in another order: column 0 is affinity, not age',
      ],
      [
        'another version of a feature view',
        { featureViews: { 'title-popularity': 2 } },
        'feature view title-popularity was version 2 in training and is version 3',
      ],
      [
        'feature views that nobody reads',
        { featureViews: { 'title-popularity': 3, mood: 1 } },
        'feature view mood was version 1 in training and is absent',
      ],
      ['a manifest with a wrong entry', { manifest: { seed: 'x' } }, 'manifest.json is not valid'],
      [
        'an input of another name',
        { manifest: { input: { name: 'x', columns: COLUMNS } } },
        'has no input x',
      ],
      [
        'a second output that the file does not have',
        { manifest: { output: { name: 'probability', value: 'worth' } } },
        'has no output worth',
      ],
    ])('refuses %s, says why, and goes on with the model it has', async (_, changes, message) => {
      await runtime.load(await folderOf());
      const refusal = await runtime.load(await folderOf(changes)).catch((error: unknown) => error);
      expect(isMarqueeError(refusal, 'MODEL_INCOMPATIBLE')).toBe(true);
      expect((refusal as Error).message).toContain(message);
      expect(runtime.current?.version).toBe('v1');
      expect(await runtime.score(request([[1, 2, 3]]))).toHaveLength(1);
    });

    it('refuses a folder that is not there', async () => {
      await expect(runtime.load('/nowhere/to/be/found')).rejects.toMatchObject({
        code: 'MODEL_INCOMPATIBLE',
      });
    });

    it('swaps models under load without failing a request; every answer is of one model', async () => {
      const second: TestModel = { ...MODEL, version: 'v2', weights: [-1, 2, 3] };
      const [first, next] = [await folderOf(), await folderOf(second)];
      await runtime.load(first);
      let done = false;
      let answers = 0;
      const clients = Array.from({ length: 4 }, async () => {
        const row = [0.5, 1, -1];
        const rows = Array.from({ length: 50 }, () => row);
        while (!done) {
          const { probability, model } = await runtime.predict(request(rows));
          const scores = [...new Set(probability)];
          answers++;
          expect(scores).toHaveLength(1);
          // By the version that the answer names, whichever is current by now.
          const by = model.version === second.version ? second : MODEL;
          expect(model).toEqual({ name: 'test-ranker', version: by.version });
          expect(Math.abs(expectedScore(row, by) - scores[0]!)).toBeLessThan(1e-5);
        }
      });
      for (const folder of [next, first, next]) await runtime.load(folder);
      done = true;
      await Promise.all(clients);
      expect(answers).toBeGreaterThan(4);
      expect(runtime.current?.version).toBe('v2');
      expect((await runtime.score(request([[1, 0, 0]])))[0]).toBeCloseTo(expectedScore([1, 0, 0], second), 5);
    });

    it('refuses work after it has stopped, and stops twice', async () => {
      const folder = await folderOf();
      await runtime.load(folder);
      await runtime.stop();
      await runtime.stop();
      expect(runtime.readiness().ready).toBe(false);
      await expect(runtime.score(request([[1, 2, 3]]))).rejects.toMatchObject({
        code: 'DEPENDENCY_UNAVAILABLE',
      });
      await expect(runtime.load(folder)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    });
  });
}
