/** The commands on models that find candidates, in a world that is being served. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DAY_MS, systemClock } from '@marquee/domain';
import { createTitleTable } from '@marquee/features';
import { type LocalServer, startLocalNats } from '@marquee/local-servers';
import { drawRetrievalHoldout, type RetrievalLine, writeRetrievalHoldout } from '@marquee/model-registry';
import { createCollaborativeRetrieval, createTowerRetrieval } from '@marquee/recommendation';
import { silentLogger, startAll, stopAll } from '@marquee/service-kit';
import { describeOnServer, sampleTitles, temporaryFolder, waitUntil, watchesByTaste } from '@marquee/testkit';
import {
  releaseCollaborative,
  releaseTowers,
  trainCollaborative,
  type WatchLog,
  watchesBefore,
} from '@marquee/training';
import { createExactVectorIndex } from '@marquee/vector-index/exact';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { towerRuntime } from '../deps.ts';
import type { World } from '../world/data-directory.ts';
import { followedModels } from './followed-models.ts';
import { worldPlace } from './model-place.ts';
import {
  ask,
  IN_FORCE_MS,
  installation,
  production,
  smallWorld,
  startedRuntime,
  WORLD,
} from './test/small-world.ts';

const TITLES = sampleTitles(240);

const NOW = Date.UTC(2026, 2, 1);
const KNOWN = createTitleTable(TITLES);
const SMALL_TOWERS = {
  ...{
    blocks: 0,
    dimensions: 16,
    hidden: 16,
    buckets: 256,
    batchSize: 512,
    negatives: 200,
    learningRate: 0.01,
  },
};

/** Trained on what four tastes watched, with a holdout of what each watched next. */
async function twoVersions(line: RetrievalLine, modelsFolder: string): Promise<readonly string[]> {
  const from = NOW - 4 * DAY_MS;
  const watches: WatchLog = watchesByTaste({ titles: TITLES, until: NOW, seed: 3 });
  const past = watchesBefore(watches, from);
  await writeRetrievalHoldout(modelsFolder, drawRetrievalHoldout(watches, KNOWN, from, 1)!, NOW);
  const made: string[] = [];
  for (const now of [NOW, NOW + 1_000]) {
    const common = { seed: 1, threads: 1, now };
    const released =
      line === 'collaborative'
        ? await releaseCollaborative(past, common)
        : await releaseTowers(past, { ...common, titles: KNOWN, towers: SMALL_TOWERS });
    made.push(basename(await released!.write(modelsFolder)));
  }
  return made;
}

function retrievals() {
  const makeIndex = (dimensions: number) => createExactVectorIndex({ dimensions, logger: silentLogger });
  const towers = createTowerRetrieval({
    titles: KNOWN,
    makeRuntime: (columns) => towerRuntime(columns, silentLogger),
    openCollection({ dimensions }) {
      const index = makeIndex(dimensions);
      return { index, start: () => index.start(), stop: () => index.stop() };
    },
    logger: silentLogger,
  });
  const collaborative = createCollaborativeRetrieval({ titles: KNOWN, makeIndex, logger: silentLogger });
  onTestFinished(async () => void (await Promise.all([towers.stop(), collaborative.stop()])));
  return { towers, collaborative };
}

