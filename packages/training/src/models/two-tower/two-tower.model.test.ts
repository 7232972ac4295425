import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '@marquee/domain';
import { manifestSchema } from '@marquee/model-runtime';
import { temporaryFolder } from '@marquee/testkit';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { measureModel } from '../../evaluation/measure-model.ts';
import { type Feeds, indexTensor } from '../../neural/graph-messages.ts';
import { initialParameters } from '../../neural/parameters.ts';
import { leaveLastOut } from '../../protocols/index.ts';
import { gradientError, spread } from '../../test/gradient-check.ts';
import { interactionsOf, tastefulInteractions } from '../../test/interactions.ts';
import { trainPopular } from '../popular/popular.model.ts';
import {
  exportTitleVectors,
  TITLE_COLUMNS,
  titleFeatures,
  userColumns,
  writeTowers,
} from './export-towers.ts';
import { contentOf, FEATURES_PER_TITLE, featureBuckets } from './title-content.ts';
import { titleVectors, userVector } from './tower-forward.ts';
import { towerLoss, towerParameters } from './tower-graph.ts';
import { trainTowers } from './train-towers.ts';
import { trainTwoTower } from './two-tower.model.ts';
import { TWO_TOWER_DEFAULTS } from './two-tower-options.ts';

const data = tastefulInteractions({ seed: 4, users: 150, items: 90, tastes: 3, perUser: 24 });
/** The block an item belongs to is its genre. */
const genreOf = (id: string) => `genre:${Math.floor(Number(id.slice(1)) / 30)}`;
const content = data.items.map((id) => [genreOf(id)]);
const SMALL = {
  dimensions: 16,
  hidden: 16,
  historyLength: 10,
  buckets: 64,
  batchSize: 256,
  negatives: 40,
  learningRate: 0.01,
  maxEpochs: 8,
  idDropOut: 0.3,
};
const settings = { ...TWO_TOWER_DEFAULTS, ...SMALL };
const folder = temporaryFolder();
afterAll(() => folder.remove());

