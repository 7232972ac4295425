/** Title vectors by version in an index that processes share: on the Qdrant adapter, held against Qdrant's own description. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalogue } from '@marquee/catalogue';
import { createSqliteCatalogue } from '@marquee/catalogue/sqlite';
import { createMemoryBroadcast } from '@marquee/coordination/memory';
import { CATALOGUE_PARTITION, DAY_MS, manualClock } from '@marquee/domain';
import type { EventBus } from '@marquee/event-bus';
import { createSqliteEventBus } from '@marquee/event-bus/sqlite';
import { CONTENT_DIMENSIONS, createTitleTable } from '@marquee/features';
import { TWO_TOWER_MODEL_KEY, TWO_TOWER_VECTORS_KEY } from '@marquee/model-runtime';
import { createOnnxVectorRuntime } from '@marquee/model-runtime/onnx';
import { silentLogger } from '@marquee/service-kit';
import {
  eventOf,
  SAMPLE_INSTANT,
  sampleTitle,
  sampleTitles,
  temporaryFolder,
  waitUntil,
} from '@marquee/testkit';
import { releaseTowers, type WatchLog } from '@marquee/training';
import { contentOf, readTowers, titleVectorsBy, towerCollectionName } from '@marquee/training/two-tower';
import type { VectorIndex } from '@marquee/vector-index';
import { createQdrantVectorIndex } from '@marquee/vector-index/qdrant';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, test } from 'vitest';
import {
  type SpokenQdrant,
  startSpokenQdrant,
} from '../../../packages/vector-index/src/qdrant/test/spoken-qdrant.ts';
import { createCatalogueIndexer } from './catalogue-indexer.worker.ts';
import { createTowerIndexer, type TowerIndexerDeps } from './tower-indexer.ts';

const TITLES = sampleTitles(60);
const logger = silentLogger;
const clock = manualClock(SAMPLE_INSTANT);
const models = temporaryFolder();
let versions: readonly string[] = [];

const makeRuntime = (columns: readonly string[]) =>
  createOnnxVectorRuntime({ threads: 1, columns, featureViews: {}, warmUpRows: 1, logger });

beforeAll(async () => {
  const watches: WatchLog = new Map(
    Array.from({ length: 60 }, (_, p) => [
      `p${p}`,
      Array.from({ length: 20 }, (_unused, i) => ({
        titleId: TITLES[(p * 7 + i * 3) % 60]!.id,
        at: SAMPLE_INSTANT - (30 - i) * DAY_MS,
      })),
    ]),
  );
  const towers = { dimensions: 8, hidden: 8, buckets: 64, batchSize: 512, negatives: 16, maxEpochs: 1 };
  const made: string[] = [];
  for (let i = 0; i < 4; i++) {
    const now = SAMPLE_INSTANT + i * 1_000;
    const titles = createTitleTable(TITLES);
    const released = await releaseTowers(watches, { seed: i, threads: 1, now, titles, towers });
    made.push((await released!.write(models.path)).split('/').at(-1)!);
  }
  versions = made;
}, 60_000);
afterAll(() => models.remove());

let spoken: SpokenQdrant;
let catalogue: Catalogue;
let bus: EventBus;
let deps: TowerIndexerDeps;
let told: string[];

beforeEach(async () => {
  const folder = temporaryFolder();
  spoken = await startSpokenQdrant();
  catalogue = createSqliteCatalogue({ file: folder.file('catalogue.sqlite'), clock, logger });
  bus = createSqliteEventBus({ file: folder.file('events.sqlite'), clock, logger });
  const broadcast = createMemoryBroadcast();
  const parts = [catalogue, bus, broadcast];
  for (const part of parts) await part.start();
  onTestFinished(async () => {
    for (const part of parts.toReversed()) await part.stop();
    await spoken.stop();
    folder.remove();
  });
  const genres = ['drama', 'comedy', 'thriller', 'documentary', 'animation', 'western'];
  await catalogue.put({
    genres: genres.map((id) => ({ id, name: id })),
    people: Array.from({ length: 9 }, (_, i) => ({ id: `person-${i}`, name: `Person ${i}` })),
    titles: TITLES,
  });
  told = [];
  broadcast.watch(TWO_TOWER_VECTORS_KEY, ({ value }) => void told.push(value));
  const makeIndex: TowerIndexerDeps['makeIndex'] = (towers) =>
    createQdrantVectorIndex({
      url: spoken.url,
      collection: towerCollectionName('titles', towers),
      dimensions: towers.dimensions,
      tuning: { exact: true, quantization: 'none' },
      startWithinMs: 2_000,
      logger,
    });
  deps = { bus, catalogue, broadcast, clock, modelsFolder: models.path, makeRuntime, makeIndex, logger };
});

async function running() {
  const indexer = createTowerIndexer(deps, { retryMs: 50 });
  await indexer.start();
  onTestFinished(() => indexer.stop());
  return indexer;
}

const name = (version: number) => deps.broadcast.put(TWO_TOWER_MODEL_KEY, versions[version]!);
const isTold = (version: number) =>
  waitUntil(() => told.at(-1) === versions[version], { deadlineMs: 15_000 });

/** As another process sees the collection of a version. */
async function seen(version: number): Promise<VectorIndex> {
  const index = deps.makeIndex(await readTowers(join(models.path, versions[version]!)));
  await index.start();
  onTestFinished(() => index.stop());
  return index;
}

