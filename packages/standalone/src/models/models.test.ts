/** The commands on real folders, a real broadcast and real scoring threads; only the history is left out. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createNatsBroadcast } from '@marquee/coordination/nats-jetstream';
import { createRandom, DAY_MS, systemClock } from '@marquee/domain';
import { createTitleTable } from '@marquee/features';
import { type LocalServer, startLocalNats } from '@marquee/local-servers';
import { productionOf, writeHoldout, writeRetrievalHoldout } from '@marquee/model-registry';
import { createModelFollower, type ModelRuntime, RANKING_MODEL_KEY } from '@marquee/model-runtime';
import { createTowerRetrieval } from '@marquee/recommendation';
import { silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { describeOnServer, sampleTitles, temporaryFolder, waitUntil } from '@marquee/testkit';
import {
  exportLogisticRegression,
  releaseTowers,
  trainLogisticRegression,
  writeModelFolder,
} from '@marquee/training';
import { contentOf } from '@marquee/training/two-tower';
import { createExactVectorIndex } from '@marquee/vector-index/exact';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RANKING_INPUTS, rankingRuntime, towerRuntime } from '../deps.ts';
import type { World } from '../world/data-directory.ts';
import { followedModels } from './followed-models.ts';
import { MODEL_COMMANDS, type ModelsAnswer, type ModelsRequest } from './model-commands.ts';
import { installationPlace, type ModelPlace, worldPlace } from './model-place.ts';

const COLUMNS = RANKING_INPUTS.columns.length;
const IN_FORCE_MS = 2_000;
const quiet = { phase: () => undefined, update: () => undefined, end: () => undefined };

/** What is watched follows the first two columns. */
function examples(rows: number, seed: number, shuffled = false) {
  const random = createRandom(seed);
  const matrix = Float32Array.from({ length: rows * COLUMNS }, () => random.next());
  const labels = Float32Array.from({ length: rows }, (_, row) => {
    const at = shuffled ? random.integer(rows) : row;
    const logit = 5 * matrix[at * COLUMNS]! + 3 * matrix[at * COLUMNS + 1]! - 4;
    return Number(random.next() < 1 / (1 + Math.exp(-logit)));
  });
  return { matrix, rows, columns: COLUMNS, labels };
}

async function train(modelsFolder: string, version: string, seed: number, shuffled = false): Promise<string> {
  const model = await trainLogisticRegression(examples(4_000, seed, shuffled));
  const folder = await writeModelFolder(modelsFolder, {
    onnx: exportLogisticRegression(model),
    manifest: {
      name: 'home-ranker',
      version,
      createdAt: '2026-01-02T00:00:00.000Z',
      input: { name: 'features', columns: [...RANKING_INPUTS.columns] },
      output: { name: 'probability' },
      featureViews: { ...RANKING_INPUTS.featureViews },
      trainingWindow: { from: '2026-01-01T00:00:00.000Z', to: '2026-01-31T00:00:00.000Z', examples: 4_000 },
      ...{ metrics: {}, parameters: {}, seed, parent: null },
    },
    evaluation: {},
  });
  return basename(folder);
}

/** Three models: in force, another good one, and one whose labels were shuffled. */
async function models(modelsFolder: string): Promise<void> {
  mkdirSync(modelsFolder, { recursive: true });
  await train(modelsFolder, 'one', 1);
  await train(modelsFolder, 'two', 2);
  await train(modelsFolder, 'bad', 3, true);
  const { columns: _, ...set } = examples(5_000, 77);
  await writeHoldout(
    modelsFolder,
    {
      ...set,
      ...RANKING_INPUTS,
      weights: new Float32Array(set.rows).fill(1),
      groups: Uint32Array.from({ length: set.rows }, (__, row) => Math.floor(row / 5)),
      from: '2026-02-01T00:00:00.000Z',
      to: '2026-02-02T00:00:00.000Z',
    },
    Date.UTC(2026, 2, 1),
  );
}

const WORLD: World = {
  formatVersion: 1,
  name: 'small',
  source: 'a test',
  preparedAt: '2026-01-01T00:00:00.000Z',
  ...{ titles: 1, profiles: 1, events: 1, rejected: 0 },
  model: 'home-ranker-one',
  personas: [],
  tokenSecret: 'x'.repeat(32),
};

async function smallWorld() {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const world = join(folder.path, WORLD.name);
  await models(join(world, 'models'));
  writeFileSync(join(world, 'world.json'), JSON.stringify(WORLD));
  const place = await worldPlace({
    ...{ dataDirectory: folder.path, world: WORLD.name },
    ...{ clock: systemClock, logger: silentLogger },
  });
  return { place, folder: world };
}

function ask(place: ModelPlace, what: string, more: Partial<ModelsRequest> = {}): Promise<ModelsAnswer> {
  return MODEL_COMMANDS[what]!({
    ...{ place, by: 'ada', why: undefined, version: undefined, force: false, to: undefined },
    ...{ with: undefined, holdout: undefined, share: 0.1, tolerance: undefined },
    ...{ logger: silentLogger, progress: quiet, signal: new AbortController().signal },
    ...more,
  });
}