describe('npm run models on what finds candidates', () => {
  it.each(['two-tower', 'collaborative'] as const)(
    'promotes %s versions that find more than popularity, and takes them back, in a world that is being served',
    async (line) => {
      const { folder } = await smallWorld();
      const place = await worldPlace({
        ...{ dataDirectory: join(folder, '..'), world: WORLD.name, line },
        ...{ clock: systemClock, logger: silentLogger },
      });
      const versions = await twoVersions(line, join(folder, 'models'));
      const found = retrievals();
      const serving = line === 'collaborative' ? found.collaborative : found.towers;
      const runtime = await startedRuntime();
      const options = { folder, world: WORLD, runtime, clock: systemClock, logger: silentLogger };
      const followed = await followedModels({ ...options, ...found });
      await startAll(followed.components, silentLogger);
      onTestFinished(async () => void (await stopAll(followed.components, silentLogger, 5_000)));
      expect(serving.current).toBeUndefined();
      for (const [i, version] of versions.entries()) {
        const promoted = await ask(place, 'promote', { version });
        expect(promoted.text).toMatch(i === 0 ? /nothing that can be loaded/ : /gain over production/);
        await waitUntil(() => version.endsWith(serving.current?.version ?? '?'), {
          deadlineMs: IN_FORCE_MS + 3_000,
        });
      }
      await expect(ask(place, 'promote', { version: versions[0]!, to: 'canary' })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
      });
      await ask(place, 'rollback', { why: 'a test' });
      await waitUntil(() => versions[0]!.endsWith(serving.current?.version ?? '?'), {
        deadlineMs: IN_FORCE_MS,
      });
      expect((await ask(place, 'list')).text).toContain(`${versions[0]} is in production`);
      await ask(place, 'pin', { why: 'a test' });
      const again = { version: versions[1]!, force: true, why: 'a test' };
      await expect(ask(place, 'promote', again)).rejects.toThrow(/is pinned/);
      expect((await ask(place, 'show', { version: versions[0]! })).text).toMatch(/pinned.*rollback/s);
      // The ranker's registry knows nothing of them.
      expect(await production((await smallWorld()).place)).toBeUndefined();
    },
    60_000,
  );

  it('goes on with the collaborative model that the world was made with, and with what was promoted since', async () => {
    const { folder } = await smallWorld();
    const [made, later] = await twoVersions('collaborative', join(folder, 'models'));
    const world: World = { ...WORLD, collaborative: made! };
    writeFileSync(join(folder, 'world.json'), JSON.stringify(world));
    const runtime = await startedRuntime();
    const { collaborative } = retrievals();
    const options = { folder, world, runtime, collaborative, clock: systemClock, logger: silentLogger };
    expect((await followedModels(options)).collaborative).toBe(made);
    const place = await worldPlace({
      ...{ dataDirectory: join(folder, '..'), world: WORLD.name, line: 'collaborative' },
      ...{ clock: systemClock, logger: silentLogger },
    });
    await ask(place, 'promote', { version: later!, why: 'a test' });
    expect((await followedModels(options)).collaborative).toBe(later);
    await ask(place, 'rollback', { why: 'a test' });
    expect((await followedModels(options)).collaborative).toBe(made);
    // Rebuilt: what was made with the world takes over, as the ranker does.
    await ask(place, 'promote', { version: later!, why: 'a test' });
    const rebuilt = basename(
      (await trainCollaborative(watchesByTaste({ titles: TITLES, until: NOW, seed: 3 }), {
        ...{ seed: 1, threads: 1, now: NOW + 5_000, folder: join(folder, 'models') },
      }))!,
    );
    const after = await followedModels({ ...options, world: { ...world, collaborative: rebuilt } });
    expect(after.collaborative).toBe(rebuilt);
    // One that is damaged is nobody's reason not to start.
    writeFileSync(join(folder, 'models', 'collaborative-damaged'), '');
    const damaged = { ...world, collaborative: 'collaborative-damaged' };
    expect((await followedModels({ ...options, world: damaged })).collaborative).toBe(
      'collaborative-damaged',
    );
  }, 60_000);
});

describeOnServer('nats-server', 'npm run models on what finds candidates in an installation', () => {
  const folder = temporaryFolder();
  let server: LocalServer;
  beforeAll(async () => {
    server = await startLocalNats({ folder: folder.path });
  });
  afterAll(async () => {
    await server.stop();
    await folder.remove();
  });

  it('takes over the collaborative model that it was filled with, and reaches two processes within two seconds', async () => {
    const modelsFolder = folder.file('models');
    mkdirSync(modelsFolder, { recursive: true });
    const [filled, later] = await twoVersions('collaborative', modelsFolder);
    const processes = [retrievals().collaborative, retrievals().collaborative];
    const { place } = await installation({
      ...{ url: server.url, dataDirectory: folder.path, modelsFolder, line: 'collaborative' },
      ...{ filledWith: filled!, runtimes: processes },
    });
    const inForce = (version: string) =>
      Promise.all(
        processes.map((process) =>
          waitUntil(() => version.endsWith(process.current?.version ?? '?'), {
            deadlineMs: IN_FORCE_MS,
            what: `serving ${version}`,
          }),
        ),
      );
    await inForce(filled!);
    const promoted = await ask(place, 'promote', { version: later! });
    expect(promoted.text).toMatch(/passed +score-level/);
    await inForce(later!);
    await ask(place, 'rollback', { why: 'a test' });
    await inForce(filled!);
    const [, , adopted] = await place.registry.history();
    expect(adopted).toMatchObject({ kind: 'adopt', version: filled });
  }, 60_000);
});
