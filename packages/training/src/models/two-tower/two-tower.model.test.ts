import { appendFile, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom, type Random } from '@marquee/domain';
import { createTitleTable } from '@marquee/features';
import { type ModelManifest, manifestSchema } from '@marquee/model-runtime';
import { temporaryFolder } from '@marquee/testkit';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { measureModel } from '../../evaluation/measure-model.ts';
import { type Feeds, indexTensor } from '../../neural/graph-messages.ts';
import { openGraphPool } from '../../neural/graph-pool.ts';
import { initialParameters } from '../../neural/parameters.ts';
import { LOSS_OUTPUT, parameterFeeds } from '../../neural/trainer.ts';
import { leaveLastOut } from '../../protocols/index.ts';
import { gradientError, spread } from '../../test/gradient-check.ts';
import { interactionsOf, tastefulInteractions } from '../../test/interactions.ts';
import { trainPopular } from '../popular/popular.model.ts';
import { itemRows, sequencesOf } from '../sequential/sequence-data.ts';
import { exportTitleVectors, writeTowers } from './export-towers.ts';
import { readTowers, type Towers } from './read-towers.ts';
import { createSequenceTowerBatches } from './sequence-tower-batches.ts';
import { contentOf, FEATURES_PER_TITLE, featureBuckets } from './title-content.ts';
import { titleSlots } from './title-group.ts';
import { createTowerBatches } from './tower-batches.ts';
import { titleVectors } from './tower-forward.ts';
import { towerLoss, towerParameters, towerTrainingGraph } from './tower-graph.ts';
import { TITLE_COLUMNS, titleFeatures, userColumns } from './tower-rows.ts';
import { createTowerScorer, trainTowers } from './train-towers.ts';
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

const release = (version: string) => ({
  version,
  createdAt: '2026-01-01T00:00:00.000Z',
  seed: 1,
  trainingWindow: { from: '2025-01-01T00:00:00.000Z', to: '2026-01-01T00:00:00.000Z', examples: 1 },
  parent: null,
  titleIds: data.items,
});