const production = async ({ registry }: ModelPlace) => productionOf((await registry.current()).state);

async function startedRuntime(): Promise<ModelRuntime> {
  const runtime = rankingRuntime({ rankerThreads: 1, logger: silentLogger });
  await runtime.start();
  onTestFinished(() => runtime.stop());
  return runtime;
}

const serves = (runtime: ModelRuntime, version: string) =>
  waitUntil(() => runtime.current?.version === version, {
    deadlineMs: IN_FORCE_MS,
    what: `serving ${version}`,
  });

const TITLES = sampleTitles(240);

/** Trained on what four tastes watched, with a holdout of what each watched next. */
async function twoVersionsOfTowers(modelsFolder: string): Promise<readonly string[]> {
  const random = createRandom(3);
  const now = Date.UTC(2026, 2, 1);
  const from = now - 4 * DAY_MS;
  const profiles = Array.from({ length: 300 }, (_, p) =>
    random.shuffle([...TITLES.keys()].filter((i) => i % 4 === p % 4)).slice(0, 16),
  );
  const log = new Map(
    profiles.map((own, p) => [
      `p${p}`,
      own.slice(0, 12).map((i, day) => ({ titleId: TITLES[i]!.id, at: now - (16 - day) * DAY_MS - 1 })),
    ]),
  );
  await writeRetrievalHoldout(
    modelsFolder,
    {
      ...{ from: new Date(from).toISOString(), to: new Date(now).toISOString() },
      titles: TITLES.map((title) => ({ id: title.id, content: contentOf(title) })),
      profiles: profiles.map((own) => ({ history: own.slice(0, 12), wanted: own.slice(12) })),
    },
    now,
  );
  const made: string[] = [];
  for (const at of [now, now + 1_000]) {
    const released = await releaseTowers(log, {
      ...{ seed: 1, threads: 1, now: at, titles: createTitleTable(TITLES) },
      towers: {
        dimensions: 16,
        hidden: 16,
        buckets: 256,
        batchSize: 512,
        negatives: 200,
        learningRate: 0.01,
      },
    });
    made.push(basename(await released!.write(modelsFolder)));
  }
  return made;
}