describe('the two-tower model', () => {
  it('its gradients equal differences of the loss', async () => {
    const tiny = { dimensions: 3, hidden: 4, historyLength: 2, buckets: 5 };
    const specs = towerParameters(tiny, 6);
    const { byName, values } = initialParameters(specs, 3);
    const random = createRandom(9);
    for (let i = 0; i < values.length; i++) values[i]! += random.normal(0, 0.3);
    const parameters: Feeds = Object.fromEntries(
      specs.map(({ name, shape }) => [name, { data: Float64Array.from(byName.get(name)!), dims: shape }]),
    );
    const { worst, compared, largest } = await gradientError((tape) => ({
      loss: towerLoss(tape, tiny, 6),
      parameters,
      feeds: {
        'id-rows': indexTensor([4, 1, 0, 5]),
        'id-weights': { data: Float64Array.of(1, 0, 1, 1), dims: [4, 1] },
        'feature-rows': indexTensor([0, 3, 3, 1]),
        'feature-titles': indexTensor([0, 0, 2, 3]),
        'feature-weights': { data: Float64Array.of(0.5, 0.5, 1, 1), dims: [4, 1] },
        candidates: indexTensor([0, 1, 2]),
        offset: spread([1, 3], 1),
        history: indexTensor([3, 0, 1, 3]),
        'recent-weights': { data: Float64Array.of(0.3, 0.7, 1, 0), dims: [2, 1, 2] },
        'taste-weights': { data: Float64Array.of(0.5, 0.5, 1, 0), dims: [2, 1, 2] },
        context: { data: Float64Array.of(0.2, 0.1), dims: [2, 1] },
        targets: indexTensor([2, 0]),
        weights: { data: Float64Array.of(0.5, 0.5), dims: [2, 1] },
      },
    }));
    expect(compared).toBe(values.length);
    expect(largest).toBeGreaterThan(0.01);
    expect(worst).toBeLessThan(1e-5);
  });

  it('finds tastes: clearly better than popularity', async () => {
    const split = leaveLastOut(data);
    const model = await trainTwoTower(split.train, { seed: 1, threads: 2, ...SMALL, content });
    const hits = async (own: typeof model) => {
      const values = (await measureModel(own, split)).values['hit-rate@10'];
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    const popular = await trainPopular(split.train, { seed: 1 });
    expect(await hits(model)).toBeGreaterThan(1.3 * (await hits(popular)));
  });

  it('is the same for a seed whatever the threads, and another for another seed', async () => {
    const train = async (seed: number, threads: number) =>
      (
        await trainTowers(data, content, { ...settings, maxEpochs: 2 }, { seed, threads })
      ).parameters.values.slice();
    const one = await train(1, 1);
    expect(Buffer.from((await train(1, 3)).buffer)).toEqual(Buffer.from(one.buffer));
    expect(await train(2, 1)).not.toEqual(one);
  });

  it('scores in onnxruntime as in training, titles that are new included, and they lie with their like', async () => {
    const towers = await trainTowers(data, content, settings, { seed: 1, threads: 2 });
    const written = await writeTowers(folder.path, towers, {
      version: '1',
      createdAt: '2026-01-01T00:00:00.000Z',
      seed: 1,
      trainingWindow: { from: '2025-01-01T00:00:00.000Z', to: '2026-01-01T00:00:00.000Z', examples: 1 },
      parent: null,
    });
    expect((await readdir(folder.path)).sort()).toEqual(['two-tower-title-1', 'two-tower-user-1']);
    const run = async (path: string, rows: Float32Array[]) => {
      const manifest = manifestSchema.parse(JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8')));
      const session = await InferenceSession.create(join(path, 'model.onnx'));
      const width = manifest.input.columns.length;
      const matrix = Float32Array.from(rows.flatMap((row) => [...row]));
      const outputs = await session.run({
        [manifest.input.name]: new Tensor('float32', matrix, [rows.length, width]),
      });
      await session.release();
      return outputs[manifest.output.name]!.data as Float32Array;
    };
    const near = (actual: Float32Array, expected: Float32Array) => {
      expect(actual).toHaveLength(expected.length);
      for (const [i, value] of expected.entries()) {
        expect(Math.abs(actual[i]! - value) / Math.max(1, Math.abs(value))).toBeLessThan(1e-5);
      }
    };
    const { items, vectors } = exportTitleVectors(towers);
    const known = Array.from(items, (item, row) => titleFeatures(row, content[item]!, settings.buckets));
    near(await run(written.title, known), vectors);

    const unseen = [0, 1, 2].map((genre) => titleFeatures(-1, [`genre:${genre}`], settings.buckets));
    const found = await run(written.title, unseen);
    const z = towers.parameters.byName.get('features')!;
    const d = settings.dimensions;
    for (const genre of [0, 1, 2]) {
      const [bucket] = featureBuckets([`genre:${genre}`], settings.buckets);
      const own = found.subarray(genre * d, (genre + 1) * d);
      near(own, titleVectors(towers.parameters, z.slice(bucket! * d, (bucket! + 1) * d)));
      // On average the titles of the same genre are the most alike.
      const alike = [0, 0, 0];
      for (const [row, item] of items.entries()) {
        const other = Number(genreOf(data.items[item]!).slice(-1));
        for (let k = 0; k < d; k++) alike[other]! += own[k]! * vectors[row * d + k]!;
      }
      expect(alike.indexOf(Math.max(...alike))).toBe(genre);
    }

    const user = Float32Array.from({ length: userColumns(d).length }, (_, i) => Math.sin(i));
    const expected = userVector(towers.parameters, user.slice(0, d), user.slice(d, 2 * d), user.slice(2 * d));
    near(await run(written.user, [user]), expected);
  });

  it('works without content, falls back to popular items without order, and names bad options', async () => {
    const lone = interactionsOf([
      ['a', 'x'],
      ['b', 'y'],
      ['c', 'y'],
    ]);
    const model = await trainTwoTower(lone, { seed: 1, threads: 1 });
    expect([...model.recommend({ items: Uint32Array.of(0), at: Float64Array.of(0) }, 3, [])]).toEqual([1, 0]);
    const two = interactionsOf([
      ['a', 'x', 1],
      ['a', 'y', 2],
    ]);
    const small = await trainTwoTower(two, { seed: 1, threads: 1, ...SMALL });
    expect(small.recommend({ items: Uint32Array.of(0), at: Float64Array.of(0) }, 3, [])).toHaveLength(2);
    await expect(trainTwoTower(two, { seed: 1, idDropOut: 2 })).rejects.toThrow(/idDropOut must be/);
    await expect(trainTwoTower(interactionsOf([]), { seed: 1 })).rejects.toThrow(/no interactions/);
  });

  it('ends within a step when it is aborted', async () => {
    const controller = new AbortController();
    const training = trainTwoTower(data, {
      seed: 1,
      ...SMALL,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(training).rejects.toThrow('enough');
  });
});

describe('title content', () => {
  it('keeps kind, genres, years, directors, studio and cast, in this order, as many as count', () => {
    const features = contentOf({
      kind: 'movie' as never,
      genreIds: ['drama'] as never,
      releaseYear: 1994,
      directorIds: ['p1'] as never,
      castIds: Array.from({ length: 30 }, (_, i) => `c${i}`) as never,
    });
    expect(features.slice(0, 6)).toEqual([
      'kind:movie',
      'genre:drama',
      'decade:1990',
      'year:1994',
      'person:p1',
      'person:c0',
    ]);
    expect(featureBuckets(features, 1e6).length).toBe(FEATURES_PER_TITLE);
    expect(featureBuckets(['genre:drama', 'genre:drama'], 100)).toHaveLength(1);
    expect(titleFeatures(3, ['a'], 10)).toHaveLength(TITLE_COLUMNS.length);
  });

  it('without ids finds titles by what they are about alone, and no two of one genre apart', async () => {
    const train = (titleIds: number) =>
      trainTwoTower(data, { ...SMALL, seed: 1, threads: 1, content, titleIds });
    const [known, fresh] = [await train(1), await train(0)];
    const items = data.item.slice(data.start[3]!, data.start[3]! + 8);
    const scoresOf = (model: typeof known) => {
      const scores = new Float32Array(data.items.length);
      model.score({ items, at: new Float64Array(items.length) }, scores);
      return data.items.map((id, item) => ({ genre: genreOf(id), score: scores[item]! }));
    };
    const distinct = (all: ReturnType<typeof scoresOf>) => new Set(all.map(({ score }) => score)).size;
    expect(distinct(scoresOf(fresh))).toBe(3);
    expect(distinct(scoresOf(known))).toBeGreaterThan(60);
    const best = scoresOf(fresh).reduce((most, title) => (title.score > most.score ? title : most));
    expect(best.genre).toBe(genreOf(data.items[items[0]!]!));
  });
});