describe('the two-tower model', () => {
  it.each(['means', 'sequence'])('its gradients equal differences of the loss (%s)', async (kind) => {
    const tiny = {
      ...{ dimensions: 4, hidden: 4, historyLength: 2, buckets: 5, dropOut: 0.25 },
      blocks: kind === 'means' ? 0 : 2,
    };
    const specs = towerParameters(tiny, 6);
    const { byName, values } = initialParameters(specs, 3);
    const random = createRandom(9);
    for (let i = 0; i < values.length; i++) values[i]! += random.normal(0, 0.3);
    const parameters: Feeds = Object.fromEntries(
      specs.map(({ name, shape }) => [name, { data: Float64Array.from(byName.get(name)!), dims: shape }]),
    );
    const titles = {
      'id-rows': indexTensor([4, 1, 0, 5]),
      'id-weights': { data: Float64Array.of(1, 0, 1, 1), dims: [4, 1] },
      'feature-rows': indexTensor([0, 3, 3, 1]),
      'feature-titles': indexTensor([0, 0, 2, 3]),
      'feature-weights': { data: Float64Array.of(0.5, 0.5, 1, 1), dims: [4, 1] },
      candidates: indexTensor([0, 1, 2]),
      offset: spread([1, 3], 1),
      history: indexTensor([3, 0, 1, 3]),
    };
    const means = {
      'recent-weights': { data: Float64Array.of(0.3, 0.7, 1, 0), dims: [2, 1, 2] },
      'taste-weights': { data: Float64Array.of(0.5, 0.5, 1, 0), dims: [2, 1, 2] },
      context: { data: Float64Array.of(0.2, 0.1), dims: [2, 1] },
      targets: indexTensor([2, 0]),
      weights: { data: Float64Array.of(0.5, 0.5), dims: [2, 1] },
    };
    const sequence = {
      causal: { data: Float64Array.of(0, -60, 0, 0), dims: [2, 2] },
      distances: indexTensor([0, 0, 1, 0]),
      'places-at': indexTensor([0, 1, 0, 1]),
      ...Object.fromEntries(
        Array.from({ length: 5 }, (_, mask) => [
          `mask${mask}`,
          { data: Uint8Array.from({ length: 16 }, (__, i) => Number((i + mask) % 4 !== 0)), dims: [4, 4] },
        ]),
      ),
      targets: indexTensor([2, 0, 1, 0]),
      weights: { data: Float64Array.of(0.3, 0.3, 0.4, 0), dims: [4, 1] },
      excluded: { ...indexTensor([0, 1, 1, 2]), dims: [2, 2] },
    };
    const { worst, compared, largest } = await gradientError((tape) => ({
      loss: towerLoss(tape, tiny, 6),
      parameters,
      feeds: { ...titles, ...(kind === 'means' ? means : sequence) },
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

  it.each([0, 2])(
    'scores in onnxruntime as in training, titles that are new included, and they lie with their like (blocks: %i)',
    async (blocks) => {
      const towers = await trainTowers(data, content, { ...settings, blocks }, { seed: 1, threads: 2 });
      const version = `blocks-${blocks}`;
      const written = await writeTowers(folder.path, towers, release(version));
      const files = (await readdir(folder.path)).filter((name) => name.endsWith(version)).sort();
      expect(files).toEqual([`two-tower-title-${version}`, `two-tower-user-${version}`]);
      const run = async (path: string, rows: Float32Array[]) => {
        const manifest = manifestSchema.parse(
          JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8')),
        );
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

      // Whole histories, through both files, against the scores of training.
      const read = await readTowers(written.user);
      const score = createTowerScorer(towers);
      const expected = new Float32Array(items.length);
      // Longer than what counts, and as short as can be.
      for (const [user, most] of [
        [0, 24],
        [7, 24],
        [42, 3],
        [43, 1],
      ] as const) {
        const begin = data.start[user]!;
        const history = data.item.slice(begin, Math.min(begin + most, data.start[user + 1]!));
        score(
          Uint32Array.from(history, (item) => towers.items.rowOf[item]!),
          expected,
        );
        const row = userRowOf(read, history);
        const [vector] = [await run(written.user, [row])];
        const scores = Float32Array.from(items, (_, title) => {
          let sum = 0;
          for (let k = 0; k < d; k++) sum += vector[k]! * vectors[title * d + k]!;
          return sum;
        });
        near(scores, expected);
      }
    },
  );

  it('gives serving the very inputs that training had, to the bit', async () => {
    const towers = await trainTowers(data, content, { ...settings, maxEpochs: 1 }, { seed: 1, threads: 1 });
    const { user } = await writeTowers(folder.path, towers, release('inputs'));
    const read = await readTowers(user);
    const items = itemRows(data);
    const slots = titleSlots(items, content, settings.buckets);
    const random = createRandom(1);
    const sequences = sequencesOf(data, items, 0, random);
    const own = { ...settings, idDropOut: 0 };
    const batches = createTowerBatches(sequences, items, slots, own);
    const { historyLength: length } = settings;
    // The second title of somebody, one in the middle, and one after more than a history's length.
    for (const place of [1, 4, 17]) {
      const at = sequences.start[3]! + place;
      const [feeds] = batches.feeds([Uint32Array.of(at)], random);
      const row = userRowOf(read, data.item.slice(sequences.start[3]!, at));
      const weightsAt = length * TITLE_COLUMNS.length;
      const bytes = (values: ArrayLike<number>) => Buffer.from(Float32Array.from(values).buffer);
      expect(bytes(row.subarray(weightsAt, weightsAt + length))).toEqual(
        bytes(feeds!['recent-weights']!.data as Float32Array),
      );
      expect(bytes(row.subarray(weightsAt + length, weightsAt + 2 * length))).toEqual(
        bytes(feeds!['taste-weights']!.data as Float32Array),
      );
      expect(bytes(row.subarray(weightsAt + 2 * length))).toEqual(
        bytes(feeds!.context!.data as Float32Array),
      );
      const idRows = feeds!['id-rows']!.data as BigInt64Array;
      const history = feeds!.history!.data as BigInt64Array;
      const featuresOf = (title: number): number[] => {
        const titles = feeds!['feature-titles']!.data as BigInt64Array;
        const buckets = feeds!['feature-rows']!.data as BigInt64Array;
        return [...buckets.keys()].filter((i) => Number(titles[i]) === title).map((i) => Number(buckets[i]));
      };
      for (let p = 0; p < Math.min(place, length); p++) {
        const title = row.subarray(p * TITLE_COLUMNS.length, (p + 1) * TITLE_COLUMNS.length);
        const inTraining = Number(history[p]);
        expect(title[0]).toBe(Number(idRows[inTraining]));
        expect([...title.subarray(1)].filter((bucket) => bucket >= 0)).toEqual(featuresOf(inTraining));
      }
    }
  });

  it.each(['means', 'sequence'])('what training steps down is what scores rest on (%s)', async (kind) => {
    const own = { ...settings, blocks: kind === 'means' ? 0 : 1, dropOut: 0, idDropOut: 0 };
    const towers = await trainTowers(data, content, { ...own, maxEpochs: 1 }, { seed: 1, threads: 1 });
    const items = itemRows(data);
    const { slots, parameters } = towers;
    const random = createRandom(1);
    const sequences = sequencesOf(data, items, 0, random);
    const parts = (batches: { groups(of: Random): unknown[]; feeds(of: never, random: Random): Feeds[] }) => {
      const [group] = batches.groups(random);
      return batches.feeds([group] as never, random);
    };
    const [feeds] =
      kind === 'means'
        ? parts(createTowerBatches(sequences, items, slots, own))
        : parts(createSequenceTowerBatches(sequences, items, slots, own, random));
    const { bytes } = towerTrainingGraph(own, items.items.length);
    const pool = await openGraphPool(bytes, { threads: 1 });
    const { [LOSS_OUTPUT]: loss } = await pool.run({ ...parameterFeeds(parameters), ...feeds }, [
      LOSS_OUTPUT,
    ]);
    await pool.close();
    // The same from the scores: of each example's candidates, with −log q, but those that it must not choose.
    const numbers = (name: string) => Array.from(feeds![name]!.data as ArrayLike<number | bigint>, Number);
    const [history, targets, weights, offset] = ['history', 'targets', 'weights', 'offset'].map(numbers) as [
      number[],
      number[],
      number[],
      number[],
    ];
    const rows = numbers('id-rows');
    const excluded = new Set<string>();
    if (kind === 'sequence') {
      const pairs = numbers('excluded');
      for (let i = 0; i < pairs.length; i += 2) excluded.add(`${pairs[i]} ${pairs[i + 1]}`);
    }
    const score = createTowerScorer({ settings: own, slots, parameters });
    const scores = new Float32Array(items.items.length);
    const width = kind === 'means' ? own.historyLength : feeds!.causal!.dims[0]!;
    const recent = kind === 'means' ? numbers('recent-weights') : [];
    let expected = 0;
    for (const [example, weight] of weights.entries()) {
      if (weight === 0) continue;
      const [from, to] =
        kind === 'means'
          ? [
              example * width,
              example * width +
                recent.slice(example * width, (example + 1) * width).filter((w) => w > 0).length,
            ]
          : [Math.floor(example / width) * width, example + 1];
      score(
        Uint32Array.from(history.slice(from, to), (place) => rows[place]!),
        scores,
      );
      const logits = offset.map((shift, c) =>
        excluded.has(`${example} ${c}`) ? -50 : scores[rows[c]!]! + shift,
      );
      const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
      expected -= weight * (logits[targets[example]!]! - Math.log(sum));
    }
    expect(loss![0]).toBeCloseTo(expected, 4);
  });

  it('refuses towers of two versions, damaged ones, and those made for other inputs, and says why', async () => {
    const towers = await trainTowers(data, content, { ...settings, maxEpochs: 1 }, { seed: 1, threads: 1 });
    const other = await trainTowers(data, content, { ...settings, maxEpochs: 1 }, { seed: 2, threads: 1 });
    const refusal = async (
      version: string,
      spoil: (paths: { user: string; title: string }) => Promise<void>,
    ) => {
      const paths = await writeTowers(folder.path, towers, release(version));
      await readTowers(paths.user);
      await spoil(paths);
      const error = await readTowers(paths.user).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'MODEL_INCOMPATIBLE' });
      return (error as Error).message;
    };
    const edit = async (path: string, change: (manifest: ModelManifest) => unknown) => {
      const file = join(path, 'manifest.json');
      const manifest = JSON.parse(await readFile(file, 'utf8'));
      change(manifest);
      await writeFile(file, JSON.stringify(manifest));
    };
    const { title: foreign } = await writeTowers(folder.path, other, release('foreign'));
    const replace = async (title: string, version: string) => {
      await rm(title, { recursive: true });
      await cp(foreign, title, { recursive: true });
      await edit(title, (manifest) => {
        manifest.version = version;
      });
    };
    expect(await refusal('a', async ({ title }) => replace(title, 'foreign'))).toMatch(/of version foreign/);
    expect(await refusal('b', async ({ title }) => replace(title, 'b'))).toMatch(/not made together/);
    expect(await refusal('c', ({ title }) => appendFile(join(title, 'model.onnx'), 'x'))).toMatch(/checksum/);
    expect(await refusal('d', ({ user }) => appendFile(join(user, 'titles.json'), ' '))).toMatch(
      /titles.json/,
    );
    expect(await refusal('e', ({ title }) => rm(title, { recursive: true }))).toMatch(/cannot be read/);
    const columns = (manifest: ModelManifest) => manifest.input.columns.reverse();
    expect(await refusal('f', ({ title }) => edit(title, columns))).toMatch(
      /title tower was trained on other/,
    );
    expect(await refusal('g', ({ user }) => edit(user, columns))).toMatch(/user tower was trained on other/);
    const content1 = (manifest: ModelManifest) => {
      manifest.parameters.contentVersion = 0;
    };
    expect(await refusal('h', ({ user }) => edit(user, content1))).toMatch(/content of version 0/);
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

function userRowOf(towers: Towers, history: Uint32Array): Float32Array {
  const row = towers.userRow(
    Array.from(history, (item) => data.items[item]!),
    (id) => content[data.items.indexOf(id)],
  )!;
  expect(row).toHaveLength(userColumns(settings.historyLength).length);
  return row;
}

describe('title content', () => {
  it('is the same from the catalogue and from the table that serving reads', () => {
    const title = {
      id: 't1',
      name: 'T',
      kind: 'MOVIE',
      genreIds: ['drama', 'war'],
      releaseYear: 1994,
      directorIds: ['p1', 'p2'],
      castIds: ['p9', 'p1', 'p3', 'p9'],
      studio: 'Paramount',
      addedAt: 0,
      maturityRating: 'PG',
      availability: [{ from: 0 }],
    } as never;
    const facts = createTitleTable([title]).get('t1')!;
    expect(contentOf(facts)).toEqual(contentOf(title));
    expect(contentOf(facts).slice(-3)).toEqual(['studio:Paramount', 'person:p9', 'person:p3']);
  });

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