describe('npm run models on a world', () => {
  it('promotes what passes, stops what does not, and takes a rollback and a force with their reasons', async () => {
    const { place } = await smallWorld();
    expect((await ask(place, 'list')).text).toContain('home-ranker-one is in production');

    const stopped = await ask(place, 'promote', { version: 'home-ranker-bad' });
    expect(stopped).toMatchObject({
      refused: true,
      text: expect.stringMatching(/FAILED +ndcg@10.*Not promoted/s),
    });
    expect(await production(place)).toBe('home-ranker-one');
    // Slower than another tiny model or not: what counts here is what it predicts.
    const good = await ask(place, 'compare', { version: 'home-ranker-two' });
    expect(good.text).toMatch(/passed +ndcg@10/);

    await ask(place, 'promote', { version: 'home-ranker-two' });
    expect(await production(place)).toBe('home-ranker-two');
    await expect(ask(place, 'promote', { version: 'home-ranker-bad', force: true })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    await ask(place, 'promote', { version: 'home-ranker-bad', force: true, why: 'to see it fail' });
    await expect(ask(place, 'rollback')).rejects.toThrow('--why');
    await ask(place, 'rollback', { why: 'it failed' });
    expect(await production(place)).toBe('home-ranker-two');

    const moves = await place.registry.history();
    expect(moves.map(({ kind, version, by, why, forced }) => [kind, version, by, why, forced])).toEqual([
      ['rollback', 'home-ranker-two', 'ada', 'it failed', false],
      ['promote', 'home-ranker-bad', 'ada', 'to see it fail', true],
      ['promote', 'home-ranker-two', 'ada', 'all gates passed', false],
      ['adopt', 'home-ranker-one', 'marquee', expect.any(String), false],
    ]);
    expect(moves[1]!.evidence).toMatchObject({ passed: false, comparedWith: 'home-ranker-two' });
    expect((await ask(place, 'log')).text).toContain('promote --force');
    expect((await ask(place, 'show', { version: 'home-ranker-bad' })).text).toContain('to see it fail');
  });

  it('reaches the process that serves the world within two seconds, and its next start', async () => {
    const { place, folder } = await smallWorld();
    const runtime = await startedRuntime();
    const options = { folder, world: WORLD, runtime, clock: systemClock, logger: silentLogger };
    const followed = await followedModels(options);
    expect(followed.production).toBe('home-ranker-one');
    await runtime.load(join(folder, 'models', followed.production));
    await startAll(followed.components, silentLogger);
    onTestFinished(async () => void (await stopAll(followed.components, silentLogger, 5_000)));
    await ask(place, 'promote', { version: 'home-ranker-two', force: true, why: 'a test' });
    await serves(runtime, 'two');
    expect((await followedModels(options)).production).toBe('home-ranker-two');
    await ask(place, 'rollback', { why: 'a test' });
    await serves(runtime, 'one');
    // Rebuilt or imported into: what was trained with the world takes over, as it did before there was a registry.
    const rebuilt = { ...WORLD, model: 'home-ranker-two' };
    await train(join(folder, 'models'), 'three', 4);
    const after = await followedModels({ ...options, world: { ...rebuilt, model: 'home-ranker-three' } });
    expect(after.production).toBe('home-ranker-three');
  });

  it('promotes towers that find more than popularity, and takes them back, in a world that is being served', async () => {
    const { folder } = await smallWorld();
    const modelsFolder = join(folder, 'models');
    const place = await worldPlace({
      ...{ dataDirectory: join(folder, '..'), world: WORLD.name, line: 'two-tower' },
      ...{ clock: systemClock, logger: silentLogger },
    });
    const versions = await twoVersionsOfTowers(modelsFolder);
    const towers = createTowerRetrieval({
      titles: createTitleTable(TITLES),
      makeRuntime: (columns) => towerRuntime(columns, silentLogger),
      openCollection({ dimensions }) {
        const index = createExactVectorIndex({ dimensions, logger: silentLogger });
        return { index, start: () => index.start(), stop: () => index.stop() };
      },
      logger: silentLogger,
    });
    onTestFinished(() => towers.stop());
    const runtime = await startedRuntime();
    const options = { folder, world: WORLD, runtime, towers, clock: systemClock, logger: silentLogger };
    const followed = await followedModels(options);
    await startAll(followed.components, silentLogger);
    onTestFinished(async () => void (await stopAll(followed.components, silentLogger, 5_000)));
    expect(towers.current).toBeUndefined();
    for (const [i, version] of versions.entries()) {
      const promoted = await ask(place, 'promote', { version });
      expect(promoted.text).toMatch(i === 0 ? /nothing that can be loaded/ : /gain over production/);
      await waitUntil(() => version.endsWith(towers.current?.version ?? '?'), {
        deadlineMs: IN_FORCE_MS + 3_000,
      });
    }
    await expect(ask(place, 'promote', { version: versions[0]!, to: 'canary' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    await ask(place, 'rollback', { why: 'a test' });
    await waitUntil(() => versions[0]!.endsWith(towers.current?.version ?? '?'), { deadlineMs: IN_FORCE_MS });
    expect((await ask(place, 'list')).text).toContain(`${versions[0]} is in production`);
    // The ranker's registry knows nothing of them.
    expect(await production((await smallWorld()).place)).toBeUndefined();
  }, 60_000);

  it('lets a world serve its own model where the registry is damaged', async () => {
    const { folder } = await smallWorld();
    mkdirSync(join(folder, 'models/.registry/ranking'), { recursive: true });
    writeFileSync(join(folder, 'models/.registry/ranking/00000001.json'), '{"kind":');
    const runtime = await startedRuntime();
    const options = { folder, world: WORLD, runtime, clock: systemClock, logger: silentLogger };
    const followed = await followedModels(options);
    expect(followed.production).toBe('home-ranker-one');
    await startAll(followed.components, silentLogger);
    await stopAll(followed.components, silentLogger, 5_000);
  });
});

describeOnServer('nats-server', 'npm run models on an installation', () => {
  const folder = temporaryFolder();
  let server: LocalServer;
  beforeAll(async () => {
    server = await startLocalNats({ folder: folder.path });
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  it('is in force in two processes within two seconds', async () => {
    const modelsFolder = folder.file('models');
    await models(modelsFolder);
    const stream = `models-${randomUUID().slice(0, 8)}`;
    const broadcast = createNatsBroadcast({ servers: server.url, stream });
    await broadcast.start();
    onTestFinished(() => broadcast.stop());
    await broadcast.put(RANKING_MODEL_KEY, 'home-ranker-one');
    const runtimes = [await startedRuntime(), await startedRuntime()];
    for (const runtime of runtimes) {
      const follower = createModelFollower({
        ...{ runtime, modelsFolder, logger: silentLogger },
        watch: (key, onChange) => broadcast.watch(key, ({ value }) => onChange(value)),
      });
      await follower.start();
      onTestFinished(() => follower.stop());
    }
    const place = await installationPlace({
      ...{ dataDirectory: folder.path, modelsFolder, clock: systemClock, logger: silentLogger },
      environment: { NATS_URL: server.url, MARQUEE_STREAM: stream },
    });
    onTestFinished(() => place.close());
    await ask(place, 'promote', { version: 'home-ranker-two', force: true, why: 'a test' });
    await Promise.all(runtimes.map((runtime) => serves(runtime, 'two')));
    await ask(place, 'rollback', { why: 'a test' });
    await Promise.all(runtimes.map((runtime) => serves(runtime, 'one')));
    await broadcast.put(RANKING_MODEL_KEY, 'home-ranker-two');
    expect((await ask(place, 'list')).text).toContain('Its processes were told home-ranker-two');
    await ask(place, 'promote', { version: 'home-ranker-one' });
    await waitUntil(async () => (await broadcast.get(RANKING_MODEL_KEY))?.value === 'home-ranker-one');
  });
});