const collections = () => new Set([...spoken.collections.keys()].map((each) => each.split('~')[0]));
const writes = () =>
  spoken.requests.filter((request) => request.startsWith('PUT') && request.endsWith('points'));
const tell = (type: 'TITLE_CHANGED' | 'TITLE_REMOVED', titleId: string) =>
  bus.publish([eventOf(type, { titleId }, { profileId: CATALOGUE_PARTITION })]);

describe('title vectors of the two towers in a shared index', () => {
  it('are there, of every title and as the title tower gives them, before anybody is told', async () => {
    await running();
    const counts: Promise<number>[] = [];
    deps.broadcast.watch(TWO_TOWER_VECTORS_KEY, () => {
      counts.push(seen(0).then((index) => index.count()));
    });
    await name(0);
    await isTold(0);
    expect(await Promise.all(counts)).toEqual([TITLES.length]);
    const towers = await readTowers(join(models.path, versions[0]!));
    const runtime = makeRuntime(towers.title.columns);
    await runtime.load(towers.title.folder);
    const [title] = TITLES;
    const expected = await titleVectorsBy(runtime, [towers.titleRow(title!.id, contentOf(title!))]);
    expect([...(await (await seen(0)).vectors([title!.id]))[0]!]).toEqual([...expected]);
    await runtime.stop();
  });

  it('stay for the version before, which comes back without being filled, and go with the one before that', async () => {
    await running();
    for (const version of [0, 1]) {
      await name(version);
      await isTold(version);
    }
    expect(collections().size).toBe(2);
    const before = writes().length;
    await name(0);
    await isTold(0);
    expect(writes()).toHaveLength(before);
    await name(2);
    await isTold(2);
    await waitUntil(() => collections().size === 2);
    expect(await (await seen(0)).count()).toBe(TITLES.length);
  });

  it('of a version that goes are gone in the end, whatever failed on the way and whoever leads then', async () => {
    const { makeIndex } = deps;
    let refusals = 1;
    deps = {
      ...deps,
      makeIndex(towers) {
        const index = makeIndex(towers);
        const drop = async (): Promise<void> => {
          if (refusals-- > 0) throw new Error('the index is away');
          await index.drop();
        };
        return { ...index, drop };
      },
    };
    const first = await running();
    for (const version of [0, 1, 2]) {
      await name(version);
      await isTold(version);
    }
    await waitUntil(() => collections().size === 2);
    await waitUntil(() => first.readiness().detail === undefined);

    refusals = Number.POSITIVE_INFINITY;
    await name(0);
    await isTold(0);
    await waitUntil(() => first.readiness().detail?.includes('the index is away') === true);
    await first.stop();
    expect(collections().size).toBe(3);
    refusals = 0;
    await running();
    await waitUntil(() => collections().size === 2);
    expect(await (await seen(0)).count()).toBe(TITLES.length);
    expect(await (await seen(2)).count()).toBe(TITLES.length);
  });

  it('follow titles that come, change and go, in both versions', async () => {
    await running();
    for (const version of [0, 1]) {
      await name(version);
      await isTold(version);
    }
    await catalogue.put({ titles: [sampleTitle({ id: 'fresh' })] });
    await tell('TITLE_CHANGED', 'fresh');
    const both = [await seen(0), await seen(1)];
    const have = async (id: string) =>
      (await Promise.all(both.map((index) => index.vectors([id])))).map(([vector]) => vector !== undefined);
    await waitUntil(async () => !(await have('fresh')).includes(false));
    await catalogue.remove(['fresh']);
    await tell('TITLE_REMOVED', 'fresh');
    await waitUntil(async () => !(await have('fresh')).includes(true));
  });

  it('are taken over by the next copy as they are, with what changed while nobody led', async () => {
    const first = await running();
    for (const version of [0, 1]) {
      await name(version);
      await isTold(version);
    }
    await first.stop();
    await catalogue.put({ titles: [sampleTitle({ id: 'meanwhile' })] });
    await tell('TITLE_CHANGED', 'meanwhile');
    await catalogue.remove([TITLES[5]!.id]);
    await tell('TITLE_REMOVED', TITLES[5]!.id);
    await running();
    for (const version of [0, 1]) {
      const index = await seen(version);
      await waitUntil(async () => (await index.vectors(['meanwhile']))[0] !== undefined);
      await waitUntil(async () => (await index.vectors([TITLES[5]!.id]))[0] === undefined);
    }
  });

  it('of a version that is damaged or not there are never told of, and the last good one stays', async () => {
    const indexer = await running();
    await name(0);
    await isTold(0);
    await appendFile(join(models.path, versions[3]!, 'model.onnx'), 'x');
    await name(3);
    await waitUntil(() => indexer.readiness().detail !== undefined);
    expect(indexer.readiness()).toMatchObject({ ready: true, detail: expect.stringContaining('checksum') });
    await deps.broadcast.put(TWO_TOWER_MODEL_KEY, '../elsewhere');
    await waitUntil(() => indexer.readiness().detail?.includes('no name') === true);
    await name(1);
    await isTold(1);
    expect(told).toEqual([versions[0], versions[1]]);
    await waitUntil(() => indexer.readiness().detail === undefined);
  });
});

