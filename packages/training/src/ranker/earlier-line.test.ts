import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RANKING_COLUMNS } from '@marquee/features';
import { readModelFolder } from '@marquee/model-runtime';
import { SAMPLE_INSTANT, temporaryFolder } from '@marquee/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { predict } from '../logistic-regression.ts';
import { json, sha256 } from '../model-folder.ts';
import { choicesOf } from './choices.ts';
import { readEarlierLine } from './earlier-line.ts';
import { fitWatchLine } from './fit-line.ts';
import { LINE_COLUMNS } from './line-columns.ts';
import { trainLogisticRanker } from './logistic.ranker.ts';
import { measureRanker } from './measure-ranker.ts';
import { type RankingExamples, rankingExamples, rowsWhere, takeRows } from './ranking-examples.ts';
import { madeExamples } from './test/ranking-examples.ts';

const columns = RANKING_COLUMNS.length;
const NEW = SAMPLE_INSTANT - 3 * 86_400_000;
/** Thirty days, of which the last three are new. */
const everything = madeExamples(1_200, 1);
const before = takeRows(
  { ...everything, to: NEW },
  rowsWhere(everything, (row) => everything.at![row]! <= NEW),
);

function folder(): string {
  const made = temporaryFolder();
  onTestFinished(made.remove);
  return made.path;
}

const train = (examples: RankingExamples, more: object = {}, to = folder()) =>
  trainLogisticRanker(examples, { now: SAMPLE_INSTANT, folder: to, seed: 1, ...more });

async function weightsOf(model: string): Promise<Record<string, number>> {
  return JSON.parse(await readFile(join(model, 'evaluation.json'), 'utf8')).weights;
}

describe('a line that goes on from an earlier one', () => {
  it('is found in the folder that training wrote, as it was known', async () => {
    const model = await train(before);
    const earlier = (await readEarlierLine(model, 'home-ranker-v0'))!;
    const { belief } = await fitWatchLine(choicesOf(before));
    expect(earlier.version).toBe('home-ranker-v0');
    expect(earlier.learnedTo).toBe(NEW);
    expect([...earlier.belief.precision]).toEqual([...belief.precision]);
    expect([...earlier.belief.precisionMean]).toEqual([...belief.precisionMean]);
  });

  it('ignores no column: what was known of it would be heard all the same', async () => {
    const earlier = (await readEarlierLine(await train(before), 'v0'))!;
    await expect(train(everything, { earlier, ignoredColumns: ['co_watch'] })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'ignoredColumns',
      message: expect.stringContaining('goes on from v0 cannot ignore co_watch'),
    });
  });

  it('learns from what is new alone, says what it started from, and stays near it', async () => {
    const earlier = (await readEarlierLine(await train(before), 'v0'))!;
    const goneOn = await train(everything, { earlier, label: 'on' });
    const { manifest } = await readModelFolder(goneOn);
    expect(manifest.parameters).toMatchObject({ startedFrom: 'v0' });
    expect(manifest.trainingWindow).toMatchObject({ from: new Date(NEW).toISOString() });
    const isNew = rowsWhere(everything, (row) => everything.at![row]! > NEW);
    expect(manifest.trainingWindow.examples).toBe(isNew.length);
    const [old, on, alone] = await Promise.all(
      [await train(before), goneOn, await train({ ...takeRows(everything, isNew), positives: 300 })].map(
        weightsOf,
      ),
    );
    const from = (weights: Record<string, number>): number =>
      RANKING_COLUMNS.reduce((sum, name) => sum + (weights[name]! - old![name]!) ** 2, 0);
    expect(from(on!)).toBeGreaterThan(0);
    expect(from(on!)).toBeLessThan(0.5 * from(alone!));
  });

  it('orders what comes better than one that has the new days alone, where these are few', async () => {
    const { belief } = await fitWatchLine(choicesOf(before));
    const coming = madeExamples(600, 9);
    const few = madeExamples(60, 3);
    const worth = async (known?: typeof belief) => {
      const line = await fitWatchLine(few, known);
      return measureRanker(predict(line, coming.matrix, coming.rows), coming).ndcg10!;
    };
    expect(await worth(belief)).toBeGreaterThan((await worth()) + 0.01);
  });

  it('learns from all where too little is new to go on with, or nobody knows when anything was', async () => {
    const earlier = { ...(await readEarlierLine(await train(before), 'v0'))!, learnedTo: everything.to };
    const { at: _, ...timeless } = everything;
    for (const examples of [everything, timeless]) {
      const { manifest } = await readModelFolder(await train(examples, { earlier }));
      expect(manifest.parameters.startedFrom).toBeUndefined();
      expect(manifest.trainingWindow.examples).toBe(everything.rows);
    }
  });

  it('finds columns by name: one that is new is not known, one that is gone is left out', async () => {
    const model = await train(before);
    const file = join(model, 'belief.json');
    const written = JSON.parse(await readFile(file, 'utf8'));
    const renamed = {
      ...written,
      columns: written.columns.map((name: string, c: number) => (c === 3 ? 'gone' : name)),
    };
    await writeFile(file, json(renamed));
    const manifestFile = join(model, 'manifest.json');
    const manifest = JSON.parse(await readFile(manifestFile, 'utf8'));
    manifest.parameters.belief = sha256(Buffer.from(json(renamed)));
    await writeFile(manifestFile, json(manifest));
    const { belief } = (await readEarlierLine(model, 'v0'))!;
    const width = LINE_COLUMNS.length;
    for (let c = 0; c < width; c++) expect(belief.precision[3 * width + c]).toBe(0);
    expect(belief.precisionMean[3]).toBe(0);
    expect(belief.precision[4 * width + 4]).toBe(written.precision[4 * width + 4]);
    // And a training goes on from it.
    await train(everything, { earlier: { version: 'v0', learnedTo: NEW, belief } });
  });

  it('is refused where the file is not what the manifest says, and none where a model has none', async () => {
    const model = await train(before);
    const file = join(model, 'belief.json');
    const whole = await readFile(file, 'utf8');
    await writeFile(file, whole.slice(0, -20));
    await expect(readEarlierLine(model, 'v0')).rejects.toThrow(/belief\.json: its checksum is/);
    const rows = 5 * 20;
    const few = rankingExamples({
      ...{ rows, from: 0, to: 1, matrix: new Float32Array(rows * columns) },
      labels: Float32Array.from({ length: rows }, (_, row) => Number(row % 5 === 0)),
      groups: Uint32Array.from({ length: rows }, (_, row) => Math.floor(row / 5)),
    });
    expect(await readEarlierLine(await train(few), 'prior')).toBeUndefined();
  });

  it('is none of other feature views: their columns may mean something else', async () => {
    const model = await train(before);
    const file = join(model, 'manifest.json');
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, json({ ...manifest, featureViews: { title_popularity: 1_000 } }));
    expect(await readEarlierLine(model, 'v0')).toBeUndefined();
  });

  it('is drawn with the same seed the same', async () => {
    const earlier = (await readEarlierLine(await train(before), 'v0'))!;
    const [a, b] = [await train(everything, { earlier }), await train(everything, { earlier })];
    expect(await readFile(join(a, 'model.onnx'))).toEqual(await readFile(join(b, 'model.onnx')));
  });
});