test('the copy that leads says what it cannot do, follows titles all the same, and may lead again', async () => {
  const vectorIndex = createQdrantVectorIndex({
    ...{
      url: spoken.url,
      collection: 'content',
      dimensions: CONTENT_DIMENSIONS,
      startWithinMs: 2_000,
      logger,
    },
    tuning: { exact: true, quantization: 'none' },
  });
  await vectorIndex.start();
  onTestFinished(() => vectorIndex.stop());
  const indexer = createCatalogueIndexer({ bus, catalogue, vectorIndex, clock, logger, towers: deps });
  onTestFinished(() => indexer.stop());
  const isFound = async (id: string) => (await vectorIndex.vectors([id]))[0] !== undefined;
  expect(indexer.readiness()).toMatchObject({ ready: false });
  await indexer.start();
  expect(indexer.readiness()).toEqual({ ready: true });
  expect(await vectorIndex.count()).toBe(TITLES.length);

  await deps.broadcast.put(TWO_TOWER_MODEL_KEY, '../elsewhere');
  await waitUntil(() => indexer.readiness().detail !== undefined);
  expect(indexer.readiness()).toMatchObject({
    ready: true,
    detail: expect.stringMatching(/^tower-indexer: .*no name/),
  });
  await catalogue.put({ titles: [sampleTitle({ id: 'fresh' })] });
  await tell('TITLE_CHANGED', 'fresh');
  await waitUntil(() => isFound('fresh'));

  await indexer.stop();
  expect(indexer.readiness()).toMatchObject({ ready: false });
  await catalogue.remove(['fresh']);
  await tell('TITLE_REMOVED', 'fresh');
  await indexer.start();
  await waitUntil(async () => !(await isFound('fresh')));
});
